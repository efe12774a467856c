"""References are values that can be compared, sorted and shown."""

from bridge.model import RoomRef, UserRef


def test_references_are_shown_with_their_network():
    assert str(RoomRef("libera", "#lounge")) == "libera:#lounge"
    assert str(UserRef("matrix", "@anna:hs")) == "matrix:@anna:hs"
    assert sorted([RoomRef("b", "1"), RoomRef("a", "2")])[0].network == "a"
    assert len({RoomRef("a", "1"), RoomRef("a", "1")}) == 1
