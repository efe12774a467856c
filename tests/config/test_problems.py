"""Problems read well."""

from pathlib import Path

import pytest

from bridge.config.problems import ConfigInvalid, Place, Problem, dotted, nearest_line, suggestion


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ((), ""),
        (("http",), "http"),
        (("networks", "libera", "servers", 0, "port"), "networks.libera.servers[0].port"),
    ],
)
def test_a_place_is_written_with_dots(place: Place, text: str) -> None:
    assert dotted(place) == text


def test_the_nearest_line_is_that_of_what_stands_around() -> None:
    lines: dict[Place, int] = {("a",): 3, ("a", "b"): 4}
    assert nearest_line(("a", "b", "c"), lines) == 4
    assert nearest_line(("x",), lines) == 1


def test_a_near_word_is_suggested_else_all_are_listed() -> None:
    assert suggestion("nik", ["nick", "port"]) == "did you mean 'nick'?"
    assert suggestion("zzz", ["port", "nick"]) == "known here: nick, port"
    assert suggestion("zzz", []) == ""


def test_all_problems_are_told_in_the_order_of_their_lines() -> None:
    problems = [Problem(9, "b", "is missing", "add it"), Problem(2, "", "is odd")]
    error = ConfigInvalid(Path("c.yaml"), problems)
    assert str(error) == "c.yaml:2: is odd\nc.yaml:9: b: is missing; add it"
