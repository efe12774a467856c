"""A line that is nothing but the link to a picture, a film or a sound: somebody shows a file."""

import re
from urllib.parse import unquote, urlsplit

from bridge.model import Text
from bridge.model.content import File, FileKind, Inline
from protocols.irc.formatting import clean

_KINDS: dict[FileKind, str] = {
    "image": "jpg jpeg png gif webp avif",
    "video": "mp4 m4v webm mov mkv ogv",
    "audio": "mp3 m4a aac ogg oga opus flac wav",
}
_ENDINGS: dict[str, FileKind] = {
    ending: kind for kind, endings in _KINDS.items() for ending in endings.split()
}
_LINK = re.compile(rf"\s*(https?://[^\s#]+\.(?:{'|'.join(_ENDINGS)})(?:\?[^\s#]*)?)\s*", re.I)
_LONGEST_NAME = 100


def shown(spans: tuple[Inline, ...]) -> File | None:
    """Return the file that a line shows, judged by its ending alone; nothing is looked up. None:
    there is anything else in the line."""
    if len(spans) != 1 or not isinstance(spans[0], Text):
        return None
    link = _LINK.fullmatch(spans[0].text) if "://" in spans[0].text[:10] else None
    if link is None:
        return None
    try:
        parts = urlsplit(link[1])
        host, secret = parts.hostname, parts.username
    except ValueError:  # such as http://[x
        return None
    name = _name(parts.path)
    kind = _ENDINGS.get(name.rpartition(".")[2].lower())
    # A colon: wikis call the page that tells of a picture File:cat.jpg.
    if kind is None or ":" in name or not host or secret is not None:
        return None
    return File(kind=kind, source=link[1], name=name[-_LONGEST_NAME:], bare=True)


def _name(path: str) -> str:
    """Return what the file is called, fit to be shown."""
    name = unquote(path.rpartition("/")[2]).replace("/", "_").replace("\\", "_")
    return clean(name).replace("\n", " ").strip()
