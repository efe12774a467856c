"""What a session needs of those around it: whom it works for, and what all sessions share."""

import ssl
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from bridge.model import UserRef
from protocols.irc.channel import Channel
from protocols.irc.config import IrcConfig
from protocols.irc.decode import Line
from protocols.irc.wire import Wire

if TYPE_CHECKING:
    from protocols.irc.session import Session

T = TypeVar("T")


class Crew(Protocol):
    """Who a session works for: the rooms (relay), the pool (puppets) or the seats (people who come
    themselves)."""

    async def turn(self, session: "Session") -> None:
        """Return when it may try to connect."""

    def up(self, session: "Session") -> None:
        """It is registered: join now."""

    def down(self, session: "Session", reason: str) -> None:
        """It is not connected, or could not connect; told for each failed attempt."""

    def joined(self, session: "Session", channel: Channel) -> None:
        """It is in a channel completely."""

    def left(self, session: "Session", channel: Channel, by: str, reason: str) -> None:
        """It was put out of a channel; ``by`` empty: it left by itself."""

    def refused(self, session: "Session", name: str, answer: Line) -> None:
        """It may not join a channel."""

    def renamed(self, session: "Session") -> None:
        """It has another nick."""

    def takes(self, session: "Session", line: Line) -> bool:
        """Take a first look at a line that is for this connection alone: what is said to it in
        private, and answers. True: nobody else need look."""

    def told(self, session: "Session", line: Line) -> None:
        """Take a line of the greeting, or one for which nobody else has a use."""


class Ground(Protocol):
    """What all sessions of a network share."""

    config: IrcConfig
    paused: set[Wire]

    def context(self, relay: bool, certificate: str = "") -> ssl.SSLContext:
        """Return the TLS context for the relay, for puppets, or for whoever shows a certificate
        of their own (PEM with its key)."""

    def take(self, session: "Session", line: Line, raw: bytes) -> None:
        """Act on a line; ``raw`` empty: it was kept by a standby."""

    def arrived(self, session: "Session") -> None:
        """It is registered, or has a new nick."""

    def gone(self, session: "Session") -> None:
        """It has lost its nick; if it is not ``up``, also its connection."""

    def is_known_nick(self, nick: str) -> bool:
        """Tell whether a nick belongs to somebody."""

    def shared(self, value: T) -> T:
        """Return an equal value that others hold already."""


class Profile(Struct, frozen=True):
    """As whom a session connects."""

    nick: str
    username: str
    realname: str
    relay: bool = False
    attempts: int = 0
    """Give up after so many failures in a row; 0: never."""
    person: UserRef | None = None
    """Whose seat it is."""
    password: str = ""
    """For the server, instead of the one that is configured."""
    certificate: str = ""
    """What the server sees of them when TLS begins, with its key (PEM)."""
    charsets: dict[str, str] = {}
    """How to read what is no UTF-8, by folded channel, with an empty name in private; for what is
    not listed as configured."""
    burst: float = 0.0
    """So many lines at once; 0: as configured."""
    greeting: bytes = b""
    """What goes out before anything else (WEBIRC)."""
    source: str = ""
    """The address to connect from."""
