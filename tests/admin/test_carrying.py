"""How each feature reaches a room."""

import pytest

from bridge.admin.carrying import carries, short
from bridge.model import Capabilities, LegPolicy


def test_the_poorest_room_is_told_what_can_be_told() -> None:
    found = carries(Capabilities(), LegPolicy(), 3)
    assert {name for name, how in found.items() if how == "words"} == {
        *("replies", "edits", "reactions", "files", "places"),
    }
    assert "native" not in found.values()


@pytest.mark.parametrize(
    ("policy", "members", "how"),
    [("few", 49, "words"), ("few", 50, "no"), ("on", 5000, "words"), ("off", 3, "no")],
)
def test_a_crowd_is_not_told_of_reactions_unless_it_wants_that(
    policy: str, members: int, how: str
) -> None:
    found = carries(Capabilities(), LegPolicy(reactions=policy), members)  # type: ignore[arg-type]
    assert found["reactions"] == how
    native = carries(Capabilities(reactions=True), LegPolicy(reactions="off"), 5000)
    assert native["reactions"] == "native"


def test_what_the_policy_switches_off_is_not_shown() -> None:
    can = Capabilities(threads=True)
    assert carries(can, LegPolicy(), 1)["threads"] == "native"
    assert short(carries(can, LegPolicy(threads=False), 1)["threads"]) == "-"
