from typing import Any

import msgspec
import pytest
from msgspec import Raw

from bridge.model import File
from bridge.model.content import FileKind, Place
from protocols.matrix import attaching, decode
from protocols.matrix.attaching import Uploaded
from protocols.matrix.encode import Part

UP = Uploaded("mxc://hs/1", "image/png", 9, 3, 4)


def part(file: File, **content: Any) -> Part:
    return Part("m.room.message", Raw(msgspec.json.encode(content)), file=file)


def file(kind: FileKind = "image", **more: Any) -> File:
    settings: dict[str, Any] = {"source": "https://x.org/a?b", "name": "cat.png"}
    return File(kind=kind, **(settings | more))


def filled(found: File, up: Uploaded = UP, **content: Any) -> dict[str, Any]:
    return dict(msgspec.json.decode(attaching.filled(part(found, **content), up).content))


def told(found: File, why: str = "too large", **content: Any) -> dict[str, Any]:
    return dict(msgspec.json.decode(attaching.told(part(found, **content), why).content))


def test_a_file_without_words_is_called_by_its_name() -> None:
    assert filled(file(), x=1) == {
        "x": 1, "msgtype": "m.image", "body": "cat.png", "filename": "cat.png", "url": "mxc://hs/1",
        "info": {"mimetype": "image/png", "size": 9, "w": 3, "h": 4},
    }  # fmt: skip


def test_the_caption_is_the_body_beside_the_name() -> None:
    made = filled(file(width=30, height=40), body="look!", formatted_body="<b>look!</b>")
    assert (made["body"], made["filename"], made["info"]["w"]) == ("look!", "cat.png", 30)
    assert made["formatted_body"] == "<b>look!</b>"


@pytest.mark.parametrize(
    ("mime", "msgtype"),
    [("image/png", "m.image"), ("video/mp4", "m.video"), ("audio/ogg", "m.audio"),
     ("text/html", "m.file"), ("image/svg+xml", "m.file"), ("odd", "m.file")],
)  # fmt: skip
def test_what_it_is_its_bytes_say(mime: str, msgtype: str) -> None:
    assert filled(file("video"), Uploaded("mxc://hs/1", mime, 9))["msgtype"] == msgtype


def test_a_voice_message_is_one_if_it_can_be_heard() -> None:
    made = filled(file("voice", duration=1.5, name=""), Uploaded("mxc://hs/1", "audio/ogg", 9))
    assert made["org.matrix.msc3245.voice"] == {}
    assert made["org.matrix.msc1767.audio"] == {"duration": 1500}
    assert made["info"]["duration"] == 1500
    assert made["body"].startswith("voice.")
    assert "org.matrix.msc3245.voice" not in filled(file("voice"))


def test_a_sticker_is_one_unless_something_is_said_of_it() -> None:
    sticker = file("sticker", description="Landing")
    made = attaching.filled(part(sticker), UP)
    assert made.type == "m.sticker"
    assert msgspec.json.decode(made.content)["body"] == "Landing"
    assert attaching.filled(part(sticker, body="hi"), UP).type == "m.room.message"
    assert filled(sticker, Uploaded("mxc://hs/1", "video/webm", 9))["msgtype"] == "m.video"


def test_an_edit_names_the_file_in_both_of_its_contents() -> None:
    made = filled(file(), body="* hi", **{"m.new_content": {"body": "hi"}})
    assert (made["body"], made["m.new_content"]["body"]) == ("* hi", "hi")
    assert made["m.new_content"]["url"] == made["url"] == "mxc://hs/1"
    silent = filled(file(), **{"m.new_content": {"m.mentions": {}}})
    assert (silent["body"], silent["m.new_content"]["body"]) == ("* cat.png", "cat.png")


def test_what_could_not_be_copied_is_told_with_its_link_and_the_reason() -> None:
    words = "https://x.org/a?b (image; not copied: too large)"
    assert told(file()) == {"msgtype": "m.text", "body": words}
    made = told(file(), body="look", formatted_body="<b>look</b>")
    assert made["body"] == f"look\n{words}"
    assert made["formatted_body"] == f"<b>look</b><br>{words}"
    edited = told(file(), body="* a", **{"m.new_content": {"body": "a"}})
    assert (edited["body"], edited["m.new_content"]["body"]) == (f"* a\n{words}", f"a\n{words}")


def test_a_link_that_only_its_own_network_opens_is_not_told() -> None:
    secret = file(source="mxc://other/1", network="other")
    assert told(secret)["body"] == "cat.png (image; not copied: too large)"
    offered = file(source="mxc://other/1", network="other", url="https://gw/m/1")
    assert told(offered, "a\nb" + "c" * 300)["body"].startswith(
        "https://gw/m/1 (image; not copied: a b"
    )


def test_a_place_reads_back_as_it_was() -> None:
    for place in (Place("geo:1,2", "here"), Place("geo:1.5,-2;u=3")):
        made = {
            "type": "m.room.message",
            "room_id": "!r",
            "sender": "@a:hs",
            "content": attaching.place(place),
        }
        event = decode.envelope(msgspec.json.encode(made))
        assert event is not None
        found = decode.attached.read(decode.fields(event.content), event.type, "mx")
        assert found is not None
        assert found.thing == place


def test_a_link_that_was_the_whole_text_is_told_as_it_was() -> None:
    assert told(file(bare=True), "There is no picture.")["body"] == "https://x.org/a?b"
