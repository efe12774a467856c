"""Words that have no place in the house."""

import re
from pathlib import Path

from tests.house.sources import PACKAGES, sources, text

NAMES = {"base", "common", "helpers", "manager", "misc", "util", "utils"}
WORDS = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|MagicMock|AsyncMock|xfail)\b")
SKIPS = re.compile(r"\bpytest\.(skip|importorskip|mark\.skip\w*)\b")
MAY_SKIP = {Path("tests/conftest.py")}
"""A server that is not installed is a skip here, and a failure in CI."""


def _found(pattern: re.Pattern[str], paths: list[Path]) -> dict[str, set[str]]:
    found = {str(path): {match[0] for match in pattern.finditer(text(path))} for path in paths}
    return {path: words for path, words in found.items() if words}


def _everything() -> list[Path]:
    everywhere = sources(*PACKAGES, "tests", "contrib")
    return [path for path in everywhere if path.parts[:2] != ("tests", "house")]


def test_modules_are_named_after_what_they_are_about() -> None:
    named = {str(path): NAMES & {path.stem, *path.parent.parts} for path in sources(*PACKAGES)}
    assert {path: names for path, names in named.items() if names} == {}


def test_nothing_is_left_for_later_or_pretended() -> None:
    assert _found(WORDS, _everything()) == {}


def test_no_test_is_skipped() -> None:
    assert _found(SKIPS, [path for path in _everything() if path not in MAY_SKIP]) == {}


def test_every_module_says_what_it_is_responsible_for() -> None:
    assert [str(path) for path in sources(*PACKAGES) if not text(path).startswith('"""')] == []
