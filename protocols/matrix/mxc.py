"""The addresses of files on Matrix, read strictly: their pieces end up in the paths of requests.
Pure."""

import re

from msgspec import Struct

_ADDRESS = re.compile(
    r"mxc://([A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?/([A-Za-z0-9_-]{1,255})"
    r"(\?thumbnail)?",
    re.ASCII,
)
"""A server's name by the grammar of the specification's appendices; of a media id only the letters
that it asks to insist on. What is behind ``?`` is ours: a smaller picture of the file."""


class Address(Struct, frozen=True):
    """One file of one homeserver."""

    server: str
    media: str
    thumbnail: bool = False
    """A smaller picture is meant, which the homeserver makes."""


def parse(value: object) -> Address | None:
    """Take an address apart; None if it is none."""
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    return Address(match[1] + (match[2] or ""), match[3], bool(match[4]))


def valid(value: object) -> str:
    """Return the address of a file as others tell it, or nothing."""
    found = parse(value)
    return str(value) if found and not found.thumbnail else ""


def smaller(source: str) -> str:
    """Name the smaller picture of a picture."""
    return f"{source}?thumbnail"
