"""An edit in few words (semantics 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.correction import correction


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("I am redy", "I am ready", "*ready"),
        ("see you at four", "see you at five", "*five"),
        ("see you at the the station", "see you at the station", "*the station"),
        ("I am redy", "I am ready for tea and cake", "[edit] I am ready for tea and cake"),
        ("all of it is wrong", "none was right", "[edit] none was right"),
        ("same", "same", None),
        ("only  spaces ", "only spaces", None),
        ("a\nb\nc", "a\nB\nc", "*B"),
        ("one\ntwo\nthree\nfour", "one\nthree", "[edit] one\nthree"),
        ("one\ntwo\nthree\nfour", "one\nthree\nfive", "[edit] five"),
        ("one\ntwo", "one\nbetween\ntwo", "[edit] between"),
        ("one", "one\ntwo", "[edit] two"),
        ("one\nI am redy\ntwo", "one\nI am ready\ntwo", "*ready"),
        ("a\nb", "a", "[edit] a"),
        ("", "new", "[edit] new"),
        ("a\n" * 3000, "b\n" * 3000 + "c", "[edit] " + "b\n" * 3000 + "c"),
    ],
)
def test_a_small_change_is_a_word_and_a_large_one_is_said_whole(before, after, said):
    assert correction(before, after) == said


@given(st.text(max_size=300), st.text(max_size=300))
def test_it_never_fails_and_says_only_what_is_new(before, after):
    said = correction(before, after)
    if said and said.startswith("*"):
        assert all(word in after.split() for word in said[1:].split())
