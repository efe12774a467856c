"""Lines that we send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.decode import parse
from protocols.irc.encode import Unsendable, line, one_line, tag_data, tag_escape

WORDS = st.text(st.characters(exclude_characters="\r\n\0 ", exclude_categories=["Cs"]), min_size=1)
TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


def test_the_last_parameter_has_its_colon() -> None:
    """C16"""
    assert line("PRIVMSG", "#c", ":-) hi") == b"PRIVMSG #c ::-) hi\r\n"
    assert line("PRIVMSG", "#c", "/quit", tags={"label": "1"}) == (
        b"@label=1 PRIVMSG #c :/quit\r\n"
    )
    assert line("QUIT") == b"QUIT\r\n"


@pytest.mark.parametrize(
    "params",
    [
        ("#c", "a\r\nQUIT"), ("#c", "a\0b"), ("#c\n", "x"), ("#c x", "y"), (":c", "y"), ("", "y"),
    ],
)  # fmt: skip
def test_what_would_inject_is_refused(params: tuple[str, ...]) -> None:
    """C16"""
    with pytest.raises(Unsendable):
        line("PRIVMSG", *params)


def test_tag_values_are_escaped_and_limited() -> None:
    assert tag_data({"a": "b;c d\\e\r\n", "f": ""}) == r"a=b\:c\sd\\e\r\n;f"
    with pytest.raises(Unsendable):
        tag_data({"a": "x" * 5000})
    with pytest.raises(Unsendable):
        tag_data({"a b": "x"})


def test_one_line_is_one_line() -> None:
    assert one_line(" a\r\n\r\nb\0c\x01 ") == "a b c"


@given(TEXT)
def test_tag_values_come_back_as_they_were(value: str) -> None:
    read = parse(f"@t={tag_escape(value)} PING".encode())
    assert read is not None
    assert read.tags["t"] == value


@given(WORDS, TEXT)
def test_lines_come_back_as_they_were(target: str, text: str) -> None:
    if target[0] == ":":
        return
    read = parse(line("PRIVMSG", target, text))
    assert read is not None
    assert read.params == [target, text]
