import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    Account,
    Mention,
    MessageEdited,
    MessageSent,
    Paragraph,
    RoomRef,
    Text,
    UserRef,
    plain,
)
from protocols.matrix import decode

ALICE = Account(UserRef("mx", "@alice:hs"), "Alice")
ROOM = RoomRef("mx", "!r")
HTML = "org.matrix.custom.html"


def known(mxid: str) -> UserRef | None:
    return UserRef("mx", mxid)


def event(content: object, kind: str = "m.room.message", **more: Any) -> decode.Envelope:
    raw = {
        "type": kind,
        "room_id": "!r",
        "event_id": "$1",
        "sender": "@alice:hs",
        "origin_server_ts": 1_000_000,
        "content": content,
    } | more
    found = decode.envelope(json.dumps(raw).encode())
    assert found is not None
    return found


def read(content: object, kind: str = "m.room.message", **more: Any) -> MessageSent | None:
    found = anything(content, kind, **more)
    return found if isinstance(found, MessageSent) else None


def anything(
    content: object, kind: str = "m.room.message", **more: Any
) -> MessageSent | MessageEdited | None:
    return decode.message(event(content, kind, **more), ALICE, ROOM, known, 2_000.0)


def said(content: object, kind: str = "m.room.message") -> str | None:
    found = read(content, kind)
    return found and plain(found.content)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"msgtype": "m.text", "body": "hi"}, "hi"),
        ({"msgtype": "m.text", "body": "a\r\nb\rc"}, "a\nb\nc"),
        ({"msgtype": "m.text", "body": "x", "format": HTML, "formatted_body": "<b>y</b>"}, "y"),
        ({"msgtype": "m.text", "body": "x", "format": "other", "formatted_body": "<b>y</b>"}, "x"),
        ({"msgtype": "m.text", "body": "x", "format": HTML, "formatted_body": "<p></p>"}, "x"),
        ({"msgtype": "m.text", "body": "x", "format": HTML, "formatted_body": 5}, "x"),
        ({"msgtype": "org.example.odd", "body": "hi"}, "hi"),
        ({"body": "hi"}, "hi"),
        ({"msgtype": "m.image", "body": "cat.jpg"}, "[image: cat.jpg]"),
        ({"msgtype": "m.image", "body": "look!", "filename": "cat.jpg"}, "[image: cat.jpg]\nlook!"),
        ({"msgtype": "m.audio", "body": 5, "info": "odd"}, "[audio]"),
        ({"msgtype": "m.video", "body": "v\n.mp4", "info": {"size": "1"}}, "[video: v .mp4]"),
        ({"msgtype": "m.location", "body": "home", "geo_uri": "geo:x"}, "[location: home]"),
        ({"msgtype": "m.text", "body": "> <@a:hs> hi\n> more\n\nyo",
            "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}, "yo"),
        ({"msgtype": "m.text", "body": "> <@a:hs> hi\n\nyo"}, "> <@a:hs> hi\n\nyo"),
        ({"msgtype": "m.text", "body": "yo", "m.relates_to": {"m.in_reply_to": "$0"}}, "yo"),
    ],
)  # fmt: skip
def test_messages_of_all_kinds_become_text(content: dict[str, Any], text: str) -> None:
    assert said(content) == text


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        "text",
        None,
        {"msgtype": "m.text"},
        {"msgtype": "m.text", "body": 5},
        {"msgtype": "m.text", "body": {"a": 1}},
        {"msgtype": "m.text", "body": "  \n "},
        {"msgtype": "m.text", "body": "\x00"},
        {"msgtype": 5, "body": None},
        {"msgtype": "m.server_notice", "body": "quota"},
        {"msgtype": "m.key.verification.request", "body": "verify"},
        {"body": "* x", "m.new_content": None, "m.relates_to": {"rel_type": "m.replace"}},
        {"body": "* x", "m.new_content": {"body": []}, "m.relates_to": {"rel_type": "m.replace"}},
    ],
)
def test_what_says_nothing_is_no_message(content: object) -> None:
    assert read(content) is None


