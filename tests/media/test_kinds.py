"""Files are what their bytes say, whatever is claimed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.kinds import INLINE, UNKNOWN, mime, recognised

FTYP = b"\0\0\0\x20ftyp"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\x36\0\0\0\0\0\0\0\x36", "image/bmp"),
        (FTYP + b"avif\0\0\0\0", "image/avif"),
        (FTYP + b"heic\0\0\0\0", "image/heic"),
        (b"\xff\x0a\1", "image/jxl"),
        (FTYP + b"isom\0\0\2\0", "video/mp4"),
        (FTYP + b"qt  \0\0\2\0", "video/quicktime"),
        (FTYP + b"3gp5\0\0\2\0", "video/3gpp"),
        (FTYP + b"M4A \0\0\2\0", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x88matroska", "video/x-matroska"),
        (b"OggS\0\2" + bytes(22) + b"\1\x13OpusHead", "audio/ogg"),
        (b"OggS\0\2" + bytes(22) + b"\1\x2a\x80theora", "video/ogg"),
        (b"ID3\3\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"fLaC\0", "audio/flac"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"#!AMR\n", "audio/amr"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_well_known_files_are_known_by_their_bytes(head: bytes, name: str) -> None:
    assert mime(head, "text/html") == name


@pytest.mark.parametrize(
    ("head", "claimed", "name"),
    [
        (b"<html><script>", "image/png", "text/plain"),
        (b"<svg xmlns=", "image/svg+xml", "text/plain"),
        (b"<html>", "text/html; charset=utf-8", "text/html"),
        (b"BMW is a car", "", "text/plain"),
        (b"caf\xc3\xa9", "", "text/plain"),
        (b"\0\1\2", "text/plain", UNKNOWN),
        (b"\0\1\2", "video/mp4", UNKNOWN),
        (b"PK\3\4", "application/zip", "application/zip"),
        (b"PK\3\4", "application/pdf", UNKNOWN),
        (b"PK\3\4", 'text/html" x="', UNKNOWN),
        (b"", "text/plain", UNKNOWN),
        (FTYP + b"isom", "audio/mp4", "audio/mp4"),
        (b"\xff\xd8\xff", "audio/mp4", "image/jpeg"),
    ],
)
def test_a_claim_counts_only_where_bytes_do_not_tell(head: bytes, claimed: str, name: str) -> None:
    assert mime(head, claimed) == name


@given(st.binary(max_size=600), st.text())
def test_nothing_active_is_ever_shown_in_a_browser(head: bytes, claimed: str) -> None:
    name = mime(head, claimed)
    if name in INLINE:
        assert name == "text/plain" or recognised(head)
