"""Tells what a file is by its first bytes; names on the list here are safe to show in a browser."""

import re

HEAD = 512
"""How many bytes tell."""
UNKNOWN = "application/octet-stream"

# After the WHATWG's “MIME Sniffing”, §6; where it begins, with what, and what it is then.
_BEGINNINGS = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP", "image/webp"),
    (6, b"\0\0\0\0", "image/bmp"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVEfmt", "audio/wav"),
    (8, b"AIFF", "audio/aiff"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"MThd\0\0\0\x06", "audio/midi"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"\0\0\x01\xba", "video/mpeg"),
    (0, b"%PDF-", "application/pdf"),
)
_OUTER = {"image/webp": b"RIFF", "audio/wav": b"RIFF", "video/x-msvideo": b"RIFF"}
_OUTER |= {"audio/aiff": b"FORM", "image/bmp": b"BM"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_SOUND = {"video/mp4": "audio/mp4", "video/webm": "audio/webm"}
_SYNTAX = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")

INLINE = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}
    | {"audio/mpeg", "audio/flac", "audio/wav", "audio/mp4", "audio/webm", "audio/ogg", "audio/aac"}
    | {"video/mp4", "video/webm", "video/ogg", "video/quicktime", "text/plain"}
)
"""What no browser runs. SVG and HTML are not among it, nor PDF."""
MEDIA = frozenset({"image", "audio", "video"})


def mime(head: bytes, claimed: str = "") -> str:
    """Name what begins so. Pictures, sounds, films and PDF are known by their bytes alone, and
    are never believed to be without them; about others the claim decides."""
    found, said = recognised(head), _clean(claimed)
    if found:
        return _SOUND.get(found, found) if said.startswith("audio/") else found
    if said.partition("/")[0] in MEDIA or said in ("application/pdf", UNKNOWN):
        said = ""
    if not said or said.startswith("text/"):
        return (said or "text/plain") if head and not _BINARY.search(head) else UNKNOWN
    return said


def recognised(head: bytes) -> str:
    """Name what surely begins so; empty if nothing does."""
    for at, mark, name in _BEGINNINGS:
        if head.startswith(mark, at) and head.startswith(_OUTER.get(name, b"")):
            return name
    if head[4:8] == b"ftyp":
        return "video/3gpp" if head[8:11] == b"3gp" else _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:128] else "audio/ogg"
    return _frames(head[:2])


def _frames(head: bytes) -> str:
    """Know the sounds that begin with a frame at once: MPEG layer 3, and AAC (ADTS)."""
    if len(head) < 2 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if head[1] & 0xE6 == 0xE2 else ""


def _clean(claimed: str) -> str:
    name = claimed.partition(";")[0].strip().lower()
    return name if len(name) < 100 and _SYNTAX.fullmatch(name) else ""
