"""Answers are drawn as aligned columns, lengths of time in one unit."""

import time

import pytest

from bridge.admin.answers import Answer, Table, age, draw, duration, plural


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7300, "2 h"), (200_000, "2 d")],
)
def test_a_length_of_time_is_written_in_its_largest_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_an_age_is_counted_from_now_and_may_be_unknown() -> None:
    assert age(time.time() - 130) == "2 min"
    assert age(None) == ""


def test_one_is_not_many() -> None:
    assert (plural(1, "room"), plural(0, "room")) == ("1 room", "0 rooms")


def test_text_and_tables_are_drawn_below_each_other() -> None:
    rooms = Table("Rooms", ("name", "state"), (("a", "up"), ("longer", "")))
    answer = Answer(None, "Hello.", (rooms, Table("", ("x",), ())))
    assert draw(answer) == "Hello.\n\nRooms\nNAME    STATE\na       up\nlonger\n\n(none)"
