import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Content, Mention, Paragraph, Text, UserRef, plain
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
from protocols.matrix import html, markup


def known(mxid: str) -> UserRef | None:
    if mxid == "@tercet:hs":
        return None
    if mxid.startswith("@_irc_"):
        return UserRef("irc", mxid[6:].partition(":")[0])
    return UserRef("mx", mxid)


def read(text: str) -> tuple[Block, ...]:
    return html.read(text, known)


def p(*spans: Inline) -> Paragraph:
    return Paragraph(spans)


T = Text


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("hi <b>all</b>", [p(T("hi "), Styled("bold", (T("all"),)))]),
        ("<em>a</em> <u>b</u> <del>c</del>", [p(Styled("italic", (T("a"),)), T(" "),
            Styled("underline", (T("b"),)), T(" "), Styled("strike", (T("c"),)))]),
        ("<strike>x</strike><sup>2</sup>",
            [p(Styled("strike", (T("x"),)), Styled("sup", (T("2"),)))]),
        ("<p>a</p>\n<p>b</p>", [p(T("a")), p(T("b"))]),
        ("a<br>b<br/>\nc", [p(T("a\nb\nc"))]),
        ("a\n  b", [p(T("a b"))]),
        ("x &lt; y &amp; z", [p(T("x < y & z"))]),
        ("<h2>Title</h2>text", [Heading(2, (T("Title"),)), p(T("text"))]),
        ("<blockquote><p>q</p></blockquote>z", [Quote((p(T("q")),)), p(T("z"))]),
        ('<pre><code class="language-py">a\n  b\n</code></pre>', [CodeBlock("a\n  b", "py")]),
        ("say <code>ls -l</code>", [p(T("say "), Code("ls -l"))]),
        ('<ol start="3"><li>a</li><li>b</li></ol>', [Listing(((p(T("a")),), (p(T("b")),)), 3)]),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>",
            [Listing(((p(T("a")), Listing(((p(T("b")),),))),))]),
        ("<table><tr><th>A</th></tr><tr><td>1</td></tr></table>",
            [Table((((T("A"),),), ((T("1"),),)))]),
        ("a<hr>b", [p(T("a")), Rule(), p(T("b"))]),
        ('<font color="#FF0000">r</font>', [p(Colour((T("r"),), "ff0000"))]),
        ('<span data-mx-color="#00ff00" data-mx-bg-color="#000000">g</span>',
            [p(Colour((T("g"),), "00ff00", "000000"))]),
        ('<span data-mx-color="red;x">g</span>', [p(T("g"))]),
        ('<span data-mx-spoiler="why">s</span>', [p(Spoiler((T("s"),), "why"))]),
        ("<span data-mx-spoiler>s</span>", [p(Spoiler((T("s"),)))]),
        ('<span data-mx-maths="x^2">x²</span>', [p(Maths("x^2"))]),
        ('<div data-mx-maths="x^2">x²</div>', [p(Maths("x^2"))]),
        ('<a href="https://x.org">here</a>', [p(Link("https://x.org", (T("here"),)))]),
        ('<a href="https://x.org">https://x.org</a>', [p(T("https://x.org"))]),
        ('<a href="javascript:alert(1)">x</a>', [p(T("x"))]),
        ('<a href="java\nscript:alert(1)">x</a>', [p(T("x"))]),
        ('<img data-mx-emoticon src="mxc://a/b" alt=":cat:">', [p(Emoji("cat", "mxc://a/b"))]),
        ('<img src="mxc://a/b" alt="a cat">', [p(T("[image: a cat]"))]),
        ('<a href="https://matrix.to/#/@bob:hs">@bob</a>: x',
            [p(Mention("bob", UserRef("mx", "@bob:hs")), T(": x"))]),
        ('<a href="https://matrix.to/#/@_irc_bob:hs">bob</a>',
            [p(Mention("bob", UserRef("irc", "bob")))]),
        ('<a href="https://matrix.to/#/@tercet:hs">Tercet</a>',
            [p(Link("https://matrix.to/#/@tercet:hs", (T("Tercet"),)))]),
        ('<a href="https://matrix.to/#/%23lounge:hs">#lounge</a>', [p(T("#lounge"))]),
        ("<details><summary>why</summary>because</details>", [p(T("why")), p(T("because"))]),
        ("<b><p>x</p></b>", [p(T("x"))]),
    ],
)  # fmt: skip
def test_what_the_specification_lists_is_understood(source: str, blocks: list[Block]) -> None:
    assert list(read(source)) == blocks


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<mx-reply><blockquote>old</blockquote></mx-reply>new", "new"),
        ("<script>alert(1)</script>text", "text"),
        ("<style>x{}</style>text", "text"),
        ("<!-- hidden -->text<?php hidden ?>", "text"),
        ("<custom>text</custom>", "text"),
        ("</div></body>text", "text"),
        ("<?xml version='1.0' encoding='latin1'?>é", "é"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("lone \ud83d surrogate <b>x</b>", "lone  surrogate x"),
        ("<", "<"),
        ("", ""),
        ("<p></p><p> </p>", ""),
        ("<pre>a <script>b</script>c</pre>", "a c"),
        ("<ol start='99999999999999'><li>x</li></ol>", "1. x"),
        ("<ol start='-3'><li>x</li></ol>", "1. x"),
        ("<ol start='²'><li>x</li></ol>", "1. x"),
        ("<table></table>", ""),
        ("<h1></h1>", ""),
    ],
)
def test_what_is_odd_loses_nothing_but_what_nobody_should_see(source: str, text: str) -> None:
    found = plain(Content(read(source)))
    assert " ".join(found.split()) == " ".join(text.split())


def depth(value: object) -> int:
    if isinstance(value, tuple):
        return max((depth(inner) for inner in value), default=0)
    children = getattr(value, "children", getattr(value, "items", getattr(value, "rows", ())))
    return 1 + depth(children if isinstance(children, tuple) else ())


@pytest.mark.parametrize("tag", ["b", "div", "blockquote", "ul><li", "span data-mx-spoiler"])
@pytest.mark.parametrize("levels", [99, 101, 500, 1000])
def test_depth_is_bounded_and_the_text_is_kept(tag: str, levels: int) -> None:
    blocks = read(f"<{tag}>" * levels + "deep")
    assert depth(blocks) <= html.DEEPEST + 5
    assert "deep" in repr(blocks)


def test_what_is_deeper_than_a_parser_goes_is_left_to_the_plain_body() -> None:
    assert read("<b>" * 20_000 + "deep") == ()


@given(st.text(st.sampled_from("<>/=\"' &;#abdeilnoprstux0123\n\x00é\ud800")))
def test_nothing_ever_raises(source: str) -> None:
    markup.write(read(source), lambda user: None)


TAGS = ["b", "p", "ul", "li", "ol", "table", "tr", "td", "a", "code", "pre", "blockquote", "br",
        "img", "h1", "hr", "span", "script", "details", "mx-reply", "font", "tbody"]  # fmt: skip


@given(st.lists(st.one_of(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
    st.text(max_size=3),
)))  # fmt: skip
def test_tags_in_any_order_give_a_tree_that_can_be_written_and_read_again(words: list[str]) -> None:
    blocks = read("".join(words))
    again = read(markup.write(blocks, lambda user: None))
    assert plain(Content(again)).split() == plain(Content(blocks)).split()
