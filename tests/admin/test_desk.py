"""The desk: an admin's wishes carried out over a real engine and journal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.admin.desk import Desk
from bridge.admin.facade import NewLeg, Refused
from bridge.model import LegPolicy
from tests.engine.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Three networks whose rooms ``r`` are linked as ``p``."""
    async with House(tmp_path) as house:
        yield house


async def test_rooms_become_a_portal_named_after_the_first(house: House) -> None:
    desk = Desk(house.bridge)
    loud = LegPolicy(members="all")
    portal = await desk.link(None, [NewLeg("a", "#den"), NewLeg("b", "x@y", loud)])
    assert portal.name == "den"
    assert [leg.address for leg in portal.legs] == ["#den", "x@y"]
    assert [leg.policy for leg in portal.legs] == [LegPolicy(), loud]
    assert [found.name for found in desk.rooms()] == ["den", "p"]
    other = await desk.link(None, [NewLeg("a", "den@z"), NewLeg("b", "z")])
    assert other.name == "den-2"


async def test_a_room_joins_the_portal_that_another_is_in(house: House) -> None:
    desk = Desk(house.bridge)
    await desk.link("den", [NewLeg("a", "one"), NewLeg("b", "two")])
    portal = await desk.link(None, [NewLeg("a", "one"), NewLeg("c", "three")])
    assert portal.name == "den"
    assert {leg.address for leg in portal.legs} == {"one", "two", "three"}


async def test_linking_again_changes_the_policy(house: House) -> None:
    desk = Desk(house.bridge)
    quiet = LegPolicy(direction="out")
    portal = await desk.link("p", [NewLeg("a", "r", quiet)])
    assert portal.legs[0].policy == quiet
    assert len(portal.legs) == 3


@pytest.mark.parametrize(
    ("name", "legs", "reason"),
    [
        (None, [("a", "x")], "at least two rooms"),
        (None, [("a", "x"), ("a", "x")], "named twice"),
        (None, [("a", "x"), ("q", "x")], "no network 'q'"),
        (None, [("a", "x"), ("b", "")], "a loopback room needs a name"),
        ("other", [("a", "r"), ("b", "x")], "linked in p already"),
    ],
)
async def test_a_link_that_makes_no_sense_is_refused(
    house: House, name: str | None, legs: list[tuple[str, str]], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await Desk(house.bridge).link(name, [NewLeg(*leg) for leg in legs])
    assert [portal.name for portal in Desk(house.bridge).rooms()] == ["p"]


async def test_a_room_leaves_and_the_others_stay_linked(house: House) -> None:
    desk = Desk(house.bridge)
    taken = await desk.unlink("p", "a:r")
    assert [leg.room.network for leg in taken.legs] == ["a"]
    assert [leg.room.network for leg in desk.rooms()[0].legs] == ["b", "c"]


async def test_the_last_two_rooms_are_taken_apart_together(house: House) -> None:
    desk = Desk(house.bridge)
    await desk.unlink("p", "a:r")
    taken = await desk.unlink("p", "b:r")
    assert len(taken.legs) == 2
    assert desk.rooms() == []


@pytest.mark.parametrize(
    ("portal", "address", "reason"), [("x", None, "no portal 'x'; there are: p"), ("p", "z", "a:r")]
)
async def test_what_is_not_linked_cannot_be_unlinked(
    house: House, portal: str, address: str | None, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await Desk(house.bridge).unlink(portal, address)


async def test_the_status_tells_what_waits_and_a_cleared_queue_waits_no_more(
    house: House,
) -> None:
    desk = Desk(house.bridge)
    house.networks["b"].set_up(False)
    await house.say("ada@a", "one")
    await house.say("ada@a", "two")
    await house.sees("c", "ada: one", "ada: two")
    legs = {leg.room.network: leg for leg in desk.rooms()[0].legs}
    assert (legs["b"].up, legs["b"].backlog, legs["b"].oldest is not None) == (False, 2, True)
    assert (legs["c"].up, legs["c"].backlog, legs["c"].oldest) == (True, 0, None)
    assert (desk.status().backlog, desk.status().healthy) == (2, True)

    assert await desk.clear_queue("p", "b:r") == 2
    told = "Tell: 2 messages of yours that waited for r on b were dropped by an admin"
    await house.until(lambda: any(line.startswith(told) for line in house.seen("a")))
    await house.until(lambda: desk.status().backlog == 0)


async def test_a_backup_holds_what_is_linked_and_never_overwrites(
    house: House, tmp_path: Path
) -> None:
    desk = Desk(house.bridge)
    copy = tmp_path / "copy.db"
    assert await desk.backup(copy) == copy.stat().st_size
    with pytest.raises(Refused, match="exists already"):
        await desk.backup(copy)
    with pytest.raises(Refused, match="could not be written"):
        await desk.backup(tmp_path / "none" / "copy.db")
