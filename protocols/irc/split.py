"""Cut text into lines that fit the wire, counted in UTF-8 bytes as the server will relay them
(semantics.md 1.5)."""

import re
import unicodedata
from collections.abc import Iterator

from protocols.irc.formatting import CODES, PLAIN, ink_after
from protocols.irc.writing import opening

SAFETY = 10
"""Bytes left free, because the server may know a longer mask of ours than we do."""
LONGEST_MASK = 20 + 20 + 63
"""Assumed bytes of nick, user and host as long as the own mask is not known."""

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}://\S+")
"""Schemes are short; without that limit a long word would be searched from each of its letters."""
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_VARIATIONS = range(0xFE00, 0xFE10)
_ZWJ = 0x200D


def budget(target: str, mask_bytes: int, command: str = "PRIVMSG", line_length: int = 512) -> int:
    """Return how many bytes of text fit in ``:mask COMMAND target :text`` and CR LF."""
    overhead = len(f":! {command}  :@") + 2
    return line_length - overhead - mask_bytes - len(target.encode()) - SAFETY


def fits(text: str, limit: int) -> bool:
    """Tell whether a text has at most so many bytes."""
    length = len(text)
    return length * 4 <= limit or (length <= limit and len(text.encode()) <= limit)


def split(text: str, limit: int) -> Iterator[str]:
    """Cut a line into pieces of at most ``limit`` bytes, and open again in each what was open.

    Cut at the last space of the final quarter if there is one, else anywhere but inside a grapheme
    cluster, a formatting code or (if it would fit a line of its own) a URL. The space stays at the
    end of the earlier piece.
    """
    limit = max(limit, 16)
    if not fits(text, limit):
        text = _fewer_codes(text)
    ink = PLAIN
    while not fits(text, limit):
        cut = _cut(text, limit)
        piece, text = text[:cut], text[cut:]
        yield piece
        ink = ink_after(piece)
        codes = opening(ink, text)
        if len(codes.encode()) > limit // 2:
            codes = ""
        text = codes + text
    if text:
        yield text


def _fewer_codes(text: str) -> str:
    """Begin with no more codes than are needed: they must leave room for words."""
    start = _codes_at_start(text)
    return opening(ink_after(text[:start]), text[start:]) + text[start:]


def _cut(text: str, limit: int) -> int:
    most = _prefix(text, limit)
    space = text.rfind(" ", _prefix(text, limit * 3 // 4), most)
    if space > 0 and not _in_code(text, space + 1):
        return space + 1
    least = ink_start = _codes_at_start(text)
    cut = _before_url(text, most, limit, least)
    while cut > ink_start and (joined(text, cut) or _in_code(text, cut)):
        cut -= 1
    return cut if cut > ink_start else max(most, ink_start + 1)


def _prefix(text: str, limit: int) -> int:
    """Return how many characters fit in ``limit`` bytes."""
    return len(text[:limit].encode("utf-8", "replace")[:limit].decode("utf-8", "ignore"))


def _codes_at_start(text: str) -> int:
    end = 0
    while code := CODES.match(text, end):
        end = code.end()
    return end


def _before_url(text: str, most: int, limit: int, least: int) -> int:
    start = text.rfind(" ", 0, most) + 1
    url = _URL.search(text, start, most + limit)  # a longer one does not fit a line anyway
    if url is None or url.start() <= least or url.start() >= most or url.end() <= most:
        return most
    return url.start() if fits(url[0], limit * 3 // 4) else most


def _in_code(text: str, cut: int) -> bool:
    begin = max(0, cut - 14)
    return any(
        code.start() + begin < cut < code.end() + begin
        for code in CODES.finditer(text[begin : cut + 14])
    ) or (text[cut : cut + 1].isdigit() and text[cut - 1] in "\x03,")


def joined(text: str, cut: int) -> bool:
    """Tell whether the characters around ``cut`` are one grapheme cluster (UAX 29, simplified)."""
    if cut <= 0 or cut >= len(text):
        return False
    before, after = ord(text[cut - 1]), ord(text[cut])
    if after < 0x300:
        return False
    if before == _ZWJ or after == _ZWJ or after in _VARIATIONS:
        return True
    if after in _SKIN_TONES or after in _TAGS:
        return True
    if after in _FLAGS and before in _FLAGS:
        return _flags_before(text, cut) % 2 == 1
    if 0x1160 <= after <= 0x11FF:
        return True
    return unicodedata.category(text[cut]) in ("Mn", "Me", "Mc")


def _flags_before(text: str, cut: int) -> int:
    count = 0
    while count < cut and ord(text[cut - 1 - count]) in _FLAGS:
        count += 1
    return count
