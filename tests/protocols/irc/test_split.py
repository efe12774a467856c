"""Cutting lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.formatting import ink_after, strip
from protocols.irc.split import LONGEST_MASK, budget, fits, joined, split

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"
CLUSTERS = ["a", "é", "e\u0301", "字", FAMILY, FLAG, "\U0001f44d\U0001f3fd", "❤\ufe0f", " ", "한"]


def test_the_budget_is_what_the_relayed_line_leaves() -> None:
    assert budget("#" + "c" * 31, LONGEST_MASK) == 351
    line = f":{'n' * 60}!{'u' * 60}@{'h' * 60} PRIVMSG #chan :"
    assert budget("#chan", 180) == 512 - len(line) - 2 - 10
    assert budget("#é", 10) == budget("#ab", 10)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 20, ["short"]),
        ("", 20, []),
        ("aaaaaaaaaaaaaaaaaa bb cc", 22, ["aaaaaaaaaaaaaaaaaa bb ", "cc"]),
        ("a" * 40, 20, ["a" * 20, "a" * 20]),
        ("é" * 20, 21, ["é" * 10, "é" * 10]),
        ("see that page http://example.org/abc", 32, ["see that page ", "http://example.org/abc"]),
        ("x" * 17 + FAMILY, 20, ["x" * 17, FAMILY]),
        ("x" * 17 + FLAG * 2, 24, ["x" * 17, FLAG * 2]),
        ("\x02" + "b" * 30, 20, ["\x02" + "b" * 19, "\x02" + "b" * 11]),
        ("a" * 18 + "\x0304,12red", 22, ["a" * 18, "\x0304,12red"]),
    ],
)
def test_lines_are_cut_where_it_hurts_least(text: str, limit: int, pieces: list[str]) -> None:
    assert list(split(text, limit)) == pieces


@given(st.lists(st.sampled_from(CLUSTERS)).map("".join), st.integers(40, 120))
def test_nothing_is_lost_and_no_cluster_is_cut(text: str, limit: int) -> None:
    """C14"""
    pieces = list(split(text, limit))
    assert "".join(pieces) == text
    assert all(fits(piece, limit) for piece in pieces)
    cut = 0
    for piece in pieces[:-1]:
        cut += len(piece)
        assert not joined(text, cut)


CODES = ["\x02", "\x1d", "\x11", "\x0304", "\x0304,12", "\x03", "\x0f", "\x16", "\x04ff8000"]


@given(st.lists(st.sampled_from([*CODES, "word ", "x", "1,2", "é"])).map("".join))
def test_codes_are_whole_and_open_again_on_each_line(text: str) -> None:
    pieces = list(split(text, 60))
    assert "".join(map(strip, pieces)) == strip(text)
    assert all(fits(piece, 60) for piece in pieces)
    if pieces:
        assert ink_after(pieces[-1]).toggles == ink_after(text).toggles


@given(st.text(), st.integers(-5, 60))
def test_cutting_always_ends(text: str, limit: int) -> None:
    assert len(list(split(text, limit))) <= len(text) + 1


def test_a_cluster_without_end_is_cut_all_the_same() -> None:
    assert "".join(split("e" + "\u0301" * 500, 100)) == "e" + "\u0301" * 500


def test_400_umlauts_and_a_mask_of_180_bytes_fit_as_relayed() -> None:
    """C14"""
    mask = f"{'n' * 60}!{'u' * 60}@{'h' * 60}"
    pieces = list(split("\x0304,12" + "é" * 400, budget("#chan", len(mask) - 2)))
    relayed = [f":{mask} PRIVMSG #chan :{piece}\r\n".encode() for piece in pieces]
    assert all(len(line) <= 512 for line in relayed)
    assert "".join(map(strip, pieces)) == "é" * 400
    assert all(piece.startswith("\x0304,12") or ink_after(piece).background for piece in pieces)
