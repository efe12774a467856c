"""What is written into a room: quotes with exact ranges, threads, new versions."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bridge.model import (
    Account,
    Content,
    Edit,
    Mention,
    Paragraph,
    Rejected,
    Reply,
    RoomRef,
    Send,
    Text,
    Thread,
    UserRef,
    from_text,
    plain,
)
from bridge.model.content import CodeBlock, File
from protocols.xmpp import decode
from protocols.xmpp.muc import reading, wording

ROOM = RoomRef("xmpp", "room@muc")
BOB = Account(UserRef("irc", "bob"), "bob")
ANNA = Account(UserRef("xmpp", "anna"), "anna")
IDS = {ANNA.user: "9f", BOB.user: "7a"}
MENTION = "{urn:xmpp:mentions:0}mention"
TEXT = st.text(max_size=60)


def sent(content: Content, **more: Any) -> Send:
    return Send(key="k", room=ROOM, speaker=BOB, content=content, time=0, **more)


def written(command: Send | Edit, max_bytes: int = 65536) -> Element:
    place = wording.Place("bridge", max_bytes, named, lambda user: IDS.get(user, ""))
    payload = wording.puppet_payload(command, place)
    return fromstring(f"<message xmlns='jabber:client' from='room@muc/bob'>{payload}</message>")


def named(mention: Mention) -> str:
    return {ANNA.user: "Anna A."}.get(mention.user or BOB.user, mention.name)


def answer(text: str, ids: tuple[str, ...] = ("sid:S1", "attr:a/1")) -> Reply:
    return Reply(ids, ANNA, text)


def test_an_answer_repeats_the_question_for_old_clients() -> None:
    xml = written(sent(from_text("yes"), reply=answer("really?")))
    assert xml.findtext("{jabber:client}body") == "> Anna A.: really?\nyes"
    reply = xml.find("{urn:xmpp:reply:0}reply")
    assert reply is not None
    assert reply.attrib == {"to": "room@muc/Anna A.", "id": "S1"}
    assert decode.message(xml).quoted == ((0, 19),)
    assert not decode.message(xml).unstyled


def test_what_was_taken_back_is_not_repeated() -> None:
    xml = written(sent(from_text("yes"), reply=answer("")))
    assert xml.findtext("{jabber:client}body") == "yes"
    assert decode.message(xml).reply == "S1"
    assert decode.message(xml).quoted == ()


def test_without_an_id_of_the_room_there_is_no_answer() -> None:
    xml = written(sent(from_text("yes"), reply=answer("really?", ("attr:a/1",))))
    assert xml.findtext("{jabber:client}body") == "yes"
    assert decode.message(xml).reply == ""


@given(TEXT, TEXT, st.sampled_from(["text", "emote"]), st.integers(1024, 2000))
def test_whoever_knows_replies_reads_just_the_answer(
    question: str, text: str, style: Any, max_bytes: int
) -> None:
    text = f"x{text}"
    content = from_text(text, style)
    message = decode.message(written(sent(content, reply=answer(question * 50)), max_bytes))
    alone = decode.message(written(sent(content), max_bytes))
    assert plain(reading.content(message)) == plain(reading.content(alone))
    assert reading.content(message).style == style


@pytest.mark.parametrize(
    ("root", "name"),
    [(("sid:S1", "thread:theirs"), "theirs"), (("sid:S1",), "us.t1"), ((), "us.t1")],
)
def test_a_thread_goes_by_the_name_that_the_room_has_for_it(
    root: tuple[str, ...], name: str
) -> None:
    xml = written(sent(from_text("yes"), thread=Thread("us.t1", root, ())))
    assert decode.message(xml).thread == name


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (from_text("hello"), "[edit] hello"),
        (Content((CodeBlock("x"),)), "[edit]\nx"),
        (Content((Paragraph((Text("a"),)), Paragraph((Text("b"),)))), "[edit] a\nb"),
    ],
)
def test_a_new_version_can_be_said_as_one(content: Content, text: str) -> None:
    edit = Edit(key="k", room=ROOM, speaker=BOB, target=(), content=content, time=0)
    assert plain(wording.said_anew(edit).content) == text


def test_mentions_are_pointed_at_where_the_occupant_is_known() -> None:
    nobody = Mention("nobody", UserRef("matrix", "x"))
    spans = (
        Mention("anna", ANNA.user),
        Text(" and "),
        nobody,
        Text(", "),
        Mention("bob", BOB.user),
    )
    xml = written(sent(Content((Paragraph(spans),)), reply=answer("bob?")))
    body = xml.findtext("{jabber:client}body")
    assert body == "> Anna A.: bob?\nAnna A. and nobody, bob"
    found = [child.attrib for child in xml.iterfind(MENTION)]
    assert [it["occupantid"] for it in found] == ["9f", "7a"]
    assert [body[int(it["begin"]) : int(it["end"])] for it in found] == ["Anna A.", "bob"]
    assert int(found[0]["begin"]) == 16


def test_a_mention_is_not_found_in_the_relays_prefix_or_in_another_word() -> None:
    spans = (Text("bobby, "), Mention("bob", BOB.user), Text("!"))
    place = wording.Place("bridge", 65536, named, lambda user: IDS.get(user, ""))
    for style in ("text", "emote"):
        command = sent(Content((Paragraph(spans),), style))  # type: ignore[arg-type]
        payload = wording.relay_payload(command, place, "<{name}> ")
        message = decode.message(fromstring(f"<message xmlns='jabber:client'>{payload}</message>"))
        (mention,) = message.mentions
        assert message.body is not None
        assert message.body[mention.begin :] == "bob!"


@pytest.mark.parametrize("kind", [Send, Edit])
def test_text_that_looks_styled_is_marked_in_every_kind_of_message(kind: Any) -> None:
    more = {"target": (("attr:o/1",),)} if kind is Edit else {}
    for style in ("text", "emote", "notice"):
        for attached in ((), (File(kind="image", source="https://x/y", url="https://x/y"),)):
            content = structs.replace(from_text("*nix*", style), attached=attached)  # type: ignore[arg-type]
            command = kind(key="k", room=ROOM, speaker=BOB, content=content, time=0, **more)
            for piece in wording.pieces(command):
                if not piece.content.attached:
                    assert decode.message(written(piece)).unstyled


def test_nothing_is_not_said() -> None:
    with pytest.raises(Rejected):
        written(sent(from_text(" \x00"), reply=answer("really?")))
