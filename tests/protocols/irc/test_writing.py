"""Content to lines with mIRC codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Content, Mention, Paragraph, Text, UserRef, from_text
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
from protocols.irc.formatting import spans, strip
from protocols.irc.writing import lines, nearest


def name_of(mention: Mention) -> str:
    return mention.user.id if mention.user else mention.name


def paragraph(*children: Inline) -> Paragraph:
    return Paragraph(children)


def text(value: str) -> Paragraph:
    return paragraph(Text(value))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (text("a\n\n b\r\n\x02c"), ["a", " b", "c"]),
        (paragraph(Text("a "), Styled("bold", (Text("b"),)), Text(" c")), ["a \x02b\x02 c"]),
        (paragraph(Styled("bold", (Styled("italic", (Text("x\ny"),)),))),
         ["\x02\x1dx", "\x02\x1dy"]),
        (paragraph(Styled("underline", (Text("u"),)), Styled("strike", (Text("s"),))),
         ["\x1fu\x1f\x1es"]),
        (paragraph(Text("x"), Styled("sup", (Text("2"),)), Styled("sub", (Text("i"),))), ["x^2i"]),
        (paragraph(Code("a\x02b")), ["\x11ab"]),
        (paragraph(Link("http://x", (Text("text"),)), Link("http://y", (Text("http://y"),))),
         ["text (http://x)http://y"]),
        (paragraph(Link("http://x", ())), ["http://x"]),
        (paragraph(Mention("Anna", UserRef("n", "anna")), Mention("room")), ["annaroom"]),
        (paragraph(Emoji("cat"), Maths("x^2")), [":cat:$x^2$"]),
        (paragraph(Text("so: "), Spoiler((Text("he dies"),), "end"), Text("!")),
         ["so: [spoiler: end] \x0301,01he dies\x03!"]),
        (paragraph(Styled("bold", (Text("b"), Spoiler((Text("x"),), "a]\nb")))),
         ["\x02b\x02[spoiler: a) b] \x02\x0301,01x"]),
        (paragraph(Text("a"), Spoiler((Text("\nx\n\ny"),), "why")),
         ["a", "[spoiler: why] \x0301,01x", "[spoiler: why] \x0301,01y"]),
        (paragraph(Spoiler((Text("x"),)), Text("5")), ["[spoiler] \x0301,01x\x03\x02\x025"]),
        (paragraph(Colour((Text("red"),), "ff0000")), ["red"]),
        (Heading(2, (Text("Title"),)), ["\x02Title"]),
        (Quote((text("a\nb"), Quote((text("c"),)))), ["> a", "> b", "> > c"]),
        (CodeBlock("if x:\n    y", "py"), ["\x11if x:", "\x11    y"]),
        (Listing(((text("a"),), (text("b\nc"),))), ["- a", "- b", "  c"]),
        (Listing(((text("a"),), (text("b"),)), 9), ["9. a", "10. b"]),
        (Table((((Text("h"),), (Text("i"),)), ((Text("1"),), (Text("2\n3"),)))),
         ["h | i", "1 | 2 3"]),
        (Rule(), ["---"]),
        (paragraph(), []),
        (text(" \n\x01\n"), []),
    ],
)  # fmt: skip
def test_blocks_become_lines(block: Block, expected: list[str]) -> None:
    assert lines(Content((block,)), name_of) == expected


def test_colours_are_sent_only_if_asked_for() -> None:
    red = Content((paragraph(Colour((Text(",5"),), "ff0000"), Text("7")),))
    assert lines(red, name_of, colours=True) == ["\x0352\x02\x02,5\x03\x02\x027"]
    both = Content((paragraph(Colour((Text("x"),), "ff0000", "0000ff"), Text("y")),))
    assert lines(both, name_of, colours=True) == ["\x0352,60x\x03y"]
    parts = Content((paragraph(Colour((Text(","), Text("0")), "ff0000")),))
    assert lines(parts, name_of, colours=True) == ["\x0352\x02\x02,0"]
    blind = Content((paragraph(Colour((Text("x"),), "ff0000", "fe0101")),))
    assert lines(blind, name_of, colours=True) == ["\x0352x"]
    bad = Content((paragraph(Colour((Text("x"),), "nonsense")),))
    assert lines(bad, name_of, colours=True) == ["x"]


def test_the_nearest_colour_is_found() -> None:
    assert nearest("ff0000") == 52
    assert nearest("fefefe") == 98


@given(st.text(), st.text(), st.text())
def test_what_is_written_is_read_again(one: str, two: str, three: str) -> None:
    content = Content((paragraph(Text(one), Styled("bold", (Text(two),)), Code(three)),))
    for line in lines(content, name_of):
        assert "\n" not in line
        assert "\r" not in line
        assert "\x01" not in line
        assert "\0" not in line
        assert spans(line)
        assert strip(line).strip() or line.strip()


@given(st.text())
def test_plain_text_keeps_every_visible_character(value: str) -> None:
    found = "".join(lines(from_text(value), name_of))
    assert list(filter(str.isprintable, "".join(found.split()))) == list(
        filter(str.isprintable, "".join(value.split()))
    )


def test_a_comma_and_a_digit_stay_text_whatever_stands_empty_between_them():
    red = "470000"
    children = (Colour((Text(","),), red), Colour((Code(""), Text("0")), red))
    [line] = lines(Content((Paragraph(children),)), lambda mention: mention.name, colours=True)
    assert strip(line) == ",0"
