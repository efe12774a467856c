"""Signed links to texts and files."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadData, BadSignature, SignatureExpired

from bridge.model import File
from bridge.web.links import FileLinks, TextLinks, safe_name

HELD = File(kind="image", source="mxc://secret.example/abc", network="matrix", name="cat.jpg")


@pytest.mark.parametrize("key", ["42", "den/libera:#den?x=1", "ü" * 20])
def test_a_link_leads_back_to_its_key(key: str) -> None:
    links = TextLinks("secret", "https://x.example", 60)
    url = links.url(key)
    assert url.startswith("https://x.example/t/")
    assert links.key(url.rpartition("/")[2]) == key


def test_a_link_fits_into_a_line_with_room_to_spare() -> None:
    assert len(TextLinks("secret", "https://tercet.example.org", 60).url("message-1234")) < 110
    file = FileLinks("secret", "https://tercet.example.org", 60).offer(10**6, HELD, 0)
    assert len(file.url) < 110


@pytest.mark.parametrize("other", [TextLinks("other", "", 60), FileLinks("secret", "", 60)])
def test_a_link_of_another_daemon_or_purpose_is_not_taken(other: TextLinks | FileLinks) -> None:
    token = other.url("42").rpartition("/")[2]
    with pytest.raises(BadSignature):
        TextLinks("secret", "", 60).key(token)


def test_an_old_link_is_told_apart_from_a_wrong_one() -> None:
    links = TextLinks("secret", "", -1)
    with pytest.raises(SignatureExpired):
        links.key(links.url("42").rpartition("/")[2])


def test_a_file_is_offered_by_its_place_in_the_archive_and_nothing_else() -> None:
    links = FileLinks("secret", "https://x.example", 60)
    file = links.offer(77, HELD, 2)
    found = re.fullmatch(r"https://x\.example/m/([\w.-]+)/cat\.jpg", file.url)
    assert found
    assert links.read(found[1]) == (77, 2)
    assert file.thumbnail_url == ""
    assert "secret" not in links.key(found[1])


def test_a_thumbnail_is_offered_where_there_is_one() -> None:
    links = FileLinks("secret", "https://x.example", 60)
    file = links.offer(77, File(kind="image", source="a", network="x", thumbnail="b"), 0)
    assert file.thumbnail_url == f"{file.url}?thumbnail"


def test_a_public_file_is_offered_where_it_is() -> None:
    links = FileLinks("secret", "https://x.example", 60)
    file = File(kind="image", source="https://y.example/a.jpg", thumbnail="http://y.example/b")
    offered = links.offer(77, file, 0)
    assert (offered.url, offered.thumbnail_url) == (file.source, file.thumbnail)


@pytest.mark.parametrize(
    "source",
    [
        "aesgcm://x.example/a#key",
        "javascript:alert(1)",
        "cid:1",
        "https://x.example/a\r\nQUIT",
        "https://x.example/a b",
        "",
    ],
)
def test_what_is_not_for_everybody_is_offered_to_nobody(source: str) -> None:
    assert (
        FileLinks("s", "https://x.example", 60).offer(1, File(kind="file", source=source), 0).url
        == ""
    )


def test_a_link_that_names_no_file_is_refused() -> None:
    links = FileLinks("secret", "", 60)
    for key in ("", "1", "1.", "x.y", "missed.1.2"):
        with pytest.raises(BadData):
            links.read(links.url(key).rpartition("/")[2])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.jpg", "cat.jpg"),
        ("My Holiday (1).JPG", "My_Holiday_1.JPG"),
        ("Файл.jpg", "image.jpg"),
        ("../../etc/passwd", "passwd"),
        (".htaccess", "image.htaccess"),
        ("", "image"),
        ("a" * 300 + ".png", "a" * 57 + ".png"),
        ("x\r\n.png", "x.png"),
    ],
)
def test_the_name_at_the_end_of_a_link_is_plain(name: str, safe: str) -> None:
    assert safe_name(File(kind="image", source="", name=name)) == safe


@given(st.text())
def test_any_name_becomes_a_plain_one(name: str) -> None:
    assert re.fullmatch(r"[\w.-]{1,72}", safe_name(File(kind="file", source="", name=name)), re.A)
