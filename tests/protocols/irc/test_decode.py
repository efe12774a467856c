"""Lines that a server sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import plain
from protocols.irc.decode import Ctcp, Line, Mask, account, ids, mask, parse, said, said_at


@pytest.mark.parametrize(
    ("raw", "command", "source", "params"),
    [
        (b":n!u@h PRIVMSG #c :hi :there\r\n", "PRIVMSG", "n!u@h", ["#c", "hi :there"]),
        (b"ping x", "PING", "", ["x"]),
        (b":s 001 me :", "001", "s", ["me", ""]),
        (b"@a=b;c  :s  JOIN   #x ", "JOIN", "s", ["#x"]),
        (b"AUTHENTICATE :+", "AUTHENTICATE", "", ["+"]),
        (b"PRIVMSG #c :nul\0nul", "PRIVMSG", "", ["#c", "nulnul"]),
        ("PRIVMSG #c :é\U0001f600".encode(), "PRIVMSG", "", ["#c", "é\U0001f600"]),
        (b"PRIVMSG #c :\xe9", "PRIVMSG", "", ["#c", "é"]),
    ],
)
def test_lines_are_taken_apart(raw: bytes, command: str, source: str, params: list[str]) -> None:
    line = parse(raw)
    assert line is not None
    assert (line.command, line.source, line.params) == (command, source, params)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b":x", b"@tag", b"@a ", b":", b"   ", b":a :b"])
def test_nothing_is_made_of_nothing(raw: bytes) -> None:
    assert parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (rb"@a=b\:c\sd\\e\r\n PING", "b;c d\\e\r\n"),
        (rb"@a=\\s PING", "\\s"),
        (rb"@a=x\ PING", "x"),
        (rb"@a=\q PING", "q"),
        (rb"@a=1;a=2 PING", "2"),
        (rb"@a PING", ""),
    ],
)
def test_tags_are_unescaped_as_specified(raw: bytes, value: str) -> None:
    line = parse(raw)
    assert line is not None
    assert line.tags["a"] == value


@given(st.binary())
def test_no_line_raises(raw: bytes) -> None:
    line = parse(raw)
    if line is not None:
        ids(line)
        said_at(line, 1.0)
        said(line.command, line.param(1))


def test_legacy_lines_are_read_in_the_charset_of_the_network() -> None:
    line = parse("PRIVMSG #c :привет".encode("koi8-r"), "koi8-r")
    assert line is not None
    assert line.params[1] == "привет"


def test_a_mask_has_three_parts() -> None:
    assert mask("n!u@h") == Mask("n", "u", "h")
    assert mask("irc.server") == Mask("irc.server")
    assert Line("X", [], "n!u@h").nick == "n"
    assert Line("X", [], "n@h").nick == "n"


@pytest.mark.parametrize(
    ("command", "text", "style", "body"),
    [
        ("PRIVMSG", "hi", "text", "hi"),
        ("NOTICE", "hi", "notice", "hi"),
        ("PRIVMSG", "\x01ACTION waves\x01", "emote", "waves"),
        ("PRIVMSG", "\x01action waves", "emote", "waves"),
        ("PRIVMSG", "/me waves", "text", "/me waves"),
    ],
)
def test_what_was_said_has_a_style(command: str, text: str, style: str, body: str) -> None:
    content = said(command, text)
    assert not isinstance(content, Ctcp)
    assert (content.style, plain(content)) == (style, body)


def test_ctcp_is_no_message() -> None:
    assert said("PRIVMSG", "\x01version\x01") == Ctcp("VERSION", "")
    assert said("PRIVMSG", "\x01PING 1 2\x01") == Ctcp("PING", "1 2")


def test_the_time_is_the_servers_if_it_can_be_believed() -> None:
    def at(value: str) -> float:
        return said_at(Line("X", [], "", {"time": value}), 1_000_000_000.0)

    assert at("2001-09-09T01:46:30.500Z") == 999_999_990.5
    for nonsense in ("", "yesterday", "2600-01-01T00:00:00Z", "0001-01-01T00:00:00Z"):
        assert at(nonsense) == 1_000_000_000.0


def test_ids_are_the_msgid_or_else_what_names_the_line() -> None:
    assert ids(Line("X", ["#c", "a"], "n", {"msgid": "m", "time": "t"})) == ("msgid:m",)
    assert ids(Line("X", ["#c", "a"], "n")) == ()
    one = ids(Line("X", ["#c", "a"], "n!u@h", {"time": "t"}))
    assert one == ids(Line("X", ["#c", "a"], "n!u@other", {"time": "t"}))
    assert one != ids(Line("X", ["#c", "b"], "n!u@h", {"time": "t"}))


def test_a_star_is_no_account() -> None:
    assert account(Line("X", [], "", {"account": "anna"})) == "anna"
    assert account(Line("X", [], "", {"account": "*"})) == ""
