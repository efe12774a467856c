"""People are called as the Matrix room calls them, whatever the speaker's room calls them."""

import json

import pytest

from bridge.model import (
    Account,
    Content,
    LegPolicy,
    Mention,
    Paragraph,
    RoomRef,
    Send,
    Text,
    UserRef,
)
from bridge.model.content import Styled
from protocols.matrix.address import Ghosts
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room, Rooms

ROOM = RoomRef("matrix", "!lounge:hs")
CLEO = UserRef("matrix", "@cleo:hs")
ANNA = UserRef("xmpp", "anna@localhost")
GHOSTS = Ghosts("hs", "_{network}_{id}", {})


@pytest.fixture
def renderer() -> Renderer:
    rooms = Rooms()
    room = Room(ROOM, LegPolicy())
    room.members[CLEO.id] = Account(CLEO, "Cleo")
    room.ghosts[GHOSTS.mxid(ANNA)] = "Anna"
    rooms.put(room)
    return Renderer("matrix", GHOSTS, rooms)


def _rendered(renderer: Renderer, *spans: Text | Mention | Styled) -> dict[str, object]:
    ben = Account(UserRef("irc", "ben"), "ben")
    content = Content((Paragraph(spans),))
    (part,) = renderer.render(Send(key="k", room=ROOM, speaker=ben, content=content, time=0.0))
    return dict(json.loads(part)["content"])


@pytest.mark.parametrize(
    ("mention", "body", "pill"),
    [
        (Mention("Cleo[x]", CLEO), "Cleo: hi", "@cleo:hs"),
        (Mention("Anna[x]", ANNA), "Anna: hi", GHOSTS.mxid(ANNA)),
    ],
)
def test_a_mention_uses_the_name_in_the_room(
    renderer: Renderer, mention: Mention, body: str, pill: str
) -> None:
    content = _rendered(renderer, mention, Text(": hi"))
    assert content["body"] == body
    assert content["m.mentions"] == {"user_ids": [pill]}
    name = body.partition(":")[0]
    assert content["formatted_body"] == f'<a href="https://matrix.to/#/{pill}">{name}</a>: hi'


def test_a_mention_in_bold_does_too(renderer: Renderer) -> None:
    content = _rendered(renderer, Styled("bold", (Mention("Cleo[x]", CLEO),)), Text("!"))
    assert content["body"] == "Cleo!"


def test_somebody_who_is_not_in_the_room_keeps_the_written_name(renderer: Renderer) -> None:
    content = _rendered(renderer, Mention("eve[x]", UserRef("xmpp", "eve@localhost")), Text("?"))
    assert content["body"] == "eve[x]?"
    assert content["m.mentions"] == {}
