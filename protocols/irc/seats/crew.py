"""The crew of people's own connections: makes them, keeps them, and tells what became of seats."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator

from msgspec import structs

from bridge.model import (
    Account,
    Enter,
    Entered,
    Invited,
    PuppetNamed,
    Rejected,
    RoomRef,
    SeatLost,
    SeatWaits,
    ServerSaid,
    Unavailable,
    UserRef,
)
from protocols.irc import nicks
from protocols.irc.channel import Channel
from protocols.irc.decode import Line
from protocols.irc.encode import one_line
from protocols.irc.ground import Ground
from protocols.irc.refusals import is_refusal
from protocols.irc.rooms import Rooms
from protocols.irc.seats.doors import Doors, How
from protocols.irc.seats.greeter import Greeter
from protocols.irc.seats.limits import Limits
from protocols.irc.seats.sitting import Seat, Sitter
from protocols.irc.seats.wardrobe import Wardrobe
from protocols.irc.session import Session
from protocols.irc.standings import Ranking
from protocols.irc.view import View

log = logging.getLogger(__name__)

_KILLED = re.compile(r"\bkilled\b", re.IGNORECASE)
_BANNED = re.compile(r"\b[a-z]-?lined?\b|\bbanned\b", re.IGNORECASE)
_MOST_FORWARDED = 100
_NO_LOGIN = "SASL log-in failed"
_NICK_TAKEN = "every nick that could be tried is taken or not allowed"


class Seats:
    """Everybody who has a connection of their own because they joined a channel themselves."""

    def __init__(self, view: View, ground: Ground, rooms: Rooms, ranking: Ranking):
        self.view = view
        self.ground = ground
        self.rooms = rooms
        self.ranking = ranking
        self.doors = Doors(view, ground, rooms, ranking.telling, self.end)
        self.limits = Limits(ground.config.seats)
        self.wardrobe = Wardrobe(view, ground.config)
        self.greeter = Greeter(view, self.wardrobe, self.doors)
        self._sitters: dict[UserRef, Sitter] = {}
        self._by_session: dict[Session, Sitter] = {}
        self.ears: list[Callable[[Sitter, Session, Line], bool]] = []
        """Who takes what is said to a person in private."""
        self.mouths: list[Callable[[Sitter, Session, Line], None]] = []
        """Who passes on the server's words."""
        self._turns = asyncio.Lock()
        self._next_turn = 0.0

    def __iter__(self) -> Iterator[Sitter]:
        return iter(self._sitters.values())

    def __len__(self) -> int:
        return len(self._by_session)

    def of(self, user: UserRef) -> Sitter | None:
        """Return somebody who has, or wants, a connection."""
        return self._sitters.get(user)

    def has(self, user: UserRef, room: RoomRef) -> bool:
        """Tell whether somebody has a seat: also while their connection is made anew."""
        sitter = self._sitters.get(user)
        seat = sitter.seats.get(room) if sitter is not None else None
        return seat is not None and (seat.here or seat.waits)

    def present(self, user: UserRef, room: RoomRef) -> Session | None:
        """Return somebody's connection that is in a channel now."""
        sitter = self._sitters.get(user)
        seat = sitter.seats.get(room) if sitter is not None else None
        return sitter.up if sitter is not None and seat is not None and seat.here else None

    def nick_of(self, user: UserRef) -> str | None:
        """Return what somebody is called, if they are connected."""
        sitter = self._sitters.get(user)
        return sitter.up.nick if sitter is not None and sitter.up is not None else None

    def is_writing(self, user: UserRef) -> bool:
        """Tell whether lines of theirs still wait in the flood bucket."""
        sitter = self._sitters.get(user)
        return sitter is not None and sitter.up is not None and sitter.up.waiting > 0

    # -- coming and going

    async def enter(self, request: Enter) -> Entered:
        """Seat somebody; return when the bridge knows who is there.

        Raises ``Rejected`` in the server's words, or ``Unavailable``.
        """
        await self.wardrobe.of(request.person.user)
        channel = self.view.channel(request.room.id)
        if channel is None or self.rooms.get(request.room) is None:
            raise Unavailable(f"{request.room} is not visited", sent=False)
        sitter = self._sitters.get(request.person.user)
        seat = sitter.seats.get(channel.room) if sitter is not None else None
        if seat is None:
            self.limits.join(request.person.user, len(sitter.seats) if sitter is not None else 0)
        if sitter is None:
            sitter = self._create(request.person, request.network, request.nick)
        sitter.network = request.network
        sitter.stay()
        if seat is None:
            if sitter.comes_back:
                raise Rejected("your connection to IRC is being made anew", "gone")
            seat = sitter.seats[channel.room] = Seat(channel, request.password)
        if seat.entering is None and not (seat.here and channel.known):
            seat.entering = asyncio.get_running_loop().create_future()
            if sitter.session is None:
                self._connect(sitter)
            elif sitter.up is not None and not seat.here:
                self.doors.join(sitter, [seat])
        if seat.entering is not None:
            await asyncio.shield(seat.entering)
        return sitter.answer(seat)

    async def reach(self, person: Account, network: str) -> Sitter:
        """Return somebody who is connected; if they have no seat, for a while only.

        Raises ``Rejected`` if they cannot be.
        """
        await self.wardrobe.of(person.user)
        sitter = self._sitters.get(person.user) or self._create(person, network, person.name)
        sitter.stay()
        sitter.used = time.monotonic()
        if sitter.up is None:
            if sitter.arriving is None:
                sitter.arriving = asyncio.get_running_loop().create_future()
            if sitter.session is None:
                self._connect(sitter)
            await asyncio.shield(sitter.arriving)
        self.doors.spare(sitter)
        return sitter

    def leave(self, user: UserRef, room: RoomRef, text: str) -> None:
        """Give a seat up."""
        sitter = self._sitters.get(user)
        seat = sitter.seats.pop(room, None) if sitter is not None else None
        if sitter is None or seat is None:
            return
        seat.entered(Rejected("left before the server answered", "gone"))
        if seat.here and sitter.up is not None:
            sitter.parting.add(room)
            self.doors.send(sitter.up, "PART", seat.channel.name, one_line(text)[:200])
        elif seat.waits:
            self.doors.unseat(sitter, seat)
        self.doors.spare(sitter)

    def empty(self, channel: Channel, reason: str) -> None:
        """End all seats in a channel that the bridge does not visit any more."""
        for sitter in list(self._sitters.values()):
            if channel.room in sitter.seats:
                self.view.observe(SeatLost(channel.room, sitter.account.user, "left", "", reason))
                self.leave(sitter.account.user, channel.room, reason)

    def end(self, user: UserRef, reason: str) -> None:
        """End somebody's connection, with all their seats."""
        sitter = self._sitters.pop(user, None)
        if sitter is None:
            return
        sitter.stay()
        for seat in list(sitter.seats.values()):
            self.doors.lose(sitter, seat, "left", "", reason)
        session, task = sitter.session, sitter.task
        sitter.session = sitter.task = None
        sitter.questions.lost(reason)
        if session is not None:
            connecting = not session.up
            self._by_session.pop(session, None)
            session.quit(one_line(reason) or self.ground.config.quit_message)
            if task is not None and connecting:
                task.cancel()

    def close(self, reason: str) -> list[Session]:
        """End all connections; return them, for whoever wants to wait."""
        sessions = [s.session for s in self._sitters.values() if s.session is not None]
        for user in list(self._sitters):
            self.end(user, reason)
        return sessions

    # -- crew

    async def turn(self, session: Session) -> None:
        """Connect one after the other, since servers take a crowd for an attack."""
        async with self._turns:
            await asyncio.sleep(self._next_turn - time.monotonic())
            self._next_turn = time.monotonic() + self.ground.config.seats.interval
        sitter, server = self._by_session.get(session), session.server
        if sitter is not None:
            secured = "encrypted" if server.tls else "not encrypted"
            self.say(sitter, f"Connecting to {server.host}:{server.port} ({secured})")

    def up(self, session: Session) -> None:
        """Registered: join what is wanted."""
        sitter = self._by_session.get(session)
        if sitter is None:
            return
        self.view.remember_nick(session.nick, str(sitter.account.user))
        sitter.arrived()
        self.say(sitter, "Connected to IRC server.")
        self.doors.away(sitter)
        if not sitter.seats:
            self.doors.spare(sitter)
        self.greeter.greet(sitter, session)

    def down(self, session: Session, reason: str) -> None:
        """Not connected: seats are kept while there is hope."""
        sitter = self._by_session.get(session)
        if sitter is None:
            return
        log.info("%s: %s: %s", self.view.name, session.profile.nick, reason)
        if session.refused_nick:
            sitter.lost = Rejected(f"{_NICK_TAKEN}: {session.refused_nick}", "nick")
        elif _NO_LOGIN in reason:
            sitter.lost = Rejected(reason, "forbidden")
        elif _BANNED.search(reason):
            sitter.lost = Rejected(reason, "banned")
        elif _KILLED.search(reason):
            sitter.lost = Rejected(reason, "gone")
        sitter.questions.lost(reason)
        sitter.parting.clear()
        sitter.put_into.clear()
        sitter.arrived(sitter.lost or Rejected(reason, "gone"))
        had = any(seat.here for seat in sitter.seats.values())
        self.say(sitter, f"Connection {'lost' if had else 'failed'}: {reason}")
        for seat in list(sitter.seats.values()):
            if not seat.here and not seat.waits:
                sitter.seats.pop(seat.room, None)
                seat.entered(sitter.lost or Rejected(reason, "gone"))
                continue
            seat.here = False
            seat.entered(sitter.lost or Rejected(reason, "gone"))
            if sitter.lost is None and not seat.waits:
                seat.waits = True
                self.view.observe(SeatWaits(seat.room, sitter.account.user, reason))
        if sitter.lost is not None or not sitter.seats:
            session.leaving = True

    def joined(self, session: Session, channel: Channel) -> None:
        """In, and it is known who else is."""
        sitter = self._by_session.get(session)
        seat = sitter.seats.get(channel.room) if sitter is not None else None
        if sitter is None or seat is None:
            self.doors.send(session, "PART", channel.name)
            return
        seat.here, seat.refusals = True, 0
        telling = self.ranking.telling
        if channel.known and len(channel.seated) == 1:
            telling.everybody(channel)
        telling.restood(channel, session.nick)
        if seat.waits:
            seat.waits = False
            self.view.observe(SeatWaits(channel.room, sitter.account.user, ""))
        if channel.known:
            seat.entered()
        else:
            channel.waiting.append(seat.entered)

    def left(self, session: Session, channel: Channel, by: str, reason: str) -> None:
        """Out of a channel: as they wished, or not."""
        sitter = self._by_session.get(session)
        if not channel.seated:
            self.rooms.deserted(channel.room)
        if sitter is None:
            return
        seat = sitter.seats.get(channel.room)
        if seat is None or channel.room in sitter.parting:
            sitter.parting.discard(channel.room)
            self.view.observe(PuppetNamed(channel.room, sitter.account.user, ""))
            return
        how: How = "kicked" if by else "left"
        if by and self.ranking.was_banned(channel, session.mask):
            how = "banned"
        self.doors.lose(sitter, seat, how, by, reason)
        self.doors.spare(sitter)

    def refused(self, session: Session, name: str, answer: Line) -> None:
        """Not let in, or invited."""
        sitter = self._by_session.get(session)
        if sitter is None:
            return
        if answer.command == "INVITE":
            who = answer.nick
            self.view.observe(Invited(sitter.network, name, sitter.account.user, who))
            return
        if answer.command == "470" and len(sitter.forwarded) < _MOST_FORWARDED:
            sitter.forwarded.add(self.view.fold(answer.param(2)))
        channel = self.view.channel(name)
        seat = sitter.seats.get(channel.room) if channel is not None else None
        if seat is not None and not seat.here:
            self.doors.not_let_in(sitter, seat, answer)

    def renamed(self, session: Session) -> None:
        """Another nick, wished for or not."""
        sitter = self._by_session.get(session)
        if sitter is None:
            return
        self.view.remember_nick(session.nick, str(sitter.account.user))
        for seat in sitter.seats.values():
            if seat.here:
                self.view.observe(PuppetNamed(seat.room, sitter.account.user, session.nick))

    def takes(self, session: Session, line: Line) -> bool:
        """Give answers to whoever asked, and private words to whoever passes them on."""
        sitter = self._by_session.get(session)
        if sitter is None:
            return False
        if sitter.questions.takes(line, self.view.fold):
            return True
        if line.command == "JOIN":
            return self.doors.put_into(sitter, line)
        return any(ear(sitter, session, line) for ear in self.ears)

    def told(self, session: Session, line: Line) -> None:
        """Pass on the server's words. Some answers, about nicks, also belong to the registration
        and come here."""
        sitter = self._by_session.get(session)
        if sitter is None or sitter.questions.takes(line, self.view.fold):
            return
        channel = self.view.channel(line.param(1)) if is_refusal(line) else None
        seat = sitter.seats.get(channel.room) if channel is not None else None
        if seat is not None and seat.entering is not None and not seat.here:
            self.doors.not_let_in(sitter, seat, line)
        else:
            for mouth in self.mouths:
                mouth(sitter, session, line)

    def say(self, sitter: Sitter, text: str) -> None:
        """Tell somebody how their connection is."""
        self.view.observe(ServerSaid(sitter.network, sitter.account.user, text))

    # -- inside

    def _create(self, person: Account, network: str, nick: str) -> Sitter:
        self.limits.connect(person.user, len(self._sitters))
        nick = nick.strip()
        if not nicks.possible(nick):
            nick = nicks.wanted("{name}", nick, 30)
        account = structs.replace(person, name=nick)
        network = network or self.ground.config.servers[0].host.lower()
        sitter = self._sitters[account.user] = Sitter(account, network)
        return sitter

    def _connect(self, sitter: Sitter) -> None:
        account = sitter.account
        session = Session(self.ground, self, self.wardrobe.profile(account))
        session.login = self.wardrobe.login(account)
        login = session.login
        session.login_required = login is not None and login.mechanism != "EXTERNAL"
        sitter.session = session
        sitter.lost = None
        self._by_session[session] = sitter
        sitter.task = asyncio.create_task(session.run(), name=f"seat {account.user}")
        sitter.task.add_done_callback(lambda _: self._gave_up(sitter, session))

    def _gave_up(self, sitter: Sitter, session: Session) -> None:
        """The connection is over, and is not made anew."""
        self._by_session.pop(session, None)
        if sitter.session is not session:
            return
        sitter.session = sitter.task = None
        lost = sitter.lost or Rejected("the connection could not be made anew", "gone")
        banned = isinstance(lost, Rejected) and lost.why == "banned"
        for seat in list(sitter.seats.values()):
            self.doors.lose(sitter, seat, "banned" if banned else "link", "", str(lost))
        self._sitters.pop(sitter.account.user, None)
