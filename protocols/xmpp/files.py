"""Reads what a message offers to look at or to save: files, stickers, places. Pure.

Whatever is offered under an address that is not a plain web address is not there for us.
"""

import re
from posixpath import basename
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from msgspec import Struct, structs

from bridge.model.content import File, FileKind, Place

SHARING = "urn:xmpp:sfs:0"
METADATA = "urn:xmpp:file:metadata:0"
URL_DATA = "http://jabber.org/protocol/url-data"
THUMBS = "urn:xmpp:thumbs:1"
STICKERS = "urn:xmpp:stickers:0"
OOB = "jabber:x:oob"
REFERENCE = "urn:xmpp:reference:0"
SIMS = "urn:xmpp:sims:1"

LONGEST_URL = 2048
LONGEST_WORDS = 1000
"""Characters of a name or a description."""
MOST_FILES = 10

_WEB = re.compile(r"https?://[^\s<>\"\\]+", re.IGNORECASE)
_SECRET = re.compile(r"aesgcm://\S+", re.IGNORECASE)
_NUMBER = r"-?\d{1,4}(?:\.\d{1,15})?"
_GEO = re.compile(rf"geo:{_NUMBER},{_NUMBER}(?:,{_NUMBER})?(?:;[\w.;=%+-]{{1,200}})?", re.ASCII)
_KINDS: dict[str, FileKind] = {"image": "image", "video": "video", "audio": "audio"}
_ENDINGS: dict[str, FileKind] = {
    **dict.fromkeys(("avif", "gif", "heic", "jpeg", "jpg", "png", "svg", "webp"), "image"),
    **dict.fromkeys(("mkv", "mov", "mp4", "webm"), "video"),
    **dict.fromkeys(("flac", "m4a", "mp3", "oga", "ogg", "opus", "wav"), "audio"),
}


class Offered(Struct, frozen=True):
    """What one message offers."""

    files: tuple[File, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses without a word on what is there (XEP-0066)."""
    sticker: bool = False

    def all(self) -> tuple[File, ...]:
        """Return each file once, as what it is."""
        found = {file.source: file for file in self.files}
        if not found:
            found = {link: _file(link) for link in self.links}
        if self.sticker:
            return tuple(structs.replace(file, kind="sticker") for file in found.values())
        return tuple(found.values())


def is_web_address(url: str) -> bool:
    """Tell whether this is the address of something on the web, of a bearable length."""
    if len(url) > LONGEST_URL or not _WEB.fullmatch(url):
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def place(body: str) -> Place | None:
    """Read a body that is nothing but a place on earth (RFC 5870)."""
    text = body.strip()
    return Place(text) if text.startswith("geo:") and _GEO.fullmatch(text) else None


def veiled(body: str) -> str:
    """Put words for addresses that hold the key to an encrypted file (XEP-0454): whoever has such
    an address can read the file, and the sender meant it for those in the room alone.
    """
    return _SECRET.sub("[encrypted file]", body)


def sharing(xml: Element) -> File | None:
    """Read ``<file-sharing/>`` (XEP-0447 §3)."""
    described = xml.find(f"{{{METADATA}}}file")
    for target in xml.iterfind(f"{{{SHARING}}}sources/{{{URL_DATA}}}url-data"):
        if is_web_address(url := target.get("target", "")):
            return _file(url, described)
    return None


def reference(xml: Element) -> File | None:
    """Read a reference that shares a medium (XEP-0385 §3)."""
    media = xml.find(f"{{{SIMS}}}media-sharing")
    if media is None:
        return None
    described = next((child for child in media if child.tag.endswith("}file")), None)
    for source in media.iterfind(f"{{{SIMS}}}sources/{{{REFERENCE}}}reference"):
        if is_web_address(url := source.get("uri", "")):
            return _file(url, described)
    return None


def out_of_band(xml: Element) -> str:
    """Read the address in ``<x/>`` (XEP-0066 §3); empty if it is not one of the web."""
    url = (xml.findtext(f"{{{OOB}}}url") or "").strip()
    return url if is_web_address(url) else ""


def _file(url: str, described: Element | None = None) -> File:
    said = {} if described is None else _said(described)
    mime = said.get("media-type", "").lower()
    name = _name(said.get("name") or unquote(urlsplit(url).path))
    ending = name.rpartition(".")[2].lower()
    return File(
        kind=_KINDS.get(mime.partition("/")[0]) or (not mime and _ENDINGS.get(ending)) or "file",
        source=url,
        name=name,
        mime=mime,
        size=_count(said.get("size", "")),
        width=_count(said.get("width", "")),
        height=_count(said.get("height", "")),
        duration=_count(said.get("length", "")) / 1000,
        thumbnail=_thumbnail(described),
        description=said.get("desc", ""),
    )


def _said(described: Element) -> dict[str, str]:
    """Return the text of each child; XEP-0385 has the same names in another namespace."""
    return {
        child.tag.rpartition("}")[2]: child.text.strip()[:LONGEST_WORDS]
        for child in described
        if child.text
    }


def _thumbnail(described: Element | None) -> str:
    if described is None:
        return ""
    found = (it.get("uri", "") for it in described.iterfind(f"{{{THUMBS}}}thumbnail"))
    return next(filter(is_web_address, found), "")


def _name(path: str) -> str:
    """Return the last piece of a path, without what has no place in a name."""
    name = basename(path.replace("\\", "/"))
    return "".join(c for c in name if c.isprintable())[:255]


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
