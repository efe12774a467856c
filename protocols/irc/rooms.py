"""The relay's channels: joins them, comes back to them, and says how they are."""

import asyncio
import logging
import time
from collections.abc import Iterator

from bridge.model import LegPolicy, NetworkStatus, RoomRef, RoomStatus, Unavailable
from protocols.irc.channel import Channel
from protocols.irc.config import IrcConfig
from protocols.irc.decode import Line
from protocols.irc.evidence import Expectation
from protocols.irc.session import Session
from protocols.irc.view import View

log = logging.getLogger(__name__)

_PERMANENT = "403 473 474 475 476 477 479 489 520"
FOR_GOOD = frozenset(_PERMANENT.split())
"""Refusals that somebody must change something about; we still knock, seldom."""
STEADY = 60.0
"""Seconds in a channel after which a kick counts as the first again."""
_NOBODY = "nobody has a seat there"
_ADVICE = {
    "473": "invite the relay, or set an invite exception",
    "474": "ask an operator of the channel to remove the ban",
    "475": "set the channel key as the link's password",
    "477": "log the relay in to a registered account",
    "489": "connect with TLS",
}


class Room:
    """A channel that the bridge wants to be in."""

    def __init__(self, ref: RoomRef, policy: LegPolicy):
        self.ref = ref
        self.policy = policy
        self.name = ref.id
        self.up = False
        self.told: RoomStatus | None = None
        self.failures = 0
        self.since = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Rooms:
    """The crew of the relay."""

    def __init__(self, view: View, config: IrcConfig):
        self.view = view
        self.config = config
        self.relay: Session | None = None
        self.connected = asyncio.Event()
        """The relay is registered."""
        self.wanted = asyncio.Event()
        """There is a room that needs the relay."""
        self.unwanted = asyncio.Event()
        self._rooms: dict[RoomRef, Room] = {}
        self._status: NetworkStatus | None = None

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def get(self, ref: RoomRef) -> Room | None:
        """Return a room that is visited."""
        return self._rooms.get(ref)

    def visit(self, ref: RoomRef, policy: LegPolicy) -> Room:
        """Be in this channel from now on."""
        room = self._rooms.get(ref)
        if room is None:
            room = self._rooms[ref] = Room(ref, policy)
        channel = self.view.open_channel(ref, room.name)
        before, room.policy = room.policy, policy
        changed = (before.password, before.by_seats) != (policy.password, policy.by_seats)
        channel.by_seats = policy.by_seats
        self._count()
        if policy.by_seats:
            self._give_up(room, before)
        elif self.relay is not None and self.relay.up and (changed or not room.up):
            self._join(room)
        elif self.relay is not None:
            self._tell(room, room.up, "" if room.up else "not connected to IRC yet")
        return room

    def leave(self, ref: RoomRef) -> None:
        """Be in this channel no longer."""
        room = self._rooms.pop(ref, None)
        if room is None:
            return
        self._cancel(room)
        self._count()
        if self.relay is not None and self.relay.up and not room.policy.by_seats:
            self.relay.send("PART", room.name, "unlinked")

    # -- rooms without a relay

    def settled(self, ref: RoomRef) -> None:
        """Somebody with a seat is in a channel, and has been told what was said before."""
        room = self._rooms.get(ref)
        if room is not None and room.policy.by_seats:
            self._tell(room, True)

    def deserted(self, ref: RoomRef) -> None:
        """Nobody is in a channel any more."""
        room = self._rooms.get(ref)
        if room is not None and room.policy.by_seats:
            self._tell(room, False, _NOBODY)

    def rest(self) -> None:
        """No room needs the relay: that it is not connected is no fault."""
        self._network(True, "")

    def _count(self) -> None:
        wanted = any(True for _ in self._served())
        for event, now in ((self.wanted, wanted), (self.unwanted, not wanted)):
            if now:
                event.set()
            else:
                event.clear()

    def _give_up(self, room: Room, before: LegPolicy) -> None:
        self._cancel(room)
        if not before.by_seats and self.relay is not None and self.relay.up:
            self._send(self.relay, "PART", room.name, "no relay is needed here any more")
        channel = self.view.channel(room.name)
        if channel is None or not channel.seated:
            self._tell(room, False, _NOBODY)

    def _served(self) -> Iterator[Room]:
        return (room for room in self._rooms.values() if not room.policy.by_seats)

    def recall_topic(self, topics: dict[str, str]) -> None:
        """Take over the topics that an earlier run has seen."""
        for name, topic in topics.items():
            channel = self.view.channel(name)
            if channel is not None and channel.topic is None:
                channel.topic = topic

    # -- crew of the relay

    async def turn(self, session: Session) -> None:
        """The relay may always try."""

    def up(self, session: Session) -> None:
        """Registered: identify, then join everything."""
        self.connected.set()
        self._network(True, "")
        self._identify(session)
        plain = [room for room in self._served() if not room.policy.password]
        for room in self._served():
            self._cancel(room)
            if room.policy.password:
                self._join(room)
        for start in range(0, len(plain), 10):
            names = ",".join(room.name for room in plain[start : start + 10])
            self._send(session, "JOIN", names)

    def down(self, session: Session, reason: str) -> None:
        """Not connected: nothing of ours is up."""
        self._network(False, reason)
        for room in self._served():
            self._cancel(room)
            self._tell(room, False, f"not connected to IRC: {reason}")

    def lost(self) -> None:
        """The relay's connection has just ended; it will come back."""
        self.connected.clear()
        for room in self._served():
            self._tell(room, False, "the connection to IRC was lost")

    def joined(self, session: Session, channel: Channel) -> None:
        """In. What the server plays back now comes before the answer to a PING: only after that the
        channel is up, so that a doubtful line is looked for in its history."""
        room = self._of(channel.name)
        if room is None or room.policy.by_seats:
            self._send(session, "PART", channel.name)
            return
        self._cancel(room)
        room.since = time.monotonic()
        self._check_topic(channel)
        settled = Expectation("", 0, "PING", "\0", "")
        settled.written = time.monotonic()
        session.pending.add(settled)
        session.ask()
        settled.outcome.add_done_callback(lambda done: self._settled(room, done))

    def left(self, session: Session, channel: Channel, by: str, reason: str) -> None:
        """Put out: come back, each time later."""
        room = self._of(channel.name)
        if room is None or room.policy.by_seats:
            return
        hand = f"kicked by {by}" if by else "removed from the channel"
        if time.monotonic() - room.since > STEADY:
            room.failures = 0
        self._later(room, f"{hand}: {reason}" if reason else hand)

    def refused(self, session: Session, name: str, answer: Line) -> None:
        """Not let in: say why, knock again later. An INVITE opens the door."""
        room = self._of(name)
        if room is None or room.up or room.policy.by_seats:
            return
        if answer.command == "INVITE":
            self._join(room)
            return
        words = answer.params[-1] if answer.params else "refused"
        advice = _ADVICE.get(answer.command)
        detail = f"{words} ({answer.command})" + (f"; {advice}" if advice else "")
        if answer.command == "470":
            detail = f"{name} forwards to {answer.param(2)} (470); link that instead"
        refused = answer.command in FOR_GOOD
        self._later(room, detail, refused)

    def renamed(self, session: Session) -> None:
        """The relay has another nick."""
        self.view.remember_nick(session.nick, "relay")

    def takes(self, session: Session, line: Line) -> bool:
        """Whoever speaks to it in private hears that nobody reads it (``courtesy``)."""
        return False

    def told(self, session: Session, line: Line) -> None:
        """The server's words to it do not matter."""

    # -- inside

    def _of(self, name: str) -> Room | None:
        channel = self.view.channel(name)
        return self._rooms.get(channel.room) if channel is not None else None

    def _check_topic(self, channel: Channel) -> None:
        """A server says nothing of a topic that is not set, and some not by whom one was."""
        topic, channel.pending_topic = channel.pending_topic, None
        if topic is None and not channel.topic_told and channel.topic:
            topic = ""
        event = channel.topic_is(topic, time.time()) if topic is not None else None
        if event is not None:
            self.view.keep(f"topic:{self.view.fold(channel.name)}", channel.topic or "")
            self.view.report(event)

    def _join(self, room: Room) -> None:
        self._cancel(room)
        if self.relay is not None and self.relay.up:
            key = (room.policy.password,) if room.policy.password else ()
            self._send(self.relay, "JOIN", room.name, *key)

    def _later(self, room: Room, detail: str, refused: bool = False) -> None:
        delays = self.config.rejoin
        delay = delays[-1] if refused else delays[min(room.failures, len(delays) - 1)]
        room.failures += 1
        self._tell(room, False, detail, refused)
        self._cancel(room)
        room.timer = asyncio.get_running_loop().call_later(delay, self._join, room)

    def _cancel(self, room: Room) -> None:
        if room.timer is not None:
            room.timer.cancel()
            room.timer = None

    def _settled(self, room: Room, done: asyncio.Future[tuple[str, ...]]) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        channel = self.view.channel(room.name)
        inside = self.relay is not None and channel is not None and self.relay in channel.listening
        if inside and self._rooms.get(room.ref) is room:
            self._tell(room, True)

    def _tell(self, room: Room, up: bool, detail: str = "", refused: bool = False) -> None:
        room.up = up
        status = RoomStatus(room.ref, up, detail, refused)
        if status != room.told:
            room.told = status
            self.view.observe(status)
            level = logging.INFO if up or room.policy.by_seats else logging.WARNING
            log.log(level, "%s: %s", room.ref, "joined" if up else detail)

    def _network(self, up: bool, detail: str) -> None:
        status = NetworkStatus(self.view.name, up, detail)
        if status != self._status:
            self._status = status
            self.view.observe(status)
            log.log(logging.INFO if up else logging.WARNING, "%s: %s", self.view.name,
                    "connected" if up else detail)  # fmt: skip

    def _identify(self, session: Session) -> None:
        self.view.remember_nick(session.nick, "relay")
        service = self.config.nickserv
        if service is None:
            return
        password, nick = service.password.get_secret_value(), self.config.nick
        if self.view.fold(session.nick) == self.view.fold(nick):
            self._send(session, "PRIVMSG", service.nick, f"IDENTIFY {password}")
            return
        self._send(session, "PRIVMSG", service.nick, f"IDENTIFY {nick} {password}")
        if service.recover:
            self._send(session, "PRIVMSG", service.nick, f"{service.recover} {nick} {password}")
            asyncio.get_running_loop().call_later(2.0, session.reclaim)

    def _send(self, session: Session, command: str, *params: str) -> None:
        try:
            session.send(command, *params)
        except Unavailable as error:
            log.info("%s: %s not sent: %s", self.view.name, command, error)
