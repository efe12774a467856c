"""Old sets of reactions do not come back."""

from bridge.model import UserRef
from protocols.xmpp.muc import sets
from protocols.xmpp.muc.sets import Sets

ANNA, BOB = UserRef("xmpp", "anna"), UserRef("xmpp", "bob")


def test_only_what_is_not_older_replaces_a_set() -> None:
    known = Sets()
    assert known.is_newer(ANNA, "S1", 5.0)
    assert not known.is_newer(ANNA, "S1", 4.0)
    assert known.is_newer(ANNA, "S1", 5.0)
    assert known.is_newer(ANNA, "S2", 1.0)
    assert known.is_newer(BOB, "S1", 1.0)


def test_the_memory_is_bounded() -> None:
    known = Sets()
    for number in range(sets.KEPT + 10):
        known.is_newer(ANNA, f"S{number}", 5.0)
    assert known.is_newer(ANNA, "S0", 1.0)
    assert not known.is_newer(ANNA, f"S{sets.KEPT}", 1.0)
