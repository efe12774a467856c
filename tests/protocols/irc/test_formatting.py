"""mIRC codes to spans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Text, inline_text
from bridge.model.content import Code, Colour, Inline, Spoiler, Styled
from protocols.irc.formatting import PALETTE, PLAIN, clean, ink_after, spans, strip


def bold(text: str) -> Styled:
    return Styled("bold", (Text(text),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", (Text("plain"),)),
        ("a\x02b\x02c", (Text("a"), bold("b"), Text("c"))),
        ("\x1di\x1d\x1fu\x1f\x1es\x1e\x11m\x11", (
            Styled("italic", (Text("i"),)), Styled("underline", (Text("u"),)),
            Styled("strike", (Text("s"),)), Code("m"),
        )),
        ("\x02b\x1dc\x0fp",
         (bold("b"), Styled("bold", (Styled("italic", (Text("c"),)),)), Text("p"))),
        ("\x0304red\x03.", (Colour((Text("red"),), "ff0000"), Text("."))),
        ("\x034,12x", (Colour((Text("x"),), "ff0000", "0000fc"),)),
        ("\x0304,x", (Colour((Text(",x"),), "ff0000"),)),
        ("\x03045", (Colour((Text("5"),), "ff0000"),)),
        ("\x0398w\x0399d", (Colour((Text("w"),), "ffffff"), Text("d"))),
        ("\x04FF8000o\x04,", (Colour((Text("o"),), "ff8000"), Text(","))),
        ("\x0304,12\x16x", (Colour((Text("x"),), "0000fc", "ff0000"),)),
        ("\x16x", (Text("x"),)),
        ("[spoiler: end] \x0301,01he dies\x03", (Spoiler((Text("he dies"),), "end"),)),
        ("[spoiler: end] \x0301,01he \x02dies\x02!\x03",
         (Spoiler((Text("he "), bold("dies"), Text("!")), "end"),)),
        ("so [spoiler] \x0301,01x\x03", (Text("so "), Spoiler((Text("x"),)))),
        ("\x01\x05\x7f\ufffe", (Text(""),)),
        ("a\x00b", (Text("ab"),)),
    ],
)  # fmt: skip
def test_codes_become_spans(text: str, expected: tuple[Inline, ...]) -> None:
    assert spans(text) == expected


def test_there_are_99_colours() -> None:
    assert len(PALETTE) == 99
    assert PALETTE[98] == "ffffff"


def test_codes_can_be_stripped_and_foreign_text_cleaned() -> None:
    assert strip("\x02a\x0304,12b\x0f\x01c") == "abc"
    assert clean("a\x02b\x0304c\td\r\ne\x01") == "ab04c d\ne"
    assert ink_after("\x02a\x02") == PLAIN
    assert ink_after("\x0304,05a").background == PALETTE[5]
    assert ink_after("\x0304,05a\x03").background is None


@given(st.text(st.sampled_from("ab1,\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f\x01f")))
def test_no_text_is_lost_and_no_code_stays(text: str) -> None:
    found = inline_text(tuple(_open(span) for span in spans(text)))
    assert found == strip(text)
    assert not any(ord(character) < 32 for character in found)


def _open(span: Inline) -> Inline:
    """Uncover spoilers, so that their text can be compared."""
    return Styled("bold", span.children) if isinstance(span, Spoiler) else span
