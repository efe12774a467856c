"""Message styling: what XEP-0393 shows is read so, and what we write is read back."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Content,
    Heading,
    Inline,
    Link,
    Listing,
    Mention,
    Paragraph,
    Quote,
    Spoiler,
    Styled,
    Table,
    Text,
    from_text,
    plain,
)
from protocols.xmpp import styling


def para(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def bold(text: str) -> Styled:
    return Styled("bold", (Text(text),))


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("plain", (Text("plain"),)),
        ("*strong*", (bold("strong"),)),
        ("a *b* c", (Text("a "), bold("b"), Text(" c"))),
        (
            "_it_ ~no~",
            (Styled("italic", (Text("it"),)), Text(" "), Styled("strike", (Text("no"),))),
        ),
        ("`*code*`", (Code("*code*"),)),
        ("*_both_*", (Styled("bold", (Styled("italic", (Text("both"),)),)),)),
        ("*strong*plain*", (bold("strong"), Text("plain*"))),
        ("* plain *strong*", (Text("* plain "), bold("strong"))),
        ("not strong *plain *", (Text("not strong *plain *"),)),
        ("snake_case_name", (Text("snake_case_name"),)),
        ("2*3*4", (Text("2*3*4"),)),
        ("****", (Text("****"),)),
        ("**bold**", (Text("**bold**"),)),
        ("**", (Text("**"),)),
        ("*", (Text("*"),)),
        ("*a", (Text("*a"),)),
        ("*one line\nother*", (Text("*one line\nother*"),)),
        ("a\n*b*\nc", (Text("a\n"), bold("b"), Text("\nc"))),
    ],
)
def test_spans_are_read_as_the_specification_says(line: str, spans: tuple[Inline, ...]) -> None:
    assert styling.read(line).blocks == (Paragraph(spans),)


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        (
            "> said\n> more\nyes",
            (Quote((para("said\nmore"),)), para("yes")),
        ),
        (">> a\n> b", (Quote((Quote((para("a"),)), para("b"))),)),
        ("```py\nx = *1*\n```\nend", (CodeBlock("x = *1*", "py"), para("end"))),
        ("```\nopen", (CodeBlock("open"),)),
        ("```ignored text here\nx\n```", (CodeBlock("x"),)),
        ("> ```\n> x\n> ```\ny", (Quote((CodeBlock("x"),)), para("y"))),
        ("a > b", (para("a > b"),)),
    ],
)
def test_blocks_are_read_as_the_specification_says(body: str, blocks: tuple[Block, ...]) -> None:
    assert styling.read(body).blocks == blocks


def test_unstyled_text_is_left_as_it_is() -> None:
    assert styling.read("*x*", unstyled=True) == from_text("*x*")
    assert styling.looks_styled("> _ <")
    assert styling.looks_styled("*nix* and *nux*")
    assert not styling.looks_styled("snake_case *")


@pytest.mark.parametrize(
    ("block", "body"),
    [
        (Paragraph((Text("a "), bold("b"), Text(" c"))), "a *b* c"),
        (Paragraph((Text("foo"), bold("bar"))), "foobar"),
        (Paragraph((bold(" padded "), Text("x"))), " *padded* x"),
        (Paragraph((bold("two\nlines"),)), "*two*\n*lines*"),
        (Paragraph((bold("a*b"),)), "a*b"),
        (Paragraph((bold("  "),)), "  "),
        (Paragraph((Styled("bold", (Styled("italic", (Text("x"),)),)),)), "*_x_*"),
        (Paragraph((Styled("underline", (Text("u"),)),)), "u"),
        (Paragraph((Text("x"), Styled("sup", (Text("2"),)))), "x^2"),
        (Paragraph((Code("a b"),)), "`a b`"),
        (Paragraph((Code("a`b"),)), "a`b"),
        (Paragraph((Link("https://x", (Text("here"),)),)), "here <https://x>"),
        (Paragraph((Link("https://x", (Text("https://x"),)),)), "https://x"),
        (Heading(1, (Text("Title"),)), "*Title*"),
        (Quote((para("a\nb"),)), "> a\n> b"),
        (Quote((Quote((para("a"),)),)), "> > a"),
        (CodeBlock("x\n```\ny", "py"), "```py\nx\n ```\ny\n```"),
        (
            Listing(((para("a\nb"),), (para("c"),)), 3),
            "3. a\n   b\n4. c",
        ),
        (Listing(((Paragraph((bold("a"),)),),)), "- *a*"),
        (Table((((Text("a"),), (Text("b"),)),)), "a | b"),
    ],
)
def test_content_is_written_as_people_would_write_it(block: Block, body: str) -> None:
    assert styling.write(Content((block,))).body == body


def test_a_spoiler_covers_the_whole_message() -> None:
    content = Content((Paragraph((Text("he "), Spoiler((Text("dies"),), "end"))),))
    written = styling.write(content)
    assert (written.body, written.spoiler) == ("he dies", "end")
    assert styling.write(from_text("x")).spoiler is None


def test_mentions_are_named_by_whoever_knows_the_room() -> None:
    content = Content((Paragraph((Mention("Anna A."), Text(": hi"))),))
    assert styling.write(content, lambda mention: "anna").body == "anna: hi"


@given(st.text(alphabet="*_~`> \nab", max_size=60))
def test_every_text_has_a_meaning_and_none_is_lost(body: str) -> None:
    letters = [c for c in body if c in "ab"]
    read = styling.read(body)
    got = [c for c in plain(read) if c in "ab"]
    if "```" not in body:  # the rest of an opening fence may be dropped
        assert got == letters
    styling.looks_styled(body)


INLINE = st.recursive(
    st.one_of(
        st.text(alphabet="*_~`> \nab", max_size=8).map(Text),
        st.text(alphabet="*`> ab", max_size=8).map(Code),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        .map(tuple)
        .flatmap(
            lambda children: st.sampled_from(["bold", "italic", "strike", "underline"]).map(
                lambda face: Styled(face, children)
            )
        )
    ),
    max_leaves=8,
)


@given(st.lists(INLINE, max_size=4))
def test_every_tree_can_be_written_without_losing_a_letter(spans: list[Inline]) -> None:
    content = Content((Paragraph(tuple(spans)),))
    letters = [c for c in plain(content) if c in "ab"]
    written = styling.write(content)
    assert [c for c in written.body if c in "ab"] == letters


@given(st.sampled_from(["bold", "italic", "strike"]), st.text(alphabet="ab c", min_size=1))
def test_a_written_span_is_read_back(face: str, text: str) -> None:
    if not text.strip():
        return
    span = Styled(face, (Text(text.strip()),))
    written = styling.write(Content((Paragraph((span,)),)))
    if len(text.strip()) > 0:
        assert styling.read(written.body).blocks == (Paragraph((span,)),)


@pytest.mark.parametrize("pattern", ["*a ", "*", "_*~`", ">", "> ", "```\n", "`a ", "*_a "])
def test_hostile_text_is_read_in_linear_time(pattern: str) -> None:
    body = (pattern * 60_000)[: styling.LONGEST_STYLED]
    began = time.process_time()
    styling.read(body)
    styling.looks_styled(body)
    assert time.process_time() - began < 2
