from typing import Any

import pytest

from bridge.model import File
from bridge.model.content import Place
from protocols.matrix import attached
from protocols.matrix.attached import Attachment

CAT = "mxc://hs/cat"


def read(msgtype: str = "m.image", kind: str = "m.room.message", **more: Any) -> Attachment | None:
    content = {"msgtype": msgtype, "body": "cat.jpg", "url": CAT} | more
    return attached.read(content, kind, "mx")


def file(msgtype: str = "m.image", kind: str = "m.room.message", **more: Any) -> File:
    found = read(msgtype, kind, **more)
    assert found is not None
    assert isinstance(found.thing, File)
    return found.thing


def test_a_picture_comes_with_all_that_is_said_of_it() -> None:
    info = {"mimetype": "image/JPEG", "size": 12, "w": 3, "h": 4, "is_animated": True,
        "thumbnail_url": "mxc://hs/small"}  # fmt: skip
    assert file(info=info) == File(
        kind="image", source=CAT, network="mx", name="cat.jpg", mime="image/jpeg", size=12, width=3,
        height=4, thumbnail="mxc://hs/small", animated=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("msgtype", "more", "kind"),
    [
        ("m.image", {}, "image"),
        ("m.video", {}, "video"),
        ("m.audio", {}, "audio"),
        ("m.audio", {"org.matrix.msc3245.voice": {}}, "voice"),
        ("m.file", {"org.matrix.msc3245.voice": {}}, "file"),
    ],
)
def test_each_kind_is_told_from_the_others(msgtype: str, more: dict[str, Any], kind: str) -> None:
    found = file(msgtype, info={"duration": 12_500}, **more)
    assert (found.kind, found.duration) == (kind, 12.5)
    assert found.thumbnail == (CAT + "?thumbnail" if kind == "image" else "")


def test_a_sticker_is_described_by_its_body() -> None:
    found = file("", "m.sticker", body="Landing")
    assert (found.kind, found.description, found.name) == ("sticker", "Landing", "")


@pytest.mark.parametrize(
    ("body", "filename", "name", "captioned"),
    [
        ("cat.jpg", None, "cat.jpg", False),
        ("cat.jpg", "cat.jpg", "cat.jpg", False),
        ("look!", "cat.jpg", "cat.jpg", True),
        ("", "cat.jpg", "cat.jpg", False),
        ("look!", 5, "look!", False),
        ("../../etc/passwd", None, "passwd", False),
        ("a", "C:\\x\\cat.jpg", "cat.jpg", True),
        ("x" * 300 + ".jpeg", None, "x" * 180 + ".jpeg", False),
        ("a\x00\nb", None, "a b", False),
        ("..", None, "", False),
    ],
)
def test_the_caption_is_what_stands_beside_a_file_name(
    body: str, filename: object, name: str, captioned: bool
) -> None:
    found = read(body=body, filename=filename)
    assert found is not None
    assert isinstance(found.thing, File)
    assert (found.thing.name, found.captioned) == (name, captioned)


@pytest.mark.parametrize(
    "info",
    [5, {}, {"size": -1}, {"size": True}, {"size": "12"}, {"size": 2**70}, {"w": 10**9},
     {"h": 1.5e300}, {"mimetype": "image/png\r\nX: y"}, {"mimetype": 5}, {"mimetype": "image"},
     {"duration": []}, {"thumbnail_url": "https://evil/x"}, {"is_animated": 1}],
)  # fmt: skip
def test_odd_claims_are_none(info: object) -> None:
    found = file(info=info)
    assert (found.size, found.width, found.height, found.mime) == (0, 0, 0, "")
    assert (found.duration, found.animated, found.thumbnail) == (0, False, CAT + "?thumbnail")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"url": None}, "[image: cat.jpg]"),
        ({"url": "https://evil/cat.jpg"}, "[image: cat.jpg]"),
        ({"url": "mxc://hs/../x", "body": ""}, "[image]"),
        ({"url": None, "file": {"url": CAT}},
            "[image: cat.jpg, encrypted: it can be opened on Matrix only]"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_named(more: dict[str, Any], words: str) -> None:
    found = read(**more)
    assert found is not None
    assert found.thing == words


def test_what_was_taken_back_holds_nothing() -> None:
    assert attached.read({}, "m.sticker", "mx") is None
    assert attached.read({}, "m.room.message", "mx") is None


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"geo_uri": "geo:51.5,-0.12;u=35", "body": "home"}, Place("geo:51.5,-0.12;u=35", "home")),
        ({"geo_uri": "geo:51.5,0", "body": "I am at geo:51.5,0"}, Place("geo:51.5,0")),
        ({"geo_uri": "geo:1,2,3", "org.matrix.msc3488.location": {"description": "a\nb"}},
            Place("geo:1,2,3", "a b")),
        ({"org.matrix.msc3488.location": {"uri": "geo:1,2"}}, Place("geo:1,2")),
        ({"geo_uri": "geo:91,0", "body": "pole"}, "[location: pole]"),
        ({"geo_uri": "geo:x"}, "[location: geo:x]"),
        ({"geo_uri": "javascript:alert(1)"}, "[location: javascript:alert(1)]"),
        ({"geo_uri": 5}, "[location]"),
    ],
)  # fmt: skip
def test_a_place_is_one_on_earth(content: dict[str, Any], place: object) -> None:
    found = attached.read({"msgtype": "m.location"} | content, "m.room.message", "mx")
    assert found == Attachment(place)  # type: ignore[arg-type]
