"""Lines in IRC's own language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Rejected
from protocols.irc.encode import line
from protocols.irc.modes import Traits
from protocols.irc.seats.own_lines import words


def test_a_line_is_taken_apart() -> None:
    assert words(" mode #c +o  bob ", Traits()) == ["MODE", "#c", "+o", "bob"]
    assert words("PRIVMSG bob :two  words", Traits()) == ["PRIVMSG", "bob", "two  words"]
    assert words("TOPIC #c :", Traits()) == ["TOPIC", "#c", ""]


@pytest.mark.parametrize(
    "text",
    ["QUIT :bye", "nick x", "PRIVMSG #c :hi", "PRIVMSG bob,#c :hi", "@x=y PRIVMSG a :b", ":a B",
     "A\nB", "", "PASS x", "X" * 600],
)  # fmt: skip
def test_what_would_break_the_connection_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        words(text, Traits())


def test_words_for_operators_of_a_room_are_for_the_room() -> None:
    with pytest.raises(Rejected, match="room"):
        words("PRIVMSG @#c :hi", Traits(status_prefixes="@+"))


@given(st.text(max_size=60))
def test_whatever_is_written_is_one_line_or_none(text: str) -> None:
    try:
        found = words(text, Traits())
    except Rejected:
        return
    assert line(*found).count(b"\n") == 1
