"""SASL as IRC has it (IRCv3 sasl 3.2): PLAIN, EXTERNAL and SCRAM-SHA-256, in pieces of 400
characters."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Mechanism = Literal["PLAIN", "EXTERNAL", "SCRAM-SHA-256"]

PIECE = 400
_MOST_ROUNDS = 100_000
"""Rounds of hashing that a server may ask of us: meanwhile nothing else is done."""


class Credentials(Struct, frozen=True):
    """Who logs in, and how. EXTERNAL means the client certificate."""

    mechanism: Mechanism
    account: str = ""
    password: str = ""

    def offered(self, capability_value: str) -> bool:
        """Tell whether a ``sasl=A,B`` capability has our mechanism; without a list it may."""
        return not capability_value or self.mechanism in capability_value.upper().split(",")

    def conversation(self) -> "Conversation":
        """Begin to log in."""
        return Scram(self) if self.mechanism == "SCRAM-SHA-256" else Conversation(self)


class SaslFailed(Exception):
    """The server does not prove that it knows the password, or does not speak the mechanism."""


class Conversation:
    """PLAIN (RFC 4616) and EXTERNAL (RFC 4422 appendix A): one answer to an empty challenge."""

    def __init__(self, credentials: Credentials):
        self.credentials = credentials

    def answer(self, challenge: bytes) -> bytes:
        """Answer what the server says. Raises ``SaslFailed``."""
        who = self.credentials
        if who.mechanism == "EXTERNAL":
            return b""  # COMPAT(Atheme, 7.2): naming the account is refused as impersonation
        return f"{who.account}\0{who.account}\0{who.password}".encode()


class Scram(Conversation):
    """SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

    def __init__(self, credentials: Credentials, nonce: str = ""):
        super().__init__(credentials)
        self._nonce = nonce or secrets.token_urlsafe(18)
        self._signature = b""
        self._step = 0
        name = credentials.account.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={self._nonce}"

    def answer(self, challenge: bytes) -> bytes:
        """Answer what the server says. Raises ``SaslFailed``."""
        self._step += 1
        if self._step == 1:
            return b"n,," + self._bare.encode()
        if self._step == 2:
            return self._prove(challenge)
        if self._step == 3:
            self._verify(challenge)
            return b""
        raise SaslFailed("the server goes on and on")

    def _prove(self, challenge: bytes) -> bytes:
        told = _attributes(challenge)
        nonce, rounds = told.get("r", ""), told.get("i", "")
        try:
            salt = base64.b64decode(told.get("s", ""), validate=True)
        except ValueError:
            raise SaslFailed("the server's salt is broken") from None
        if not nonce.startswith(self._nonce) or nonce == self._nonce or not salt:
            raise SaslFailed("the server's answer is not to our question")
        if not rounds.isascii() or not rounds.isdigit() or not 0 < int(rounds[:9]) <= _MOST_ROUNDS:
            raise SaslFailed("the server asks for too much, or nothing")
        password = self.credentials.password.encode()
        salted = hashlib.pbkdf2_hmac("sha256", password, salt, int(rounds))
        key = _hmac(salted, b"Client Key")
        final = f"c=biws,r={nonce}"
        whole = f"{self._bare},{challenge.decode()},{final}".encode()
        signature = _hmac(hashlib.sha256(key).digest(), whole)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._signature = _hmac(_hmac(salted, b"Server Key"), whole)
        return f"{final},p={base64.b64encode(proof).decode()}".encode()

    def _verify(self, challenge: bytes) -> None:
        told = _attributes(challenge).get("v", "")
        if not hmac.compare_digest(told, base64.b64encode(self._signature).decode()):
            raise SaslFailed("the server does not know the password")


def pieces(response: bytes) -> Iterator[str]:
    """Cut a response into the parameters of AUTHENTICATE lines; a last full piece is followed by
    ``+``, and so is nothing at all."""
    text = base64.b64encode(response).decode()
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]
    if len(text) % PIECE == 0:
        yield "+"


def joined(received: list[str]) -> bytes:
    """Put a challenge together again. Raises ``SaslFailed`` if it is no base64."""
    try:
        return base64.b64decode("".join(piece for piece in received if piece != "+"), validate=True)
    except ValueError:
        raise SaslFailed("the server's challenge is broken") from None


def _attributes(message: bytes) -> dict[str, str]:
    try:
        words = message.decode().split(",")
    except UnicodeDecodeError:
        raise SaslFailed("the server's challenge is broken") from None
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
