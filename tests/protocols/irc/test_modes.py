"""ISUPPORT and MODE."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.modes import ModeChange, Traits, is_operator, parse, standing, traits


def test_what_a_server_announces_is_read() -> None:
    told = traits(
        {
            "PREFIX": "(qaohv)~&@%+", "CHANMODES": "Ibe,k,Hl,imnst", "CASEMAPPING": "ascii",
            "CHANTYPES": "#", "STATUSMSG": "@+", "NICKLEN": "32", "TOPICLEN": "390",
            "LINELEN": "1024", "UTF8ONLY": True, "WHOX": True, "NETWORK": "Testbed",
        }
    )  # fmt: skip
    assert told.prefixes == "~&@%+"
    assert told.modes == ("Ibe", "k", "Hl", "imnst")
    assert (told.nick_length, told.topic_length, told.line_length) == (32, 390, 1024)
    assert told.utf8_only
    assert told.whox
    assert told.is_channel("#x")
    assert not told.is_channel("&x")
    assert not told.is_channel("")
    assert told.fold("A[") == "a["


@pytest.mark.parametrize(
    ("entry", "letters", "operator"),
    [
        ("@+anna", "ov", True),
        ("~anna!a@h", "q", True),
        ("%anna", "h", False),
        ("+anna", "v", False),
        ("anna", "", False),
    ],
)
def test_prefixes_stand_for_modes(entry: str, letters: str, operator: bool) -> None:
    server = traits({"PREFIX": "(qaohv)~&@%+"})
    assert standing(entry, server) == letters
    assert is_operator(letters, server) is operator
    assert not is_operator("v", traits({"PREFIX": ""}))


@pytest.mark.parametrize(
    ("denied", "passed"),
    [
        (None, {"+reply", "+typing", "+draft/react"}),
        ("", {"+reply", "+typing", "+draft/react"}),
        (True, {"+reply", "+typing", "+draft/react"}),
        ("typing,draft/react", {"+reply"}),
        ("*", set()),
        ("*,-reply,-draft/react", {"+reply", "+draft/react"}),
    ],
)
def test_tags_that_a_server_drops_are_known(denied: str | bool | None, passed: set[str]) -> None:
    told = traits({"CLIENTTAGDENY": denied} if denied is not None else {})
    assert {tag for tag in ("+reply", "+typing", "+draft/react") if told.passes_tag(tag)} == passed


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {"NICKLEN": "many", "PREFIX": "(ov)@", "CHANMODES": "b", "TOPICLEN": True},
        {"NICKLEN": "-1", "LINELEN": "٣"},
    ],
)
def test_nonsense_keeps_the_defaults(tokens: dict[str, str | bool]) -> None:
    told, plain = traits(tokens), Traits()
    assert told.nick_length == plain.nick_length
    assert told.topic_length == plain.topic_length
    assert told.line_length == plain.line_length


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (("+o", "anna"), [ModeChange(True, "o", "anna")]),
        (("+b-k", "*!*@x", "*"), [ModeChange(True, "b", "*!*@x"), ModeChange(False, "k", "*")]),
        (("+l-l", "5"), [ModeChange(True, "l", "5"), ModeChange(False, "l")]),
        (("-m+i",), [ModeChange(False, "m"), ModeChange(True, "i")]),
        (("+ov", "anna"), [ModeChange(True, "o", "anna")]),
        ((), []),
    ],
)
def test_a_mode_line_is_taken_apart(words: tuple[str, ...], changes: list[ModeChange]) -> None:
    assert list(parse(words, Traits())) == changes


@given(st.dictionaries(st.text(), st.text() | st.booleans()))
def test_no_announcement_raises(tokens: dict[str, str | bool]) -> None:
    traits(tokens)
