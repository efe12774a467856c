from typing import Any

import pytest

from bridge.model import LegPolicy, RoomRef
from protocols.matrix.rooms import Room, Rooms


def room(power: dict[str, Any], *creators: str) -> Room:
    made = Room(RoomRef("mx", "!r"), LegPolicy())
    made.take("m.room.power_levels", power)
    made.creators = frozenset(creators)
    return made


@pytest.mark.parametrize(
    ("power", "may"),
    [
        ({}, True),
        ({"users": {"@a:hs": 50}}, True),
        ({"users": {"@a:hs": 49}}, False),
        ({"users": {"@a:hs": "50"}}, True),
        ({"users": {"@a:hs": 50.0}}, True),
        ({"users": {"@a:hs": "high"}}, False),
        ({"users": {"@a:hs": None}}, False),
        ({"users": [], "events": 5}, False),
        ({"users_default": 50}, True),
        ({"users_default": 10, "events": {"m.room.topic": 10}}, True),
        ({"users_default": 10, "state_default": 5}, True),
        ({"users_default": 10, "state_default": float("inf")}, False),
    ],
)
def test_power_decides_who_may_set_a_topic(power: dict[str, Any], may: bool) -> None:
    assert room(power).may("@a:hs", "m.room.topic") is may


def test_creators_of_new_rooms_stand_above_all_levels() -> None:
    assert room({"events": {"m.room.topic": 10**9}}, "@a:hs").may("@a:hs", "m.room.topic")


def test_a_room_id_is_opaque() -> None:
    assert Room(RoomRef("mx", "!cq/l?x"), LegPolicy()).path == "/v3/rooms/!cq%2Fl%3Fx"


def test_the_kind_of_door_and_the_lock_are_noted() -> None:
    made = room({})
    made.take("m.room.join_rules", {"join_rule": "public"})
    made.take("m.room.encryption", {})
    assert made.public
    assert made.encrypted


def test_a_room_is_forgotten_once() -> None:
    rooms = Rooms()
    rooms.put(room({}))
    assert len(rooms) == 1
    assert rooms.forget("!r") is not None
    assert rooms.forget("!r") is None
    assert list(rooms) == []


@pytest.mark.parametrize(
    ("power", "may"),
    [
        ({}, False),
        ({"users": {"@a:hs": 50}}, True),
        ({"users": {"@a:hs": 49}}, False),
        ({"redact": 10, "users_default": 10}, True),
        ({"redact": 0, "events_default": 10}, False),
        ({"redact": 0, "events": {"m.room.redaction": 1}}, False),
    ],
)
def test_power_decides_who_may_take_back_what_others_said(power: dict[str, Any], may: bool) -> None:
    assert room(power).may_redact("@a:hs") is may
    assert room(power, "@a:hs").may_redact("@a:hs")
