"""Reading messages: what was said, when, and which ids can be trusted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Content, Mention, Paragraph, Text, UserRef, from_text, plain
from bridge.model.content import File, Quote, Spoiler, Styled
from protocols.xmpp import about, files, markup
from protocols.xmpp.decode import MucMessage
from protocols.xmpp.muc import reading

ROOM = "room@muc.example"
BOB = UserRef("irc", "bob")


def said(body: str | None, **more: object) -> MucMessage:
    return MucMessage(nick="anna", body=body, **more)  # type: ignore[arg-type]


def said_quote(text: str, after: str = "") -> Content:
    return Content((Quote((Paragraph((Text(text),)),)), Paragraph((Text(after),))))


def said_with(file: File, text: str) -> Content:
    return Content((Paragraph((Text(text),)),), attached=(file,))


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (said("hi"), from_text("hi")),
        (said("/me waves"), from_text("waves", "emote")),
        (said("/me's dog"), from_text("/me's dog")),
        (said(" /me waves"), from_text(" /me waves")),
        (said("/mewaves"), from_text("/mewaves")),
        (said("*x*", unstyled=True), from_text("*x*")),
        (said("I am ready", replaces="c1"), from_text("I am ready")),
        (MucMessage(nick="", body="maintenance at 9"), from_text("maintenance at 9", "notice")),
        (said("> x\n/me waves", quoted=((0, 4),)), from_text("waves", "emote")),
        (said("> 👨‍👩‍👧 hi\nok", quoted=((0, 11),)), from_text("ok")),
        (said("yo", quoted=((0, 9),)), from_text("yo")),
        (said("plain\nyo", quoted=((0, 6),)), from_text("plain\nyo")),
        (said("yo", quoted=((2, 1),)), from_text("yo")),
        (said("> x\nand > y\nyo", quoted=((0, 4), (8, 12))), from_text("and > y\nyo")),
        (said("> x\na\n> y\nb", quoted=((6, 10), (0, 4))), from_text("a\nb")),
        (said("> x\n> y\nb", quoted=((0, 8), (4, 8))), said_quote("x", "b")),
        (said("> x\n", quoted=((0, 4),)), said_quote("x")),
    ],
)
def test_what_was_said_is_understood(message: MucMessage, content: Content) -> None:
    assert reading.content(message) == content


def test_a_wrong_range_of_a_quote_keeps_the_text_whole() -> None:
    body = "> 👨‍👩‍👧 hi\nok"
    for wrong in ((0, 14), (0, 12), (0, 10), (3, 11)):
        assert plain(reading.content(said(body, quoted=(wrong,)))).endswith("ok")
        assert "hi" in plain(reading.content(said(body, quoted=(wrong,))))


def test_a_spoiler_covers_everything() -> None:
    covered = reading.content(said("he *dies*", spoiler="end"))
    assert isinstance(covered.blocks[0], Paragraph)
    assert covered.blocks[0].children[0].reason == "end"  # type: ignore[union-attr]
    lines = reading.content(said("> a\nb", spoiler=""))
    assert lines.blocks == (Paragraph((Spoiler((Text("> a\nb"),), ""),)),)


def who(occupant_id: str) -> UserRef | None:
    return UserRef("irc", "bob") if occupant_id == "7a" else None


@pytest.mark.parametrize(
    ("body", "mentions", "children"),
    [
        ("@bob: hi", ((0, 4, "7a"),), (Mention("@bob", BOB), Text(": hi"))),
        ("hi bob", ((3, 6, "7a"),), (Text("hi "), Mention("bob", BOB))),
        ("/me hugs bob", ((9, 12, "7a"),), (Text("hugs "), Mention("bob", BOB))),
        ("> bob\nbob", ((6, 9, "7a"), (2, 5, "7a")), (Mention("bob", BOB),)),
        ("> bob\nyo", ((2, 5, "7a"),), (Text("yo"),)),
        ("hi bob", ((3, 6, "9f"), (3, 3, "7a"), (90, 99, "7a"), (6, 3, "7a")), (Text("hi bob"),)),
        ("bob", ((0, 3, "7a"), (0, 3, "7a")), (Mention("bob", BOB),)),
    ],
)
def test_who_is_meant_is_known_by_the_occupant_id(
    body: str, mentions: tuple[tuple[int, int, str], ...], children: tuple[object, ...]
) -> None:
    quoted = ((0, 6),) if body.startswith(">") else ()
    message = said(body, quoted=quoted, mentions=tuple(about.Mention(*it) for it in mentions))
    (paragraph,) = reading.content(message, who).blocks
    assert isinstance(paragraph, Paragraph)
    assert paragraph.children == children


@pytest.mark.parametrize("body", ["*hi bob*", "> x\n_bob_ *bob*", "`bob` bob"])
def test_who_is_meant_is_known_in_styled_text_too(body: str) -> None:
    at = body.rindex("bob")
    content = reading.content(said(body, mentions=(about.Mention(at, at + 3, "7a"),)), who)
    assert "Mention" in repr(content)
    assert "Code(text='bob')" in repr(content) or "`" not in body


URL = "https://up.example/cat.jpg"
CAT = File(kind="image", source=URL, name="cat.jpg")
WHOLE = ((0, 1 << 19),)


@pytest.mark.parametrize(
    ("body", "more", "content"),
    [
        (URL, {}, Content((), attached=(CAT,))),
        (f" {URL}\n", {}, Content((), attached=(CAT,))),
        (None, {}, Content((), attached=(CAT,))),
        (f"look!\n{URL}", {"instead": ((6, 99),)}, said_with(CAT, "look!\n")),
        ("look!", {}, said_with(CAT, "look!")),
        ("only in words", {"instead": WHOLE}, said_with(CAT, "only in words")),
        (f"> q\n{URL}", {"quoted": ((0, 4),)}, Content((), attached=(CAT,))),
        (f"> q\n{URL}", {"quoted": ((0, 4),), "instead": WHOLE}, Content((), attached=(CAT,))),
    ],
)
def test_files_come_with_what_is_said_of_them(
    body: str | None, more: dict[str, Any], content: Content
) -> None:
    message = said(body, offered=files.Offered(links=(URL,)), **more)
    assert reading.is_speech(message)
    assert reading.content(message) == content


def test_a_sticker_says_what_it_shows() -> None:
    offered = files.Offered((CAT,), sticker=True)
    sticker = reading.content(said("😘", offered=offered)).attached[0]
    assert isinstance(sticker, File)
    assert (sticker.kind, sticker.description) == ("sticker", "😘")


def test_markup_counts_what_was_cut() -> None:
    marks = (markup.Mark("span", 6, 8, ("strong",)),)
    read = reading.content(said("> q\na bc", quoted=((0, 4),), marks=marks))
    assert read.blocks == (Paragraph((Text("a "), Styled("bold", (Text("bc"),)))),)
    marks = (markup.Mark("span", 4, 9, ("strong",)),)
    emote = reading.content(said("/me waves", marks=marks))
    assert emote == Content((Paragraph((Styled("bold", (Text("waves"),)),)),), "emote")


def test_a_key_is_never_told() -> None:
    for more in ({}, {"unstyled": True}, {"marks": (markup.Mark("span", 0, 4, ("code",)),)}):
        body = "aesgcm://x/y.jpg#00ff *and*"
        assert "00ff" not in repr(reading.content(said(body, **more)))


def test_what_was_cut_can_be_shown_without_its_marks() -> None:
    assert reading.quoted(said("> anna: hi\n>> ho\nyo", quoted=((0, 17),))) == "anna: hi\n> ho"
    assert reading.quoted(said("anna: hi\nyo", quoted=((0, 9),))) == ""


@pytest.mark.parametrize(
    ("message", "speech"),
    [
        (said("hi"), True),
        (said(None), False),
        (said(" \n"), False),
        (said("hi", replaces="c1"), True),
        (said("/me retracted a message", retraction=about.Retraction("S1")), False),
        (said("> hi\n👍", reactions=about.Reactions("S1", ("👍",))), False),
    ],
)
def test_fallbacks_are_not_speech(message: MucMessage, speech: bool) -> None:
    assert reading.is_speech(message) == speech


@pytest.mark.parametrize(
    ("id_", "stable", "meant"),
    [("S1", True, "sid:S1"), ("S1", False, ""), ("", True, ""), ("x" * 600, True, "")],
)
def test_only_a_rooms_own_ids_mean_anything(id_: str, stable: bool, meant: str) -> None:
    assert reading.meant(id_, stable) == meant


def test_ids_are_found_by_their_kind() -> None:
    ids = ("sid:S1", "oid:o/1", "attr:o/1")
    assert reading.native(ids, "sid:") == "S1"
    assert reading.native(ids[1:], "sid:") == ""


def test_only_the_rooms_own_ids_are_believed_and_only_if_it_announces_them() -> None:
    message = said(
        "x",
        id="attribute-id",
        origin_id="origin-id-1",
        stanza_ids=(("elsewhere", "S0"), (ROOM, "S1"), (ROOM, "S2")),
    )
    assert reading.ids(message, ROOM, "occ1", stable=True) == (
        "sid:S1",
        "oid:occ1/origin-id-1",
        "attr:occ1/attribute-id",
    )
    assert reading.ids(message, ROOM, "occ1", stable=False)[0] == "oid:occ1/origin-id-1"


def test_counters_that_come_again_are_no_ids_where_the_room_has_better_ones() -> None:
    message = said("x", id="aa1fa", stanza_ids=((ROOM, "S1"),))
    assert reading.ids(message, ROOM, "o", stable=True) == ("sid:S1",)
    assert reading.ids(message, ROOM, "o", stable=False) == ("attr:o/aa1fa",)
    assert reading.ids(said("x"), ROOM, "o", stable=True) == ()


def test_two_occupants_with_one_id_have_two_ids() -> None:
    message = said("x", id="1")
    assert reading.ids(message, ROOM, "anna", False) != reading.ids(message, ROOM, "mallory", False)


def test_the_room_has_the_last_word_on_when_it_was_said() -> None:
    delays = ((ROOM, 5.0), ("anna@x", 6.0), (ROOM, 7.0), ("bridge", 8.0))
    assert reading.said_at(said("x", delays=delays), ROOM) == 7.0
    assert reading.said_at(said("x", delays=(("anna@x", 6.0),)), ROOM) is None
    assert reading.said_at(said("x", delays=(("muc.example", 6.0),)), ROOM) == 6.0


@given(st.text(max_size=60), st.tuples(st.integers(0, 70), st.integers(0, 70)), st.booleans())
def test_every_message_can_be_read(body: str, quoted: tuple[int, int], covered: bool) -> None:
    reading.content(said(body, quoted=(quoted,), spoiler="x" if covered else None))
