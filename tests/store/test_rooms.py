"""Portals and legs in the database."""

import pytest

from bridge.model import LegPolicy, RoomRef
from bridge.store.rooms import AlreadyLinked, Seat, link, portals, unlink

A, B, C = (Seat(RoomRef(name, "r"), "r", LegPolicy()) for name in "abc")


async def test_a_link_is_found_again(store):
    made = await link(store.journal, "lounge", [A, B], 1.0)
    [found] = await portals(store.reader)
    assert found == made
    assert [leg.room for leg in found.legs] == [A.room, B.room]


async def test_a_room_can_be_added_and_a_policy_changed(store):
    await link(store.journal, "lounge", [A, B], 1.0)
    strict = Seat(A.room, "r", LegPolicy(direction="in"))
    await link(store.journal, "lounge", [strict, C], 2.0)
    [found] = await portals(store.reader)
    assert [leg.room for leg in found.legs] == [A.room, B.room, C.room]
    assert found.legs[0].policy.direction == "in"


async def test_a_room_belongs_to_one_portal(store):
    await link(store.journal, "lounge", [A, B], 1.0)
    with pytest.raises(AlreadyLinked, match="lounge"):
        await link(store.journal, "other", [C, B], 2.0)
    assert [portal.name for portal in await portals(store.reader)] == ["lounge"]


async def test_unlinking_the_last_room_takes_the_portal_away(store):
    made = await link(store.journal, "lounge", [A, B], 1.0)
    first, second = (leg.number for leg in made.legs)
    await unlink(store.journal, made.number, [first])
    [left] = await portals(store.reader)
    assert [leg.room for leg in left.legs] == [B.room]
    await unlink(store.journal, made.number, [second])
    assert await portals(store.reader) == []
