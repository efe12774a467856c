"""Which names are the same."""

import pytest

from protocols.irc.casemap import folding


@pytest.mark.parametrize(
    ("mapping", "one", "other", "same"),
    [
        ("rfc1459", "Nick[]\\~", "nick{}|^", True),
        ("rfc1459-strict", "Nick[]\\", "nick{}|", True),
        ("strict-rfc1459", "~", "^", False),
        ("ascii", "Nick[]", "nick{}", False),
        ("ascii", "NICK", "nick", True),
        ("ascii", "ÄB", "äb", False),
        ("rfc1459", "Ä", "ä", False),
        ("rfc7613", "ÄB", "äB", False),
        ("klingon", "AB", "ab", True),
    ],
)
def test_names_are_folded_as_the_server_says(
    mapping: str, one: str, other: str, same: bool
) -> None:
    fold = folding(mapping)
    assert (fold(one) == fold(other)) is same


def test_without_a_word_from_the_server_it_is_rfc1459() -> None:
    assert folding()("A[") == "a{"
