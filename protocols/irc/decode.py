"""Read what an IRC server sends: bytes to lines, lines to what was said. Pure, and never raises:
everything here was written by strangers."""

import hashlib
import re
from datetime import UTC, datetime

from msgspec import Struct

from bridge.model import Content, Paragraph
from bridge.model.content import Style
from protocols.irc.formatting import spans
from protocols.irc.links import shown

_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_MOST_PARAMETERS = 64
_ACTION = "ACTION"


class Line:
    """One message of the IRC protocol. Numerics are three digits, as they came."""

    __slots__ = ("arrived", "command", "guessed", "params", "played_back", "source", "tags")

    def __init__(
        self, command: str, params: list[str], source: str = "", tags: dict[str, str] | None = None
    ):
        self.command = command
        self.params = params
        self.source = source
        self.tags = tags or {}
        self.arrived = 0.0
        """When a standby kept this line; 0: it comes just now."""
        self.guessed = False
        """It was no UTF-8, and read in another charset."""
        self.played_back = False
        """It was history when a standby kept it."""

    def __repr__(self) -> str:
        return f"Line({self.command!r}, {self.params!r}, {self.source!r}, {self.tags!r})"

    def param(self, index: int) -> str:
        """Return a parameter, or nothing if there are not so many."""
        return self.params[index] if len(self.params) > index else ""

    @property
    def nick(self) -> str:
        """The nick of the source, or the server's name."""
        return self.source.partition("!")[0].partition("@")[0]


class Mask(Struct, frozen=True):
    """``nick!user@host``; parts that are not known are empty."""

    nick: str
    user: str = ""
    host: str = ""


class Ctcp(Struct, frozen=True):
    """A CTCP query (in PRIVMSG) or answer (in NOTICE) that is not an ACTION."""

    command: str
    text: str


def parse(data: bytes, charset: str = "iso-8859-1") -> Line | None:
    """Read one line (RFC 2812 §2.3.1, message-tags). What is not UTF-8 is read in ``charset``.

    None: there is no message in it.
    """
    guessed = False
    try:
        rest = data.decode()
    except UnicodeDecodeError:
        rest, guessed = data.decode(charset, "replace"), True
    rest = rest.rstrip("\r\n")
    if "\0" in rest:
        rest = rest.replace("\0", "")
    tags = source = None
    if rest[:1] == "@":
        written, _, rest = rest[1:].partition(" ")
        tags = _tags(written)
        rest = rest.lstrip(" ")
    if rest[:1] == ":":
        source, _, rest = rest[1:].partition(" ")
    head, colon, trailing = rest.partition(" :")
    params = head.split(" ", _MOST_PARAMETERS)
    if "" in params:
        params = [word for word in params if word]
    if not params or params[0][0] == ":":
        return None
    command = params.pop(0).upper()
    if colon:
        params.append(trailing)
    line = Line(command, params, source or "", tags)
    line.guessed = guessed
    return line


def mask(source: str) -> Mask:
    """Take a source or a userhost-in-names entry apart."""
    nick, at, host = source.partition("@")
    nick, _, user = nick.partition("!")
    return Mask(nick, user, host if at else "")


def said(command: str, text: str) -> Content | Ctcp:
    """Read the text of a PRIVMSG or NOTICE. A missing final ``\\x01`` is forgiven. A lone link to a
    media file is that file, and no text beside it."""
    style: Style = "notice" if command == "NOTICE" else "text"
    if text[:1] == "\x01":
        query, _, rest = text.strip("\x01").partition(" ")
        if query.upper() != _ACTION:
            return Ctcp(query.upper(), rest)
        text, style = rest, "emote"
    children = spans(text)
    file = shown(children) if style == "text" else None
    return Content((), style, (file,)) if file else Content((Paragraph(children),), style)


def said_at(line: Line, now: float) -> float:
    """Return when a line was said: server-time if it has one that can be believed, else now."""
    value = line.tags.get("time")
    if not value:
        return now
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return now
    time = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    return time if 0 < time < now + 3600 else now


def ids(line: Line) -> tuple[str, ...]:
    """Return what later messages may call this line. Without a msgid, server-time with source and
    text names it well enough to know it again in a playback."""
    msgid = line.tags.get("msgid")
    if msgid:
        return (f"msgid:{msgid}",)
    time = line.tags.get("time")
    if not time:
        return ()
    words = "\0".join((time, line.nick, *line.params))
    return (f"said:{hashlib.blake2b(words.encode(), digest_size=12).hexdigest()}",)


def account(line: Line) -> str:
    """Return the account of the source by account-tag; empty if none is told."""
    name = line.tags.get("account", "")
    return "" if name in ("*", "0") else name


def _tags(written: str) -> dict[str, str]:
    tags = {}
    for item in written.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = _unescape(value) if "\\" in value else value
    return tags


def _unescape(value: str) -> str:
    return re.sub(r"\\(.?)", lambda m: _UNESCAPES.get(m[1], m[1]), value, flags=re.DOTALL)
