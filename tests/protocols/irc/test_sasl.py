"""SASL."""

import base64

import pytest

from protocols.irc.sasl import Credentials, pieces


def test_plain_and_external_answer_as_specified() -> None:
    assert Credentials("PLAIN", "anna", "pw").response() == b"anna\0anna\0pw"
    assert Credentials("EXTERNAL", "anna").response() == b""


@pytest.mark.parametrize(
    ("value", "offered"),
    [("", True), ("PLAIN,EXTERNAL", True), ("plain", True), ("EXTERNAL", False)],
)
def test_the_offer_is_read(value: str, offered: bool) -> None:
    assert Credentials("PLAIN", "a", "b").offered(value) is offered


@pytest.mark.parametrize("size", [0, 1, 299, 300, 301, 600, 1000])
def test_responses_are_cut_at_400_and_ended(size: int) -> None:
    found = list(pieces(b"x" * size))
    assert all(len(piece) <= 400 for piece in found)
    assert len(found[-1]) < 400
    assert base64.b64decode("".join(found).removesuffix("+")) == b"x" * size