def answer(body: str, html: str = "", **relation: Any) -> MessageSent:
    content = {"body": body, "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}} | relation}
    if html:
        content |= {"format": HTML, "formatted_body": html}
    found = read(content)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "html", "text", "quoted"),
    [
        ("yo", "", "yo", ""),
        ("> <@a:hs> hi\n> more\n\nyo", "", "yo", "<@a:hs> hi\nmore"),
        ("> * <@a:hs> waves\n\nyo\n> x", "", "yo\n> x", "* <@a:hs> waves"),
        ("> <@a:hs> hi\n\nyo", "<mx-reply><blockquote>hi</blockquote></mx-reply><b>yo</b>", "yo",
            "<@a:hs> hi"),
        ("> a quote of mine\nyo", "", "> a quote of mine\nyo", ""),
        ("> <@a:hs> hi", "", "> <@a:hs> hi", "<@a:hs> hi"),
    ],
)  # fmt: skip
def test_an_answer_is_parted_from_the_quotation_before_it(
    body: str, html: str, text: str, quoted: str
) -> None:
    found = answer(body, html)
    assert (found.reply_to, plain(found.content), found.quoted) == ("$0", text, quoted)


@pytest.mark.parametrize("relation", [5, {}, {"event_id": 5}, {"event_id": "0"},
    {"event_id": "$"}, {"event_id": "$a\nb"}, {"event_id": "$" + "x" * 300}])  # fmt: skip
def test_an_answer_to_what_can_be_no_event_is_a_message(relation: object) -> None:
    found = read({"body": "> <@a:hs> hi\n\nyo", "m.relates_to": {"m.in_reply_to": relation}})
    assert found is not None
    assert (found.reply_to, plain(found.content)) == ("", "> <@a:hs> hi\n\nyo")


@pytest.mark.parametrize(
    ("more", "reply_to"),
    [({}, "$0"), ({"is_falling_back": False}, "$0"), ({"is_falling_back": True}, "")],
)
def test_in_a_thread_only_a_true_answer_is_one(more: dict[str, Any], reply_to: str) -> None:
    found = answer("yo", rel_type="m.thread", event_id="$root", **more)
    assert (found.thread, found.reply_to) == ("$root", reply_to)


def test_what_claims_to_fall_back_outside_of_a_thread_is_an_answer() -> None:
    found = answer("yo", rel_type="m.reference", event_id="$root", is_falling_back=True)
    assert (found.thread, found.reply_to) == ("", "$0")


def replacement(
    new: object, target: object = "$0", **more: Any
) -> MessageSent | MessageEdited | None:
    relation = {"rel_type": "m.replace", "event_id": target}
    content = {"body": "* new", "m.new_content": new, "m.relates_to": relation, **more}
    return anything(content)


def test_a_replacement_is_an_edit_of_the_first_version() -> None:
    found = replacement({"msgtype": "m.emote", "body": "new"}, **{"dev.tercet.hop": "there"})
    assert isinstance(found, MessageEdited)
    assert (found.target, found.ids, found.hop) == ("$0", ("$1",), "there")
    assert (plain(found.content), found.content.style) == ("new", "emote")


@pytest.mark.parametrize(
    ("new", "target"),
    [(None, "$0"), ({}, "$0"), ("new", "$0"), ({"body": " "}, "$0"), ({"body": "x"}, "0"),
     ({"body": "x"}, None)],
)  # fmt: skip
def test_a_replacement_that_lacks_something_is_not_told_at_all(new: object, target: object) -> None:
    assert replacement(new, target) is None


def test_a_sticker_is_named() -> None:
    assert said({"body": "a cat"}, "m.sticker") == "[sticker: a cat]"


@pytest.mark.parametrize(
    ("msgtype", "style"), [("m.emote", "emote"), ("m.notice", "notice"), ("m.text", "text")]
)
def test_the_style_is_kept(msgtype: str, style: str) -> None:
    found = read({"msgtype": msgtype, "body": "x"})
    assert found is not None
    assert found.content.style == style


def test_an_event_keeps_its_id_and_the_mark_of_another_bridge() -> None:
    found = read({"body": "x", "dev.tercet.hop": "there"})
    assert found is not None
    assert (found.ids, found.hop, found.time) == (("$1",), "there", 1000.0)


def test_a_call_to_the_whole_room_is_a_mention_of_nobody() -> None:
    found = read({"msgtype": "m.text", "body": "hey @room!", "m.mentions": {"room": True}})
    assert found is not None
    assert found.content.blocks == (Paragraph((Text("hey "), Mention("@room"), Text("!"))),)
    without = read({"msgtype": "m.text", "body": "hey @room!", "m.mentions": {"room": "yes"}})
    assert without is not None
    assert without.content.blocks == (Paragraph((Text("hey @room!"),)),)


