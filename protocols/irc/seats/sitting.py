"""One person with a connection of their own, and their seats in channels."""

import asyncio
from collections import OrderedDict

from bridge.model import Account, Entered, RoomRef
from protocols.irc.channel import Channel
from protocols.irc.formatting import strip
from protocols.irc.seats.asking import Questions
from protocols.irc.session import Session

_MOST_TALKS = 200
"""Conversations of one person that are remembered."""


class Seat:
    """A person's place in one channel, from their wish to enter on."""

    __slots__ = ("channel", "entering", "here", "key", "refusals", "waits")

    def __init__(self, channel: Channel, key: str):
        self.channel = channel
        self.key = key
        """The channel's password."""
        self.here = False
        """The server has let them in, and told who is there."""
        self.waits = False
        """They had it, and their connection is being made anew."""
        self.refusals = 0
        """How often they were not let in again since."""
        self.entering: asyncio.Future[None] | None = None
        """Somebody waits for it."""

    @property
    def room(self) -> RoomRef:
        """The room's name for the bridge."""
        return self.channel.room

    def entered(self, error: Exception | None = None) -> None:
        """Tell whoever waits that it is there, or why not."""
        waiting, self.entering = self.entering, None
        resolve(waiting, error)


class Talk:
    """What we know of a person's conversation with somebody on IRC."""

    __slots__ = ("authority", "away")

    def __init__(self) -> None:
        self.authority = ""
        """Whose hand the other one was when they last spoke, or were spoken to."""
        self.away = ""
        """What was told of their being away."""


class Sitter:
    """A person, their connection, and where they want to be."""

    def __init__(self, account: Account, network: str):
        self.account = account
        self.network = network
        """What they call this network."""
        self.session: Session | None = None
        self.task: asyncio.Task[None] | None = None
        self.seats: dict[RoomRef, Seat] = {}
        self.questions = Questions()
        self.parting: set[RoomRef] = set()
        """Where the server has yet to answer that they left."""
        self.forwarded: set[str] = set()
        """Folded channels to which the server sent them instead of where they wanted to go."""
        self.put_into: dict[str, str] = {}
        """Channels that the server has joined for them, by folded name."""
        self.lost: Exception | None = None
        """Why the connection must not be made anew."""
        self.arriving: asyncio.Future[None] | None = None
        """Somebody waits for the connection itself."""
        self.motd: list[str] = []
        """The message of the day, as far as it has come."""
        self.talks: OrderedDict[str, Talk] = OrderedDict()
        """Conversations, by folded nick, the latest last."""
        self.used = 0.0
        """When it was last needed without a seat."""
        self.away: str | None = None
        self.ends: asyncio.TimerHandle | None = None

    @property
    def up(self) -> Session | None:
        """The connection, if it is there."""
        return self.session if self.session is not None and self.session.up else None

    @property
    def comes_back(self) -> bool:
        """Whether the connection is gone, and being made anew for the seats they had."""
        return self.up is None and any(seat.waits for seat in self.seats.values())

    def answer(self, seat: Seat) -> Entered:
        """Return what is told to whoever enters."""
        channel = seat.channel
        nick = self.session.nick if self.session is not None else self.account.name
        topic = strip(channel.topic or "")
        return Entered(nick, channel.room, topic, channel.topic_by if topic else "",
                       channel.topic_at if topic else 0.0)  # fmt: skip

    def talk(self, key: str) -> Talk:
        """Return a conversation, begun if need be; the oldest ones are forgotten."""
        talk = self.talks.pop(key, None) or Talk()
        self.talks[key] = talk
        while len(self.talks) > _MOST_TALKS:
            self.talks.popitem(last=False)
        return talk

    def arrived(self, error: Exception | None = None) -> None:
        """Tell whoever waits for the connection that it is there, or why not."""
        waiting, self.arriving = self.arriving, None
        resolve(waiting, error)

    def stay(self) -> None:
        """They are needed again."""
        if self.ends is not None:
            self.ends.cancel()
            self.ends = None


def resolve(waiting: asyncio.Future[None] | None, error: Exception | None = None) -> None:
    """Tell whoever waits that it is done, or why it will not be."""
    if waiting is None or waiting.done():
        return
    if error is None:
        waiting.set_result(None)
    else:
        waiting.set_exception(error)
        waiting.exception()  # whoever waited may be gone
