"""SASL as IRC has it (IRCv3 sasl 3.2): PLAIN and EXTERNAL, in pieces of 400 characters."""

import base64
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Mechanism = Literal["PLAIN", "EXTERNAL"]

_PIECE = 400


class Credentials(Struct, frozen=True):
    """Who logs in, and how. EXTERNAL means the client certificate."""

    mechanism: Mechanism
    account: str = ""
    password: str = ""

    def offered(self, capability_value: str) -> bool:
        """Tell whether a ``sasl=A,B`` capability has our mechanism; without a list it may."""
        return not capability_value or self.mechanism in capability_value.upper().split(",")

    def response(self) -> bytes:
        """Answer the server's (empty) challenge: RFC 4616 or RFC 4422 appendix A."""
        if self.mechanism == "EXTERNAL":
            return b""  # COMPAT(Atheme, 7.2): naming the account is refused as impersonation
        return f"{self.account}\0{self.account}\0{self.password}".encode()


def pieces(response: bytes) -> Iterator[str]:
    """Cut a response into the parameters of AUTHENTICATE lines; a last full piece is followed by
    ``+``, and so is nothing at all."""
    text = base64.b64encode(response).decode()
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]
    if len(text) % _PIECE == 0:
        yield "+"
