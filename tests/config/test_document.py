"""YAML is read as people expect it, and every value knows its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.document import Document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("10:30", "10:30"),
        ("010", "010"),
        ("-7", -7),
        ("6697", 6697),
        ("1.5", 1.5),
        ("1e5", "1e5"),
        ("2026-11-22", "2026-11-22"),
        ("~", None),
        ("null", None),
        ("", None),
        ("nullify", "nullify"),
        ("truest", "truest"),
        ("'7'", "7"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_a_plain_value_means_what_it_says(text: str, value: object) -> None:
    document = Document(f"key: {text}")
    assert document.data == {"key": value}
    assert document.problems == []


def test_every_place_knows_its_line() -> None:
    document = Document("a:\n  b:\n    - x\n    - y: 1\n7: z\n")
    assert document.lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", 0): 3,
        ("a", "b", 1): 4,
        ("a", "b", 1, "y"): 4,
        ("7",): 5,
    }


def test_a_reference_is_followed() -> None:
    assert Document("a: &x {b: 1}\nc: *x").data == {"a": {"b": 1}, "c": {"b": 1}}


def test_tabs_are_all_reported_and_the_rest_is_still_read() -> None:
    document = Document("a:\n\tb: 1\n\tc: 2\n# \tfine\nd: x\ty\n")
    assert [problem.line for problem in document.problems] == [2, 3]
    assert document.data == {"a": {"b": 1, "c": 2}, "d": "x\ty"}


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    Document(text)
