"""Words that have no place in the house."""

import re
from pathlib import Path

import pytest

from tests.house.sources import PACKAGES, sources, text

NAMES = {"base", "common", "helpers", "manager", "misc", "util", "utils"}
WORDS = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|MagicMock|AsyncMock|xfail)\b")
SKIPS = re.compile(r"\bpytest\.(skip|importorskip|mark\.skip\w*)\b")
MAY_SKIP = {Path("tests/conftest.py")}
"""A server that is not installed is a skip here, and a failure in CI."""


def _everything() -> list[Path]:
    everywhere = sources(*PACKAGES, "tests", "contrib")
    return [path for path in everywhere if path.parts[:2] != ("tests", "house")]


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=str)
def test_a_module_is_named_after_what_it_is_about(path: Path) -> None:
    assert not NAMES & {path.stem, *path.parent.parts}


@pytest.mark.parametrize("path", _everything(), ids=str)
def test_nothing_is_left_for_later_or_pretended(path: Path) -> None:
    assert WORDS.findall(text(path)) == []


@pytest.mark.parametrize("path", [p for p in _everything() if p not in MAY_SKIP], ids=str)
def test_no_test_is_skipped(path: Path) -> None:
    assert SKIPS.findall(text(path)) == []


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=str)
def test_a_module_says_what_it_is_responsible_for(path: Path) -> None:
    assert text(path).startswith('"""')
