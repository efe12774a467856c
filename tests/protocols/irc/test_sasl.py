"""SASL."""

import base64

import pytest

from protocols.irc.sasl import Credentials, SaslFailed, Scram, joined, pieces


def test_plain_and_external_answer_as_specified() -> None:
    assert Credentials("PLAIN", "anna", "pw").conversation().answer(b"") == b"anna\0anna\0pw"
    assert Credentials("EXTERNAL", "anna").conversation().answer(b"") == b""


def test_scram_answers_as_in_the_example_of_rfc_7677() -> None:
    scram = Scram(Credentials("SCRAM-SHA-256", "user", "pencil"), "rOprNGfwEbeRWgbNEkqO")
    assert scram.answer(b"") == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    proof = scram.answer(
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert proof == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert scram.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""
    with pytest.raises(SaslFailed):
        scram.answer(b"")


@pytest.mark.parametrize(
    "challenge",
    [b"", b"\xff", b"r=other,s=AAAA,i=4096", b"r=abc,s=AAAA,i=4096", b"r=abcd,s=AAAA,i=999999999",
     b"r=abcd,s=AAAA,i=0", b"r=abcd,s=AAAA,i=x", b"r=abcd,s=,i=4096", b"r=abcd,s=*,i=4096"],
)  # fmt: skip
def test_a_hostile_server_gets_no_proof(challenge: bytes) -> None:
    scram = Scram(Credentials("SCRAM-SHA-256", "user", "pencil"), "abc")
    scram.answer(b"")
    with pytest.raises(SaslFailed):
        scram.answer(challenge)


def test_a_server_that_does_not_know_the_password_is_not_believed() -> None:
    scram = Scram(Credentials("SCRAM-SHA-256", "a=b,c", "pencil"), "abc")
    assert scram.answer(b"") == b"n,,n=a=3Db=2Cc,r=abc"
    scram.answer(b"r=abcd,s=AAAA,i=1")
    with pytest.raises(SaslFailed, match="password"):
        scram.answer(b"v=AAAA")


def test_challenges_are_put_together_again() -> None:
    assert joined(["+"]) == b""
    assert joined(list(pieces(b"x" * 700))) == b"x" * 700
    with pytest.raises(SaslFailed):
        joined(["%%%"])


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
