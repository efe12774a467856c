"""Written stanzas: whatever is put in, well-formed XML comes out and says the same."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.xmpp import about, decode, encode

ANY = st.text(st.characters(codec=None), max_size=200)


def stream(stanza: str) -> Element:
    """Parse as it would be parsed inside a component's stream."""
    return fromstring(f"<s xmlns='jabber:component:accept'>{stanza}</s>")[0]


def kept(text: str) -> str:
    return encode.clean(text)


@given(ANY, ANY, ANY, ANY, ANY)
def test_a_message_says_what_was_put_in(
    sender: str, attr_id: str, body: str, hop: str, hint: str
) -> None:
    payload = encode.payload(body, unstyled=True, spoiler=hint, hop=hop, late=(sender, 1.25))
    xml = stream(encode.groupchat(sender, "room@muc", attr_id, payload))
    message = decode.message(xml)
    assert message.body == kept(body)
    assert message.spoiler == kept(hint)
    assert message.unstyled
    assert xml.get("id") == attribute(attr_id)
    assert xml.get("from") == attribute(sender)
    assert message.hop == attribute(hop)
    assert message.delays == ((attribute(sender), 1.25),)


def attribute(text: str) -> str:
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


@given(ANY, ANY, ANY, st.one_of(st.none(), st.integers(0, 10**6)))
def test_every_other_stanza_is_well_formed(
    one: str, two: str, three: str, seconds: int | None
) -> None:
    for stanza in (
        encode.join(one, two, password=three, seconds=seconds),
        encode.part(one, two, three),
        encode.rename(one, two),
        encode.subject(one, two, "i", three),
        encode.private(one, two, "i", three),
        encode.message_error(one, two, "i", "cancel", "not-acceptable", three),
        encode.iq("get", one, two, three),
    ):
        assert stream(stanza).get("from") == attribute(one)


@given(ANY, st.integers(10, 300), ANY)
def test_a_cut_text_fits_and_begins_as_the_whole_did(text: str, limit: int, more: str) -> None:
    short = encode.cut(text, limit, more)
    size = len(encode.text_node(short).encode("utf-8", "ignore"))
    tail = len(encode.text_node(f"…\n{more}").encode("utf-8", "ignore"))
    assert size <= max(limit, tail)
    if short != text:
        assert short.endswith(more if more else "…")


@pytest.mark.parametrize(
    ("time", "stamp"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1785578400.123, "2026-08-01T10:00:00.123Z"),
        (-5.0, "1970-01-01T00:00:00.000Z"),
        (1e20, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_times_are_written_as_xep_0082_says(time: float, stamp: str) -> None:
    assert encode.stamp(time) == stamp


@given(ANY, ANY, ANY)
def test_what_is_said_about_messages_is_read_back(one: str, two: str, three: str) -> None:
    payload = (
        encode.reply(one, two, 7)
        + encode.replace(two)
        + encode.reactions(two, (three,))
        + encode.displayed(two)
        + encode.chat_state("composing")
        + encode.mention(0, 3, one)
        + encode.thread(three)
    )
    message = decode.message(stream(encode.sign(one, "room@muc", payload)))
    assert message.reply == message.replaces == message.displayed == attribute(two)
    assert message.quoted == ((0, 7),)
    assert message.state == "composing"
    assert message.thread == kept(three).strip()
    assert message.reactions is not None
    assert message.reactions.id == attribute(two)


@given(ANY, ANY)
def test_a_retraction_is_read_back_and_its_words_are_not_speech(one: str, two: str) -> None:
    for told in (True, False):
        message = decode.message(
            stream(encode.groupchat(one, "r@m", "i", encode.retract(two, told=told)))
        )
        assert message.retraction == about.Retraction(attribute(two))
        assert (message.body is not None) == told


def test_a_room_is_asked_to_moderate_in_the_form_it_knows() -> None:
    assert encode.moderate("S'1", "a<b", old=False) == (
        "<moderate xmlns='urn:xmpp:message-moderate:1' id='S&apos;1'>"
        "<retract xmlns='urn:xmpp:message-retract:1'/><reason>a&lt;b</reason></moderate>"
    )
    assert encode.moderate("S1", "", old=True) == (
        "<apply-to xmlns='urn:xmpp:fasten:0' id='S1'>"
        "<moderate xmlns='urn:xmpp:message-moderate:0'>"
        "<retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>"
    )


def test_line_ends_become_one_kind() -> None:
    assert encode.clean("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_no_history_is_asked_for_by_a_newcomer() -> None:
    history = stream(encode.join("a@b/c", "r@m/n"))[0][0]
    assert history.attrib == {"maxstanzas": "0", "maxchars": "0"}
    history = stream(encode.join("a@b/c", "r@m/n", seconds=90))[0][0]
    assert history.attrib == {"seconds": "90"}
