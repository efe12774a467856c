"""How people get into channels, and out of them: what is asked of the server, what a refusal
means, when a seat is lost."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

from bridge.model import Invited, PuppetNamed, Rejected, SeatLost, Unavailable, UserRef
from bridge.model.commands import Why
from protocols.irc.decode import Line
from protocols.irc.encode import Unsendable, one_line
from protocols.irc.evidence import Expectation
from protocols.irc.ground import Ground
from protocols.irc.refusals import final
from protocols.irc.rooms import Rooms
from protocols.irc.seats.sitting import Seat, Sitter
from protocols.irc.session import Session
from protocols.irc.telling import Telling
from protocols.irc.view import View

log = logging.getLogger(__name__)

How = Literal["kicked", "banned", "left", "link"]


LINGER = 600.0
"""Seconds for which a connection without a seat stays after it was last needed."""
STAY = 60.0
"""Seconds that people have to come to a channel to which the server has joined them."""

_MOST_FORCED = 20
_MOST_AT_ONCE = 10
_JOIN_BYTES = 400


class Doors:
    """The doors of all channels of a network."""

    def __init__(
        self, view: View, ground: Ground, rooms: Rooms, telling: Telling,
        end: Callable[[UserRef, str], None],
    ):  # fmt: skip
        self.view = view
        self.telling = telling
        self.ground = ground
        self.rooms = rooms
        self.end = end

    def join(self, sitter: Sitter, seats: list[Seat]) -> None:
        """Join channels."""
        session = sitter.up
        if session is None:
            return
        for seat in seats:
            source = sitter.put_into.pop(self.view.fold(seat.channel.name), "")
            if source:
                self._take_up(session, seat, source)
        for group in grouped(seats):
            expected = Expectation("", 0, "JOIN", "\0", "")
            names = ",".join(seat.channel.name for seat in group)
            try:
                session.request(expected, names, *filter(None, [group[0].key]))
            except Unsendable as error:
                self._no_answer(sitter, group[0], Rejected(str(error), "password"))
            except Unavailable as error:
                for seat in group:
                    self._no_answer(sitter, seat, Rejected(str(error), "limit"))
            else:
                expected.outcome.add_done_callback(partial(self._dealt_with, sitter, group))

    def put_into(self, sitter: Sitter, line: Line) -> bool:
        """The server has joined them to a channel that the bridge does not know: they are invited,
        and stay for a while in case they come. False: leave it."""
        name = line.param(0)
        key = self.view.fold(name)
        if key in sitter.forwarded:
            sitter.forwarded.discard(key)
            return False
        if len(sitter.put_into) >= _MOST_FORCED:
            return False
        sitter.put_into[key] = line.source
        self.view.observe(Invited(sitter.network, name, sitter.account.user))
        asyncio.get_running_loop().call_later(STAY, self._leave_again, sitter, name)
        return True

    def away(self, sitter: Sitter) -> None:
        """Say on their connection whether they are away."""
        session = sitter.up
        if session is None or session.away == sitter.away:
            return
        session.away = sitter.away
        self.send(session, "AWAY", *filter(None, [one_line(sitter.away or "")[:200]]))
        for seat in sitter.seats.values():
            if seat.here:
                self.telling.restood(seat.channel, session.nick)

    def _leave_again(self, sitter: Sitter, name: str) -> None:
        if sitter.put_into.pop(self.view.fold(name), None) and sitter.up is not None:
            self.send(sitter.up, "PART", name)

    def _take_up(self, session: Session, seat: Seat, source: str) -> None:
        """They come to a channel to which the server had joined them before."""
        name = seat.channel.name
        self.ground.take(session, Line("JOIN", [name], source), b":")
        self.send(session, "TOPIC", name)
        self.send(session, "NAMES", name)

    def _dealt_with(
        self, sitter: Sitter, group: list[Seat], done: "asyncio.Future[tuple[str, ...]]"
    ) -> None:
        """The server has answered everything up to a JOIN, and played back what it remembers."""
        if done.exception() is not None:
            return
        for seat in group:
            if seat.here:
                self.rooms.settled(seat.room)
            elif sitter.seats.get(seat.room) is seat and not seat.refusals:
                silence = Rejected("the server did not say whether it lets you in", "refused")
                self._no_answer(sitter, seat, silence)

    def _no_answer(self, sitter: Sitter, seat: Seat, error: Rejected) -> None:
        if sitter.seats.get(seat.room) is seat and not seat.here:
            if seat.waits:
                self.lose(sitter, seat, "left", "", str(error))
            else:
                sitter.seats.pop(seat.room)
                seat.entered(error)
            self.spare(sitter)

    def not_let_in(self, sitter: Sitter, seat: Seat, answer: Line) -> None:
        """Refused. Somebody who had the seat before may have it again in a while: services may
        have to know them first."""
        error: Rejected = final(answer)
        if error.why == "moved":
            error = Rejected(f"{seat.channel.name} forwards to {answer.param(2)}", "moved")
        delays = self.ground.config.rejoin
        if not seat.waits or seat.refusals >= len(delays):
            seat.refusals = 0
            how: How = "banned" if error.why == "banned" else "left"
            if seat.waits:
                self.lose(sitter, seat, how, "", str(error))
            else:
                sitter.seats.pop(seat.room)
                seat.entered(error)
            self.spare(sitter)
            return
        delay = delays[seat.refusals]
        seat.refusals += 1
        asyncio.get_running_loop().call_later(delay, self._again, sitter, seat)

    def _again(self, sitter: Sitter, seat: Seat) -> None:
        if sitter.seats.get(seat.room) is seat and not seat.here:
            self.join(sitter, [seat])

    def lose(self, sitter: Sitter, seat: Seat, how: How, by: str, reason: str) -> None:
        """End a seat that nobody has given up, and tell whoever has or wants it."""
        if seat.waits or seat.entering is None:
            self.view.observe(SeatLost(seat.room, sitter.account.user, how, by, reason))
        why: Why = "banned" if how == "banned" else "gone"
        seat.entered(Rejected(reason or "the seat was lost", why))
        self.unseat(sitter, seat)

    def unseat(self, sitter: Sitter, seat: Seat) -> None:
        """Forget a seat; nobody is called anything there."""
        sitter.seats.pop(seat.room, None)
        self.view.observe(PuppetNamed(seat.room, sitter.account.user, ""))

    def spare(self, sitter: Sitter) -> None:
        """Nobody may need the connection any more: wait a moment, in case they change channels."""
        if sitter.seats or sitter.ends is not None:
            return
        delay = sitter.used + LINGER - time.monotonic() if sitter.used else 0.0
        if sitter.up is not None:
            delay = max(delay, self.ground.config.seats.grace)
        loop = asyncio.get_running_loop()
        user = sitter.account.user
        sitter.ends = loop.call_later(delay, self.end, user, "")

    def send(self, session: Session, command: str, *params: str) -> None:
        """Send a line if that is possible."""
        try:
            session.send(command, *params)
        except (Unavailable, Unsendable) as error:
            log.info("%s: %s not sent: %s", self.view.name, command, error)


def grouped(seats: Iterable[Seat]) -> list[list[Seat]]:
    """Put channels together that can be joined in one line: no passwords, and not too long."""
    groups: list[list[Seat]] = []
    room = 0
    for seat in seats:
        length = len(seat.channel.name.encode()) + 1
        if seat.key:
            groups.insert(0, [seat])
        elif room < length or len(groups[-1]) >= _MOST_AT_ONCE:
            groups.append([seat])
            room = _JOIN_BYTES - length
        else:
            groups[-1].append(seat)
            room -= length
    return groups
