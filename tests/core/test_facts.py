"""What an event that others refer to says now."""

from bridge.core.facts import Original, Version
from bridge.model import RoomRef, from_text


def test_a_message_says_what_its_newest_version_says():
    versions = (Version(1, from_text("redy")), Version(2, from_text("ready")))
    message = Original(
        id=1, room=RoomRef("a", "r"), author=None, kind="sent", time=0.0, versions=versions
    )
    assert message.content == from_text("ready")


def test_what_was_taken_back_says_nothing():
    gone = Original(id=1, room=RoomRef("a", "r"), author=None, kind="sent", time=0.0)
    assert gone.content is None
