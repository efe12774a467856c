"""The content tree, and what it says as plain text."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Content, Mention, Paragraph, Text, UserRef, from_text, inline_text, plain
from bridge.model.content import (
    Code,
    CodeBlock,
    Colour,
    Emoji,
    Heading,
    Link,
    Listing,
    Maths,
    Quote,
    Rule,
    Spoiler,
    Styled,
    Table,
)


def p(*spans):
    return Paragraph(spans)


T = Text


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        ((p(T("a"), Styled("bold", (T("b"),)), Code("c")),), "abc"),
        ((Heading(1, (T("title"),)), p(T("text"))), "title\ntext"),
        ((Quote((p(T("one\ntwo")),)),), "> one\n> two"),
        ((CodeBlock("x = 1\ny = 2"),), "x = 1\ny = 2"),
        ((Listing(((p(T("a")),), (p(T("b\nc")),))),), "- a\n- b\n  c"),
        ((Listing(((p(T("a")),), (p(T("b")),)), start=9),), "9. a\n10. b"),
        ((Table((((T("h"),), (T("i"),)), ((T("1"),), (T("2"),)))),), "h | i\n1 | 2"),
        ((Rule(),), "---"),
        ((p(Spoiler((T("secret"),))),), "[spoiler]"),
        ((p(Spoiler((T("secret"),), "film")),), "[spoiler: film]"),
        ((p(Link("https://x", (T("here"),))),), "here (https://x)"),
        ((p(Link("https://x", (T("https://x"),))),), "https://x"),
        ((p(Mention("anna", UserRef("irc", "a"))),), "anna"),
        ((p(Emoji("wave")),), ":wave:"),
        ((p(Maths("x^2")),), "x^2"),
        ((p(Colour((T("red"),), "ff0000")),), "red"),
        ((), ""),
    ],
)
def test_everything_can_be_said_plainly_and_survives_the_journal(blocks, text):
    content = Content(blocks)
    assert plain(content) == text
    body = msgspec.json.encode(content)
    assert msgspec.json.decode(body, type=Content) == content


@given(st.text())
def test_plain_text_stays_as_it_is(text):
    assert plain(from_text(text)) == text
    assert inline_text((Text(text), Text(text))) == text * 2
