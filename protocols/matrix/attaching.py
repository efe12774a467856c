"""Files and places as the contents of events. Pure.

A file's event is written before the file is uploaded, because what waits to be sent must not
change. So its part names the file, and says all but where the file is on Matrix; ``filled`` adds
that, and ``told`` says in words what could not be uploaded.
"""

import mimetypes
from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec
from msgspec import Raw, Struct, structs

from bridge.model import File
from bridge.model.content import Place
from protocols.matrix.encode import FORMAT, Part, inner
from protocols.matrix.html import clean

_MSGTYPES = {"image": "m.image", "video": "m.video", "audio": "m.audio"}
_NO_PICTURES = ("image/svg+xml",)
"""Scripts can be in it, so clients do not show it."""
_LONGEST_WHY = 120
_encoder = msgspec.json.Encoder()


class Uploaded(Struct, frozen=True):
    """A file on Matrix, and what its bytes told."""

    source: str
    mime: str
    size: int
    width: int = 0
    height: int = 0


def place(thing: Place) -> dict[str, Any]:
    """Write ``m.location``, with what MSC3488 adds."""
    uri, name = clean(thing.uri), clean(thing.name)
    described = {"uri": uri, "description": name} if name else {"uri": uri}
    return {
        "msgtype": "m.location",
        "body": f"{name} {uri}" if name else uri,
        "geo_uri": uri,
        "org.matrix.msc3488.location": described,
        "org.matrix.msc3488.asset": {"type": "m.pin"},
    }


def filled(part: Part, up: Uploaded) -> Part:
    """Say where the file is. What it is, its bytes say (semantics.md 10.2)."""
    file, content = part.file, _content(part)
    assert file is not None
    kind = up.mime.partition("/")[0] if up.mime not in _NO_PICTURES else ""
    new = inner(content, "m.new_content")
    sticker = file.kind == "sticker" and kind == "image" and not content.get("body") and not new
    if sticker:
        shown = {"body": clean(file.description) or _named(file, up), "url": up.source}
        made = content | shown | {"info": _info(file, up)}
        return structs.replace(part, type="m.sticker", content=_raw(made), file=None)
    made = _shown(content, file, up, kind, "* " if new else "")
    if new:
        made["m.new_content"] = _shown(new, file, up, kind)
    return structs.replace(part, content=_raw(made), file=None)


def _shown(
    content: Mapping[str, Any], file: File, up: Uploaded, kind: str, mark: str = ""
) -> dict[str, Any]:
    name = _named(file, up)
    made = {
        **content,
        "msgtype": _MSGTYPES.get(kind, "m.file"),
        "body": content.get("body") or f"{mark}{name}",
        "filename": name,
        "url": up.source,
        "info": _info(file, up),
    }
    if file.kind == "voice" and kind == "audio":
        # All clients read these unstable fields; there are no others yet (MSC3245).
        told = {"duration": int(file.duration * 1000)} if file.duration else {}
        made |= {"org.matrix.msc3245.voice": {}, "org.matrix.msc1767.audio": told}
    return made


def _info(file: File, up: Uploaded) -> dict[str, Any]:
    info: dict[str, Any] = {"mimetype": up.mime, "size": up.size}
    width, height = (file.width, file.height) if file.width else (up.width, up.height)
    if width and height:
        info |= {"w": width, "h": height}
    if file.duration:
        info["duration"] = int(file.duration * 1000)
    if file.animated:
        info |= {"is_animated": True, "org.matrix.msc4230.is_animated": True}
    return info


def _named(file: File, up: Uploaded) -> str:
    name = " ".join(clean(file.name).split())[:200]
    return name or file.kind + (mimetypes.guess_extension(up.mime) or "")


def told(part: Part, why: str) -> Part:
    """Say in words what there is to see, and why it cannot be seen here. Nothing is lost."""
    file, content = part.file, _content(part)
    assert file is not None
    line = _line(file, why)
    new = inner(content, "m.new_content")
    made = _worded(content, line, "* " if new else "")
    if new:
        made["m.new_content"] = _worded(new, line)
    return structs.replace(part, content=_raw(made), file=None)


def _line(file: File, why: str) -> str:
    link = file.url or ("" if file.network else file.source)
    called = clean(link or file.description or file.name)
    if file.bare:  # it was the text of the message, and still is
        return called
    kind = "voice message" if file.kind == "voice" else file.kind
    reason = " ".join(clean(why).split())[:_LONGEST_WHY].rstrip(".")
    return f"{called} ({kind}; not copied: {reason})".strip()


def _worded(content: Mapping[str, Any], line: str, mark: str = "") -> dict[str, Any]:
    caption = content.get("body")
    made = {
        **content,
        "msgtype": "m.text",
        "body": f"{caption}\n{line}" if caption else f"{mark}{line}",
    }
    if html := content.get("formatted_body"):
        made |= {"format": FORMAT, "formatted_body": f"{html}<br>{escape(line, quote=False)}"}
    return made


def _content(part: Part) -> dict[str, Any]:
    return dict(msgspec.json.decode(part.content))


def _raw(content: dict[str, Any]) -> Raw:
    return Raw(_encoder.encode(content))
