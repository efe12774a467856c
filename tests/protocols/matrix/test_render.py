"""What commands become; people are called as the Matrix room calls them."""

import json

import pytest

from bridge.model import (
    Account,
    Content,
    LegPolicy,
    Mention,
    Paragraph,
    RoomRef,
    Say,
    Send,
    SetTopic,
    Tell,
    Text,
    UserRef,
    from_text,
)
from bridge.model.content import Styled
from protocols.matrix.address import Ghosts
from protocols.matrix.encode import read_part
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room, Rooms
from tests.protocols.matrix.bridge import someone

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


def test_each_command_becomes_its_events(renderer: Renderer) -> None:
    alice = CLEO
    commands = {
        Send(key="k", room=ROOM, speaker=someone("bob"), content=from_text("hi"), time=0): 1,
        SetTopic(key="k", room=ROOM, topic="tea"): 1,
        Say(key="k", room=ROOM, text="hi"): 1,
        Tell(key="k", room=ROOM, user=alice, text="hi"): 1,
        Tell(key="k", room=ROOM, user=alice, text="hi", about=("$1",)): 2,
    }
    for command, count in commands.items():
        parts = renderer.render(command)
        assert len(parts) == count
        assert all(read_part(part).type for part in parts)


def test_a_mention_leads_to_people_of_the_homeserver_and_to_ghosts_in_the_room() -> None:
    room = Room(ROOM, LegPolicy())
    room.ghosts["@_irc_bob:hs"] = "bob"
    renderer = Renderer("matrix", GHOSTS, Rooms())
    pill = renderer.pill(room)
    assert pill(CLEO) == "@cleo:hs"
    assert pill(UserRef("matrix", "cleo")) is None
    assert pill(UserRef("irc", "bob")) == "@_irc_bob:hs"
    assert pill(UserRef("irc", "eve")) is None
    assert renderer.pill(None)(UserRef("irc", "bob")) is None


def test_a_command_for_an_unknown_room_is_rendered_all_the_same(renderer: Renderer) -> None:
    other = RoomRef("matrix", "!other")
    assert renderer.render(
        Send(key="k", room=other, speaker=someone("bob"), content=from_text("hi"), time=0)
    )
