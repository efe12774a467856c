import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.matrix import pictures


def png(width: int, height: int, size: int = 0) -> bytes:
    """A true picture of this size, with at least ``size`` bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * (width + 1) * height))
    filling = chunk(b"teXt", b"x" * size) if size else b""
    return b"\x89PNG\r\n\x1a\n" + header + filling + pixels + chunk(b"IEND", b"")


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xff"
    b"\xff\xc4\x00\x04\x00\x00\xff\xc2\x00\x11\x08\x00\x30\x00\x40\x03"
)
VP8X = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x3f\x00\x00\x2f\x00\x00"
VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", 63 | 47 << 14)
VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x40\x00\x30\x00"


@pytest.mark.parametrize(
    "head", [png(64, 48), b"GIF89a\x40\x00\x30\x00\xf7", JPEG, VP8X, VP8L, VP8]
)
def test_a_picture_tells_its_size_at_its_beginning(head: bytes) -> None:
    assert pictures.size(head) == (64, 48)


@pytest.mark.parametrize("head", [png(64, 48)[:20], JPEG[:30], VP8X[:25], VP8L[:22], b"GIF89a", b"",
    b"hello", b"\xff\xd8hello", b"RIFF\x00\x00\x00\x00WAVEfmt ",
    b"RIFF\x00\x00\x00\x00WEBPoddd"])  # fmt: skip
def test_what_ends_early_or_is_no_picture_has_no_size(head: bytes) -> None:
    assert pictures.size(head) is None


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8\xff", b"RIFF0000WEBP", b""]),
    st.binary(),
)
def test_whatever_follows_nothing_raises(mark: bytes, rest: bytes) -> None:
    pictures.size(mark + rest)