@pytest.mark.parametrize(
    ("stamp", "time"), [(1_000_000, 1000), (1.5e6, 1500), (-5, 0), (19_880_899_200_000, 2060)]
)
def test_no_event_lies_in_the_far_future(stamp: float, time: float) -> None:
    assert event({}, origin_server_ts=stamp).time(2000.0) == time


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "5",
        "{}",
        '{"type":5,"room_id":"!r","sender":"@a:hs"}',
        '{"type":"m.room.message","room_id":"r","sender":"@a:hs"}',
        '{"type":"m.room.message","room_id":"!r"}',
        '{"type":"x","room_id":"!r","sender":"@a:hs","state_key":7}',
        '{"type":"x","room_id":"!r","sender":"@a:hs","origin_server_ts":"now"}',
    ],
)
def test_what_is_no_event_is_left_out(raw: str) -> None:
    assert decode.envelope(raw.encode()) is None


def test_one_broken_event_does_not_take_the_others_with_it() -> None:
    good = '{"type":"t","room_id":"!r","sender":"@a:hs"}'
    found = decode.transaction(f'{{"events":[{good},5,{{"type":[]}},{good}]}}'.encode())
    assert [envelope is not None for envelope in found] == [True, False, False, True]


def test_half_a_surrogate_in_one_event_does_not_take_the_others_with_it() -> None:
    good = '{"type":"t","room_id":"!r","sender":"@a:hs"}'
    body = f'{{"events":[{good},{{"type":"\\ud800","room_id":"!r","sender":"@a:hs"}}]}}'.encode()
    try:
        found = decode.transaction(body)
    except msgspec.MsgspecError:
        found = decode.transaction_by_halves(body)
    assert found[0] is not None


@pytest.mark.parametrize("body", [b"", b"{", b"5", b'{"events":5}', b"[" * 100_000, b"\xff"])
def test_what_is_no_transaction_raises_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode.transaction_by_halves(body)


def member(
    now: str, was: str | None = None, by: str = "@alice:hs", **content: Any
) -> decode.Membership | None:
    unsigned = {"prev_content": {"membership": was}} if was else {}
    content = {"membership": now} | content
    return decode.membership(
        event(content, "m.room.member", state_key="@alice:hs", sender=by, unsigned=unsigned)
    )


def test_a_change_of_membership_tells_both_sides() -> None:
    change = member("leave", "join", by="@mod:hs", reason="flood\n")
    assert change is not None
    assert (change.was, change.now, change.by) == ("join", "leave", "@mod:hs")
    assert (change.name, change.reason) == ("alice", "flood")


@pytest.mark.parametrize(
    "unsigned", [5, [], {"prev_content": 5}, {"prev_content": {"membership": 5}}]
)
def test_a_membership_without_a_readable_past_comes_from_outside(unsigned: object) -> None:
    change = decode.membership(
        event({"membership": "join"}, "m.room.member", state_key="@b:hs", unsigned=unsigned)
    )
    assert change is not None
    assert change.was == "leave"


def test_a_membership_that_names_nobody_is_none() -> None:
    assert decode.membership(event({"membership": "join"}, "m.room.member")) is None
    assert decode.membership(event({}, "m.room.member", state_key="@b:hs")) is None


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("Alice", "Alice"),
        ("A\nl\tice  x", "A l ice x"),
        ("", "alice"),
        (None, "alice"),
        (7, "alice"),
        ("\x00\x1b", "alice"),
        ("x" * 300, "x" * 100),
    ],
)
def test_display_names_are_one_short_line(shown: object, name: str) -> None:
    assert decode.account("mx", "@alice:hs", {"displayname": shown}).name == name


@pytest.mark.parametrize("url", ["https://x.org/cat.png", 5, None, "file:///etc/passwd"])
def test_a_picture_is_one_of_matrix_or_none(url: object) -> None:
    assert decode.account("mx", "@a:hs", {"avatar_url": url}).avatar == ""


def test_our_own_events_are_known_by_their_mark() -> None:
    assert decode.own_mark(event({"dev.tercet.key": "k"})) == ("k", 0)
    assert decode.own_mark(event({"dev.tercet.key": "k", "dev.tercet.part": 2})) == ("k", 2)
    assert decode.own_mark(event({"dev.tercet.key": 5})) is None
    assert decode.own_mark(event({"dev.tercet.key": "k", "dev.tercet.part": "x"})) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["msgtype", "body", "format", "formatted_body", "info", "m.relates_to", "m.new_content",
     "m.mentions", "filename", "membership", "displayname", "geo_uri", "topic"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, JSON | st.sampled_from(["m.text", "m.image", HTML, "m.replace"])))
def test_no_content_ever_raises(content: dict[str, Any]) -> None:
    read(content)
    read(content, "m.sticker")
    decode.membership(event(content, "m.room.member", state_key="@a:hs"))
    decode.own_mark(event(content))
