"""Message markup: ranges mean what XEP-0394 says, and hostile ranges mean nothing."""

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.content import (
    Block,
    Code,
    CodeBlock,
    Inline,
    Listing,
    Paragraph,
    Quote,
    Styled,
    Text,
    plain,
)
from protocols.xmpp import markup


def read(body: str, children: str) -> tuple[Block, ...]:
    xml = fromstring(f"<markup xmlns='urn:xmpp:markup:0'>{children}</markup>")
    return markup.read(body, markup.marks(xml)).blocks


def para(*spans: Inline | str) -> Paragraph:
    return Paragraph(tuple(Text(it) if isinstance(it, str) else it for it in spans))


def face(face: str, *spans: Inline) -> Styled:
    return Styled(face, spans)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "children", "blocks"),
    [
        (
            "There is really no reason",
            "<span start='9' end='15'><emphasis/></span>",
            (para("There is ", face("italic", Text("really")), " no reason"),),
        ),
        (
            "👨‍👩‍👧 *x* y",
            "<span start='6' end='9'><strong/></span><span start='10' end='11'><code/></span>",
            (para("👨‍👩‍👧 ", face("bold", Text("x")), " ", Code("y")),),
        ),
        (
            "a b",
            "<span start='0' end='1'><deleted/><strong/></span>",
            (para(face("strike", face("bold", Text("a"))), " b"),),
        ),
        (
            "Just run:\n$ cowsay hi\nok",
            "<bcode start='10' end='21' language='sh'/>",
            (para("Just run:"), CodeBlock("$ cowsay hi", "sh"), para("ok")),
        ),
        (
            "Many:\n* markup\n* lists\ndone",
            "<list start='6' end='23'><li start='6'/><li start='15'/></list>",
            (para("Many:"), Listing(((para("markup"),), (para("lists"),))), para("done")),
        ),
        (
            "1. a\n2. b",
            "<list start='0' end='9' ordered='true'><li start='0'/><li start='5'/></list>",
            (Listing(((para("a"),), (para("b"),)), 1),),
        ),
        (
            "> > a\n> b\nc",
            "<bquote start='0' end='10'/><bquote start='0' end='6'/>",
            (Quote((Quote((para("a"),)), para("b"))), para("c")),
        ),
        ("*not* styled", "<span start='4' end='4'><strong/></span>", (para("*not* styled"),)),
    ],
)
def test_ranges_mean_what_the_specification_says(
    body: str, children: str, blocks: tuple[Block, ...]
) -> None:
    assert read(body, children) == blocks


@pytest.mark.parametrize(
    "children",
    [
        "<span start='0' end='99'><strong/></span>",
        "<span start='3' end='1'><strong/></span>",
        "<span start='-1' end='2'><strong/></span>",
        "<span start='x' end='٢'><strong/></span>",
        "<span end='2'><strong/></span>",
        "<bcode start='2' end='9999999999'/>",
        "<list start='9' end='12'><li start='9'/></list>",
        "<blink start='0' end='3'/>",
        "",
    ],
)
def test_ranges_that_are_not_in_the_text_mean_nothing(children: str) -> None:
    assert read("hello", children) == (para("hello"),)


def test_ranges_that_cross_lose_nothing() -> None:
    crossing = (
        "<span start='0' end='6'><strong/></span><span start='3' end='9'><code/></span>"
        "<bquote start='2' end='8'/><bcode start='5' end='10'/>"
    )
    assert plain(markup.read("abcdefghij", ())) == "abcdefghij"
    blocks = read("abcdefghij", crossing)
    assert blocks == (para("ab"), Quote((para("cdefgh"),)), para("ij"))


def test_marks_move_when_text_before_them_is_cut() -> None:
    found = (markup.Mark("span", 8, 10, ("strong",)), markup.Mark("list", 2, 6, (), (2, 5)))
    moved = markup.without(found, ((0, 4), (6, 7)))
    assert [(mark.start, mark.end, mark.items) for mark in moved] == [(3, 5, ()), (0, 2, (0, 1))]


MARKS = st.builds(
    markup.Mark,
    st.sampled_from(["span", "bcode", "bquote", "list"]),
    st.integers(-1, 40),
    st.integers(-1, 40),
    st.lists(st.sampled_from(["strong", "emphasis", "code", "deleted", "x"]), max_size=3).map(
        tuple
    ),
    st.lists(st.integers(0, 40), max_size=4).map(lambda it: tuple(sorted(set(it)))),
    st.booleans(),
)


@given(st.text(alphabet="ab \n>*-1.`", max_size=40), st.lists(MARKS, max_size=8).map(tuple))
def test_no_range_raises_or_loses_a_letter(body: str, found: tuple[markup.Mark, ...]) -> None:
    content = markup.read(body, found)
    kept = [c for c in plain(content) if c in "ab"]
    if "```" not in body:
        assert kept == [c for c in body if c in "ab"]
