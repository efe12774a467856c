"""Every case and trace of the specification has tests that exist, or a step it is left to."""

import ast
from pathlib import Path

import pytest

from tests.cases.index import CASES, LATER, PARTS

TESTS = Path(__file__).parents[1]
NUMBERS = [*(f"C{n}" for n in range(1, 31)), *(f"T{n}" for n in range(1, 11))]


@pytest.mark.parametrize("number", NUMBERS)
def test_each_number_has_a_test_or_a_step(number: str):
    assert (number in CASES) != (number in LATER)


@pytest.mark.parametrize(
    "name", sorted({t for ts in (*CASES.values(), *PARTS.values()) for t in ts})
)
def test_each_test_exists(name: str):
    file, _, function = name.partition("::")
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    assert function in {getattr(node, "name", "") for node in tree.body}


def test_nothing_else_is_named():
    assert {*CASES, *LATER} == set(NUMBERS)
    assert set(PARTS) <= set(LATER)
