import pytest

from bridge.model import Content, Mention, Paragraph, Text, UserRef, from_text, plain
from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Colour,
    Emoji,
    Heading,
    Inline,
    Link,
    Listing,
    Maths,
    Quote,
    Rule,
    Spoiler,
    Styled,
    Table,
)
from protocols.matrix.markup import is_plain, mentioned, spoken_by, write

BOB = UserRef("irc", "bob")


def pill(user: UserRef) -> str | None:
    return f"@_irc_{user.id}:hs" if user == BOB else None


def p(*spans: Inline) -> Paragraph:
    return Paragraph(spans)


T = Text


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (p(T("a < b & c\nd")), "a &lt; b &amp; c<br>d"),
        (p(Styled("bold", (T("x"),))), "<strong>x</strong>"),
        (p(Code("<x>")), "<code>&lt;x&gt;</code>"),
        (p(Colour((T("x"),), "ff0000")), '<span data-mx-color="#ff0000">x</span>'),
        (p(Colour((T("x"),))), "x"),
        (p(Spoiler((T("x"),), 'a"b')), '<span data-mx-spoiler="a&quot;b">x</span>'),
        (p(Link('https://x/"', (T("x"),))), '<a href="https://x/&quot;">x</a>'),
        (p(Link("javascript:alert(1)", (T("x"),))), "x"),
        (p(Mention("bob", BOB)), '<a href="https://matrix.to/#/@_irc_bob:hs">bob</a>'),
        (p(Mention("eve", UserRef("irc", "eve"))), "eve"),
        (p(Mention("@room")), "@room"),
        (p(Emoji("cat")), ":cat:"),
        (p(Maths("x<y")), '<span data-mx-maths="x&lt;y"><code>x&lt;y</code></span>'),
        (Heading(9, (T("x"),)), "<h6>x</h6>"),
        (Quote((p(T("x")),)), "<blockquote>x</blockquote>"),
        (CodeBlock("a<b", "py"), '<pre><code class="language-py">a&lt;b\n</code></pre>'),
        (Listing(((p(T("x")),),)), "<ul><li>x</li></ul>"),
        (Listing(((p(T("x")),),), 1), "<ol><li>x</li></ol>"),
        (Listing(((p(T("x")),),), 4), '<ol start="4"><li>x</li></ol>'),
        (Table((((T("A"),),), ((T("1"),),))), "<table><thead><tr><th>A</th></tr></thead>"
            "<tbody><tr><td>1</td></tr></tbody></table>"),
        (Table(()), ""),
        (Rule(), "<hr>"),
    ],
)  # fmt: skip
def test_every_block_has_its_html(block: Block, html: str) -> None:
    assert write((block,), pill) == html


def test_several_paragraphs_are_marked_as_such() -> None:
    assert write((p(T("a")), p(T("b"))), pill) == "<p>a</p><p>b</p>"


def test_each_person_is_mentioned_once_and_nobody_in_a_quote() -> None:
    mention = Mention("bob", BOB)
    table = Table((((Spoiler((mention,)),),),))
    assert mentioned((p(mention), Listing(((p(mention),),)), table), pill) == ["@_irc_bob:hs"]
    assert mentioned((Quote((p(mention),)),), pill) == []


def test_only_what_has_markup_is_written_as_html() -> None:
    assert is_plain(from_text("a\nb"))
    assert not is_plain(Content((p(Styled("bold", (T("x"),))),)))
    assert not is_plain(Content((CodeBlock("x"),)))


@pytest.mark.parametrize(
    ("content", "text", "style"),
    [
        (from_text("hi"), "<bob> hi", "text"),
        (from_text("waves", "emote"), "* bob waves", "text"),
        (from_text("hi", "notice"), "<bob> hi", "notice"),
        (Content((CodeBlock("x = 1"),)), "<bob>\nx = 1", "text"),
        (Content(()), "<bob>", "text"),
    ],
)
def test_a_relay_names_who_speaks(content: Content, text: str, style: str) -> None:
    said = spoken_by("bob", content, "<{name}> ")
    assert (plain(said), said.style) == (text, style)
