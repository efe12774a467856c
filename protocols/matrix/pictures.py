"""How large a picture is, told by its first bytes. Pure."""

import struct
from collections.abc import Callable

Size = tuple[int, int]
ENOUGH = 65_536
"""Bytes that hold the size in nearly all pictures; cameras put a preview before it."""

_NO_FRAME = (0xC4, 0xC8, 0xCC)
_ALONE = (0x01, 0xFF, *range(0xD0, 0xD9))


def size(head: bytes) -> Size | None:
    """Return width and height, if these are the first bytes of a PNG, GIF, JPEG or WebP."""
    for mark, read in _KINDS:
        if head.startswith(mark):
            try:
                return read(head)
            except (struct.error, IndexError):
                return None
    return None


def _png(head: bytes) -> Size | None:
    """PNG (third edition), 11.2.1: the first chunk is ``IHDR``."""
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> Size:
    """GIF89a, 18: the logical screen."""
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _jpeg(head: bytes) -> Size | None:
    """ITU T.81, B.2.2: the size is in the header of the frame."""
    place = 2
    while head[place] == 0xFF:
        marker = head[place + 1]
        if marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", head, place + 5)
            return width, height
        place += 2 + int(struct.unpack_from(">H", head, place + 2)[0])
    return None


def _webp(head: bytes) -> Size | None:
    """RFC 9649, 2.5 to 2.7."""
    kind = head[12:16]
    if head[8:12] != b"WEBP":
        return None
    if kind == b"VP8X":
        return _uint24(head, 24) + 1, _uint24(head, 27) + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _uint24(head: bytes, place: int) -> int:
    low, high = struct.unpack_from("<HB", head, place)
    return int(low | high << 16)


_KINDS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF8", _gif),
    (b"\xff\xd8", _jpeg),
    (b"RIFF", _webp),
)
