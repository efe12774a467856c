from bridge.model import LegPolicy, RoomRef, Say, Send, SetTopic, Tell, UserRef, from_text
from protocols.matrix.address import Ghosts
from protocols.matrix.encode import read_part
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room, Rooms
from tests.protocols.matrix.bridge import someone

ROOM = RoomRef("mx", "!r")


def renderer(*ghosts: str) -> tuple[Renderer, Room]:
    rooms = Rooms()
    room = Room(ROOM, LegPolicy())
    room.ghosts = dict.fromkeys(ghosts, "x")
    rooms.put(room)
    return Renderer("mx", Ghosts("hs", "_{network}_{id}", {}), rooms), room


def test_each_command_becomes_its_events() -> None:
    make, _ = renderer()
    alice = UserRef("mx", "@alice:hs")
    commands = {
        Send(key="k", room=ROOM, speaker=someone("bob"), content=from_text("hi"), time=0): 1,
        SetTopic(key="k", room=ROOM, topic="tea"): 1,
        Say(key="k", room=ROOM, text="hi"): 1,
        Tell(key="k", room=ROOM, user=alice, text="hi"): 1,
        Tell(key="k", room=ROOM, user=alice, text="hi", about=("$1",)): 2,
    }
    for command, count in commands.items():
        parts = make.render(command)
        assert len(parts) == count
        assert all(read_part(part).type for part in parts)


def test_a_mention_leads_to_people_of_the_homeserver_and_to_ghosts_in_the_room() -> None:
    make, room = renderer("@_irc_bob:hs")
    pill = make.pill(room)
    assert pill(UserRef("mx", "@alice:hs")) == "@alice:hs"
    assert pill(UserRef("mx", "alice")) is None
    assert pill(UserRef("irc", "bob")) == "@_irc_bob:hs"
    assert pill(UserRef("irc", "eve")) is None
    assert make.pill(None)(UserRef("irc", "bob")) is None


def test_a_command_for_an_unknown_room_is_rendered_all_the_same() -> None:
    make, _ = renderer()
    other = RoomRef("mx", "!other")
    assert make.render(
        Send(key="k", room=other, speaker=someone("bob"), content=from_text("hi"), time=0)
    )
