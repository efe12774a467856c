"""The whole way: content to a stanza, through a strict parser, and back; and stanzas of enemies."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Account, Content, Paragraph, Rejected, RoomRef, Send, Text, UserRef
from bridge.model.content import (
    Code,
    CodeBlock,
    Colour,
    Emoji,
    File,
    Heading,
    Link,
    Listing,
    Maths,
    Mention,
    Place,
    Quote,
    Rule,
    Spoiler,
    Styled,
    Table,
)
from protocols.xmpp import decode, encode, files, styling
from protocols.xmpp.muc import reading, wording

ROOM = RoomRef("xmpp", "room@muc")
BOB = Account(UserRef("irc", "bob"), "bob")
ANY = st.text(st.characters(codec=None), max_size=12)
WORDS = st.one_of(ANY, st.text(alphabet="*_~`> \nab/me", max_size=12))
SPANS = st.recursive(
    st.one_of(
        WORDS.map(Text),
        WORDS.map(Code),
        WORDS.map(lambda it: Mention(it, BOB.user)),
        WORDS.map(Emoji),
        WORDS.map(Maths),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        .map(tuple)
        .flatmap(
            lambda spans: st.sampled_from(
                [
                    *(Styled(face, spans) for face in ("bold", "italic", "underline", "sup")),
                    Styled("strike", spans),
                    Colour(spans, "ff0000"),
                    Spoiler(spans, "why"),
                    Link("https://x", spans),
                ]
            )
        )
    ),
    max_leaves=6,
)
LINE = st.lists(SPANS, max_size=3).map(tuple)
BLOCKS = st.recursive(
    st.one_of(
        LINE.map(Paragraph),
        LINE.map(lambda it: Heading(1, it)),
        WORDS.map(CodeBlock),
        LINE.map(lambda it: Table(((it, it),))),
        st.just(Rule()),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda it: Quote(tuple(it))),
        st.lists(inner, max_size=2).map(lambda it: Listing((tuple(it),), 3)),
    ),
    max_leaves=5,
)
NUMBER = st.integers(0, 10**9)
PRINTABLE = st.text(st.characters(categories=["L", "N"]), max_size=12)
FILES = st.builds(
    lambda kind, path, name, mime, size, width, text: File(
        kind=kind,
        source="mxc://x/y",
        network="matrix",
        url=f"https://gw/m/{path}",
        name=name,
        mime=mime,
        size=size,
        width=width,
        height=width,
        description=text,
    ),
    st.sampled_from(["image", "video", "audio", "voice", "sticker", "file"]),
    st.text(alphabet="ab&'<\"/%20", max_size=10),
    PRINTABLE,
    st.sampled_from(["", "image/png", "video/mp4", "application/pdf"]),
    NUMBER,
    NUMBER,
    PRINTABLE,
)


def send(content: Content) -> Send:
    return Send(key="k", room=ROOM, speaker=BOB, content=content, time=0)


def back(content: Content) -> list[decode.MucMessage]:
    """Write, parse strictly, read."""
    place = wording.Place("bridge", 65536, lambda it: it.name, lambda user: "7a")
    found = []
    for piece in wording.pieces(send(content)):
        for payload in (
            wording.puppet_payload(piece, place),
            wording.relay_payload(piece, place, "<{name}> "),
        ):
            xml = fromstring(
                f"<s xmlns='jabber:component:accept'>"
                f"{encode.groupchat('puppet@bridge', ROOM.id, 'i', payload)}</s>"
            )[0]
            xml.set("from", f"{ROOM.id}/bob")
            found.append(decode.message(xml))
    return found[::2]


def letters(text: str) -> list[str]:
    return [c for c in text if c.isalnum()]


@given(st.lists(BLOCKS, max_size=3), st.sampled_from(["text", "emote", "notice"]))
def test_every_content_becomes_a_stanza_that_says_it(blocks: list[Any], style: Any) -> None:
    content = Content(tuple(blocks), style)
    written = encode.clean(styling.write(content).body)
    if not written.strip():
        return
    (message,) = back(content)
    read = reading.content(message, lambda occupant_id: BOB.user)
    again = encode.clean(styling.write(read).body)
    if "```" not in written and not read.attached:
        assert letters(again) == letters(written)
    assert (read.style == "emote") == (style == "emote") or not read.blocks


@given(WORDS, st.sampled_from(["text", "emote"]))
def test_plain_text_comes_back_as_it_was(text: str, style: Any) -> None:
    text = encode.clean(text)
    if not text.strip() or text.startswith("/me ") or files.veiled(text) != text:
        return
    (message,) = back(Content((Paragraph((Text(text),)),), style))
    assert reading.content(message) == Content((Paragraph((Text(text),)),), style)


@given(st.lists(FILES, min_size=1, max_size=3), st.sampled_from(["", "look!"]))
def test_files_come_back_with_all_that_is_known_of_them(sent: list[File], caption: str) -> None:
    blocks = (Paragraph((Text(caption),)),) if caption else ()
    messages = back(Content(blocks, attached=tuple(sent)))
    for file, message in zip(sent, messages, strict=False):
        if not reading.attached(message):
            assert '"' in file.url or "<" in file.url or "&" not in file.url
            continue
        (got,) = reading.content(message).attached
        assert isinstance(got, File)
        assert (got.source, got.mime, got.size) == (file.url, file.mime, file.size)
        assert (got.width, got.description) == (file.width, file.description)
        assert got.name == file.name or not file.name
        assert (got.kind == "sticker") == (file.kind == "sticker")
    assert len(messages) == len(sent) + bool(caption)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_places_come_back(latitude: float, longitude: float) -> None:
    where = Place(f"geo:{latitude:.6f},{longitude:.6f}")
    (message,) = back(Content((), attached=(where,)))
    assert reading.content(message).attached == (where,)


TAGS = [
    *(tag for tag in decode._CHILDREN),
    *(f"{{jabber:client}}{name}" for name in ("body", "subject", "thread", "x")),
    *(f"{{urn:xmpp:markup:0}}{name}" for name in ("span", "bcode", "bquote", "list", "li")),
    *(f"{{urn:xmpp:sfs:0}}{name}" for name in ("sources", "file-sharing")),
    "{urn:xmpp:file:metadata:0}file",
    "{http://jabber.org/protocol/url-data}url-data",
    "{jabber:x:oob}url",
    "{urn:xmpp:sims:1}media-sharing",
    "{urn:xmpp:fallback:0}body",
    "{urn:xmpp:message-moderate:1}moderated",
    "{urn:xmpp:reactions:0}reaction",
]
NAMES = ["id", "by", "for", "start", "end", "begin", "stamp", "from", "target", "uri", "occupantid"]
VALUES = st.one_of(
    st.sampled_from(
        ["0", "4", "99", "-1", "٣", "https://x/y", "urn:xmpp:reply:0", "urn:xmpp:sfs:0"]
    ),
    ANY,
)
NODES = st.recursive(
    st.tuples(
        st.sampled_from(TAGS), st.dictionaries(st.sampled_from(NAMES), VALUES), VALUES, st.just(())
    ),
    lambda inner: st.tuples(
        st.sampled_from(TAGS),
        st.dictionaries(st.sampled_from(NAMES), VALUES),
        VALUES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def grow(parent: Element, node: Any) -> None:
    tag, attributes, text, children = node
    element = SubElement(parent, tag, attributes)
    element.text = text
    for child in children:
        grow(element, child)


@given(st.lists(NODES, max_size=6), st.booleans())
def test_no_stanza_of_an_enemy_raises(nodes: list[Any], room: bool) -> None:
    xml = Element("{jabber:client}message", {"from": ROOM.id if room else f"{ROOM.id}/eve"})
    for node in nodes:
        grow(xml, node)
    message = decode.message(xml)
    reading.is_speech(message)
    reading.quoted(message)
    reading.ids(message, ROOM.id, "eve", True)
    content = reading.content(message, lambda occupant_id: BOB.user)
    try:
        back(content)
    except Rejected:
        assert not encode.clean(styling.write(content).body).strip()
