"""Nicks for puppets, and names in the relay's lines."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.nicks import (
    alternatives,
    ident,
    plainer,
    possible,
    seen,
    simpler,
    unpinged,
    wanted,
)


@pytest.mark.parametrize(
    ("name", "nick"),
    [
        ("anna", "anna[x]"),
        ("Anna Smith", "Anna_Smith[x]"),
        ("Bób O'Hara", "Bob_OHara[x]"),
        ("Øyvind ß", "Oyvind_ss[x]"),
        ("42cats", "cats[x]"),
        ("-dash", "dash[x]"),
        ("a" * 60, "a" * 27 + "[x]"),
        ("ａｎｎａ", "anna[x]"),
    ],
)
def test_a_name_becomes_a_nick(name: str, nick: str) -> None:
    assert wanted("{name}[x]", name, 30) == nick


@pytest.mark.parametrize(
    "name", ["", "   ", "дмитрий", "\u202e\u200f", "\U0001f600", "\0\r\n", "123"]
)
def test_every_name_gives_some_nick(name: str) -> None:
    nick = wanted("{name}[x]", name, 16)
    assert nick.endswith("[x]")
    assert nick[0].isalpha()
    assert len(nick) <= 16


@given(st.text(), st.integers(9, 32))
def test_nicks_are_always_valid(name: str, length: int) -> None:
    nick = wanted("{name}[x]", name, length)
    assert 0 < len(nick) <= length
    assert nick.isascii()
    assert not set(nick) & set(" ,*?!@$:.#\r\n\0")
    assert not nick[0].isdigit()


def test_alternatives_are_few_and_different() -> None:
    found = list(islice(alternatives("abcdefghi", 9, "seed"), 50))
    assert found[:3] == ["abcdefgh_", "abcdefgh2", "abcdefgh3"]
    assert len(found) == len(set(found)) == 12
    assert all(len(nick) <= 9 for nick in found)
    assert plainer("anna[x]", 9, "s") == "annax"
    assert plainer("annax", 9, "s").startswith("u")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anna", "anna"),
        ("  a \t b\r\nc ", "a b c"),
        ("\u202eevil\u200f", "evil"),
        ("", "someone"),
        ("\u200b\u2066", "someone"),
        ("x" * 100, "x" * 60),
        ("שלום", "שלום"),
    ],
)
def test_names_are_made_safe_to_see(name: str, shown: str) -> None:
    assert seen(name) == shown


def test_the_relays_names_ping_nobody() -> None:
    assert unpinged("anna") == "a\u200bnna"
    assert unpinged("e\u0301va") == "e\u0301\u200bva"


def test_an_ident_is_short_and_a_persons_own() -> None:
    assert ident("@a:hs") != ident("@b:hs")
    assert len(ident("@a:hs")) == 9


def test_a_refused_nick_loses_what_may_have_been_wrong_with_it() -> None:
    assert simpler("Bób[x]", 9, "s") == "Bob[x]"
    assert simpler("Bob[x]", 9, "s") == "Bobx"
    last = simpler("Bobx", 9, "s")
    assert last is not None
    assert simpler(last, 9, "s") is None


@pytest.mark.parametrize("nick", ["", "a b", "a,b", "a!b", "@op", "#c", ":x", "a\u202eb", "$x"])
def test_what_breaks_a_line_is_no_nick(nick: str) -> None:
    assert not possible(nick)


@pytest.mark.parametrize("nick", ["anna", "Jürgen", "anna[x]", "日本"])
def test_other_nicks_are_worth_a_try(nick: str) -> None:
    assert possible(nick)
