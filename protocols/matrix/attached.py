"""What an event carries beside words: files, places. Read from its content, and patient. Pure."""

import re
from typing import Any

from msgspec import Struct

from bridge.model import File
from bridge.model.content import FileKind, Place
from protocols.matrix import mxc
from protocols.matrix.encode import inner
from protocols.matrix.html import clean

_KINDS: dict[object, FileKind] = {
    "m.image": "image",
    "m.video": "video",
    "m.audio": "audio",
    "m.file": "file",
}
_VOICE = ("org.matrix.msc3245.voice", "m.voice")
_ANIMATED = ("is_animated", "org.matrix.msc4230.is_animated")
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}", re.ASCII)
_PLACE = re.compile(
    r"geo:-?[0-9]{1,2}(\.[0-9]{1,20})?,-?[0-9]{1,3}(\.[0-9]{1,20})?"
    r"(,-?[0-9]{1,9}(\.[0-9]{1,20})?)?(;[A-Za-z0-9-]{1,20}(=[A-Za-z0-9.%_-]{1,40})?){0,8}",
    re.ASCII,
)
"""RFC 5870, with bounds."""
_LARGEST = 2**53
_LONGEST_NAME = 200
_PICTURES = ("image", "sticker")


class Attachment(Struct, frozen=True):
    """One file or place, and what the event says of it."""

    thing: File | Place | str
    """Text: why it cannot be shown to anybody elsewhere."""
    captioned: bool = False
    """The event's ``body`` is said about it; else it is only its name."""


def read(content: dict[str, Any], event_type: str, network: str) -> Attachment | None:
    """Read a file or a place; None if the event has none, or is empty (it was taken back)."""
    if event_type == "m.sticker":
        return _file(content, "sticker", network) if content else None
    if content.get("msgtype") == "m.location":
        return _place(content)
    kind = _KINDS.get(_text(content.get("msgtype")))
    if kind == "audio" and any(mark in content for mark in _VOICE):
        kind = "voice"
    return _file(content, kind, network) if kind else None


def _file(content: dict[str, Any], kind: FileKind, network: str) -> Attachment:
    """Read a file (Matrix specification, "m.room.message msgtypes"); since 1.10 its caption is in
    ``body`` if ``filename`` says something else."""
    info = inner(content, "info")
    body, filename = one_line(content.get("body")), _name(content.get("filename"))
    captioned = bool(filename and body and body != filename)
    name = filename or ("" if kind == "sticker" else _name(body))
    source = mxc.valid(content.get("url"))
    if not source:
        return Attachment(_unseen(content, kind, name or body), captioned)
    thumbnail = mxc.valid(info.get("thumbnail_url"))
    if not thumbnail and kind == "image":
        thumbnail = mxc.smaller(source)
    found = File(
        kind=kind,
        source=source,
        network=network,
        name=name,
        mime=_mime(info.get("mimetype")),
        size=_number(info.get("size"), _LARGEST),
        width=_number(info.get("w"), 100_000),
        height=_number(info.get("h"), 100_000),
        duration=_number(info.get("duration"), 10**10) / 1000,
        thumbnail=thumbnail,
        description=body[:_LONGEST_NAME] if kind == "sticker" and not captioned else "",
        animated=any(info.get(mark) is True for mark in _ANIMATED),
    )
    return Attachment(found, captioned)


def _unseen(content: dict[str, Any], kind: FileKind, name: str) -> str:
    """Name a file that we cannot open: it is encrypted, or nowhere."""
    shown = "voice message" if kind == "voice" else kind
    said = f"{shown}: {name}" if name else shown
    if inner(content, "file"):
        return f"[{said}, encrypted: it can be opened on Matrix only]"
    return f"[{said}]"


def _place(content: dict[str, Any]) -> Attachment:
    """Read ``m.location``, and what MSC3488 adds; most clients repeat the address in ``body``."""
    more = inner(content, "org.matrix.msc3488.location") or inner(content, "m.location")
    uri = _text(content.get("geo_uri")) or _text(more.get("uri"))
    body = one_line(content.get("body"))
    name = one_line(more.get("description")) or ("" if "geo:" in body else body)
    name = name[:_LONGEST_NAME]
    if _PLACE.fullmatch(uri) and _on_earth(uri):
        return Attachment(Place(uri, name))
    return Attachment(f"[location: {name or uri[:100]}]" if name or uri else "[location]")


def _on_earth(uri: str) -> bool:
    latitude, longitude = re.split("[,;]", uri.removeprefix("geo:"))[:2]
    return abs(float(latitude)) <= 90 and abs(float(longitude)) <= 180


def one_line(value: object) -> str:
    """Read a text as one line of bounded length."""
    return " ".join(_text(value).split())[:500]


def _name(value: object) -> str:
    """Read a file's name; a path becomes its last piece, which ends as it ended."""
    name = re.split(r"[/\\]", one_line(value))[-1].strip(". ") if isinstance(value, str) else ""
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _LONGEST_NAME - 20]}{dot}{ending[:19]}"


def _mime(value: object) -> str:
    found = _text(value).partition(";")[0].strip().lower()
    return found if _MIME.fullmatch(found) else ""


def _number(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        return 0
    return int(value)


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""
