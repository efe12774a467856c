"""Our people in a hosted room: one seat for each person, one entry for each of their clients."""

from msgspec import Struct

from bridge.model import Account, KeyValue, Past, UserRef
from protocols.xmpp.hosted.stanza import Stanza, recipient

MOST_WAITING = 1000
"""Messages that are kept for a client while it gets the history; it may ask for older ones."""
_PREFIX = "hosted:"


class Wish(Struct, frozen=True):
    """What a client asks for when it enters."""

    nick: str
    password: str = ""
    past: Past = Past()
    characters: int | None = None
    """How much of the history it takes; None: all."""
    away: str | None = None
    """Why its user is away; None: they are here."""


class Client:
    """One client (full JID) that is in a room."""

    __slots__ = ("away", "jid", "seat", "to", "waiting", "wished")

    def __init__(self, jid: str, seat: "Seat", wished: str = ""):
        self.jid = jid
        self.wished = wished if wished != seat.nick else ""
        """The nick that it came in with and did not get."""
        self.to = recipient(jid)
        self.seat = seat
        self.away: str | None = None
        self.waiting: list[tuple[str, Stanza]] | None = None
        """What is said while the client gets the history; None: it has it."""

    def keep(self, sid: str, stanza: Stanza) -> None:
        """Keep a message until the history is sent."""
        if self.waiting is not None and len(self.waiting) < MOST_WAITING:
            self.waiting.append((sid, stanza))


class Seat:
    """One person (bare JID) in a room, or on the way in."""

    __slots__ = ("clients", "entered", "former", "jid", "knocking", "nick", "user")

    def __init__(self, user: UserRef, nick: str):
        self.user = user
        self.jid = user.id
        self.nick = nick
        self.entered = False
        self.former: tuple[str, float] = ("", 0.0)
        """The nick before this one, and when it was given up (monotonic seconds)."""
        self.clients: dict[str, Client] = {}
        self.knocking: dict[str, Wish] = {}
        """Clients that wait for the network behind to let the person in."""

    @property
    def account(self) -> Account:
        """The person as the room shows them."""
        return Account(self.user, self.nick, about=self.jid)

    @property
    def is_empty(self) -> bool:
        """Tell whether no client of theirs is left."""
        return not self.clients and not self.knocking


class SeatsKept:
    """Remembers who is where, so that after a crash each client is told that it is out."""

    def __init__(self, state: KeyValue):
        self._state = state

    async def add(self, room: str, client: str, nick: str) -> None:
        """A client is in."""
        await self._state.put(f"{_PREFIX}{room} {client}", nick)

    async def remove(self, room: str, client: str) -> None:
        """A client is out."""
        await self._state.delete(f"{_PREFIX}{room} {client}")

    async def left_over(self) -> list[tuple[str, str, str]]:
        """Return rooms, clients and nicks of an earlier run."""
        found = []
        for key, nick in await self._state.items(_PREFIX):
            room, _, client = key.removeprefix(_PREFIX).partition(" ")
            found.append((room, client, nick))
        return found
