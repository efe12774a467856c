"""Build the lines that we send, so that nothing in them can become another line or command."""

import re
from collections.abc import Mapping

MAX_TAGS = 4094
"""Bytes of tag data that a client may send (message-tags)."""

_ESCAPES = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})
_BREAKING = re.compile("[\r\n\0]")
_BREAKS = re.compile("[\r\n\0]+")


class Unsendable(ValueError):
    """These words cannot be one IRC line."""


def line(command: str, *params: str, tags: Mapping[str, str] | None = None) -> bytes:
    """Write one line, ready for the wire; the last parameter always has its colon.

    Raises ``Unsendable`` for CR, LF or NUL anywhere, and for a parameter before the last that is
    empty, holds a space or begins with a colon: each would shift what follows it.
    """
    head = f"@{tag_data(tags)} " if tags else ""
    *middle, last = params or ("",)
    for word in (command, *middle):
        if not word or " " in word or word[0] == ":":
            raise Unsendable(f"only the last parameter may be {word!r}")
    words = [command, *middle]
    if params:
        words.append(":" + last)
    text = head + " ".join(words)
    if _BREAKING.search(text):
        raise Unsendable("a line break inside a line")
    return text.encode("utf-8", "replace") + b"\r\n"


def tag_data(tags: Mapping[str, str]) -> str:
    """Write tags as message-tags has it, values escaped.

    Raises ``Unsendable`` for more than a client may send.
    """
    data = ";".join(f"{key}={tag_escape(value)}" if value else key for key, value in tags.items())
    if len(data.encode()) > MAX_TAGS or " " in data:
        raise Unsendable("too many tags")
    return data


def tag_escape(value: str) -> str:
    r"""Escape a tag value: ``;`` becomes ``\:``, a space ``\s`` and so on."""
    return value.replace("\0", "").translate(_ESCAPES)


def one_line(text: str) -> str:
    """Make text fit for one line: line breaks become spaces, NUL and CTCP marks go."""
    return _BREAKS.sub(" ", text).replace("\x01", "").strip()
