"""The log: rendered for people or machines, one line for each event, without any secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bridge import log


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(stream: io.StringIO) -> str:
    return stream.getvalue().rstrip("\n")


def test_machines_get_one_json_object_a_line(stream: io.StringIO) -> None:
    log.configure("info", None, (), stream)
    logging.getLogger("bridge.x").info("room %s is %s", "#den", "up")
    event = json.loads(logged(stream))
    assert event["event"] == "room #den is up"
    assert (event["level"], event["logger"]) == ("info", "bridge.x")
    assert event["timestamp"].endswith("Z")


def test_people_get_plain_lines(stream: io.StringIO) -> None:
    log.configure("info", "console", (), stream)
    logging.getLogger("bridge.x").warning("hello")
    assert "warning" in logged(stream)
    assert "hello" in logged(stream)


@pytest.mark.parametrize("form", ["console", "json"])
def test_nobody_forges_a_line_or_paints_the_screen(stream: io.StringIO, form: str) -> None:
    log.configure("info", form, (), stream)
    logging.getLogger("x").info("nick %s", "a\r\n2026 ready\x1b[2J\x9b\u202e")
    assert logged(stream).count("\n") == 0
    assert not any(char in logged(stream) for char in "\x1b\x9b\u202e\r")


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_exception_comes_with_its_traceback(stream: io.StringIO, form: str) -> None:
    log.configure("info", form, (), stream)
    try:
        raise KeyError("why")
    except KeyError:
        logging.getLogger("x").exception("it failed")
    assert "Traceback" in logged(stream)
    assert "KeyError: 'why'" in logged(stream)


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_known_secret_never_appears(stream: io.StringIO, form: str) -> None:
    log.configure("debug", form, ["hunter22", "", "ab"], stream)
    try:
        raise ValueError("wrong password hunter22")
    except ValueError:
        logging.getLogger("x").exception("log in with %s about ab", "hunter22")
    assert "hunter22" not in logged(stream)
    assert "about ab" in logged(stream)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /sync?access_token=abc.def&x=1", "GET /sync?access_token=***&x=1"),
        ('{"as_token": "abcdef"}', '{"as_token": "***"}'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN"),
        ("AUTHENTICATE YWJjAGFiYwBwdw==", "AUTHENTICATE ***"),
        ("PASS :sesame", "PASS :***"),
        ("we pass everything on", "we pass everything on"),
        ("PRIVMSG NickServ :IDENTIFY tercet sesame", "PRIVMSG NickServ :IDENTIFY ***"),
        ("<handshake>0af1</handshake>", "<handshake>***</handshake>"),
        ("see https://x.example/t/IjQyIg.aa.bb now", "see https://x.example/t/*** now"),
        ("https://x.example/m/IjQyIg.aa.bb/cat.jpg", "https://x.example/m/***"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str, shown: str) -> None:
    assert log.redact(text) == shown


def test_chatty_libraries_are_quiet_unless_asked(stream: io.StringIO) -> None:
    log.configure("info", "json", (), stream)
    logging.getLogger("slixmpp.xmlstream").info("SEND: …")
    logging.getLogger("aiohttp.access").info("GET /")
    assert logged(stream) == ""
    log.configure("debug", "json", (), stream)
    logging.getLogger("slixmpp.xmlstream").debug("SEND: …")
    logging.getLogger("aiohttp.access").info("GET /")
    assert logged(stream).count("\n") == 0
    assert "SEND" in logged(stream)


def test_a_wrong_format_string_does_not_end_the_daemon(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("info", "json", (), stream)
    logging.getLogger("x").info("%d", "no number")
    logging.getLogger("x").info("still here")
    assert "still here" in logged(stream)
