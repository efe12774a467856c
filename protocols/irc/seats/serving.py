"""What people with seats ask for: which part of the package does it."""

from collections.abc import Awaitable, Callable
from typing import Any

from bridge.model import (
    Answer,
    Configure,
    Describe,
    Disconnect,
    Enter,
    Invite,
    Leave,
    ListBans,
    ListRooms,
    Look,
    Moderate,
    Raw,
    Rejected,
    Rename,
    Request,
    SetAway,
    SetSubject,
    Unavailable,
    Whisper,
)
from protocols.irc import nicks
from protocols.irc.decode import Line
from protocols.irc.delivery import Delivery
from protocols.irc.encode import Unsendable
from protocols.irc.pool import Pool
from protocols.irc.seats.asking import Question
from protocols.irc.seats.console import Console
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.directory import Directory
from protocols.irc.seats.looking import Looking
from protocols.irc.seats.moderation import Moderation
from protocols.irc.seats.sitting import Sitter
from protocols.irc.seats.whispers import Whispers
from protocols.irc.session import Session

_NICK_REFUSALS = "431 432 433 436 437 438 447 484 902"


class Serving:
    """Takes the requests of a network's people."""

    def __init__(self, seats: Seats, pool: Pool, delivery: Delivery):
        self.seats = seats
        self.pool = pool
        self.view = seats.view
        self.console = Console(seats)
        self.looking = Looking(seats)
        self.whispers = Whispers(seats, delivery, self.console)
        moderation = Moderation(seats)
        self._handlers: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            Enter: self._enter,
            Leave: self._leave,
            Rename: self._rename,
            SetAway: self._away,
            Moderate: moderation.moderate,
            SetSubject: moderation.subject,
            Invite: moderation.invite,
            ListBans: moderation.bans,
            Look: self.looking.look,
            ListRooms: Directory(seats).rooms,
            Raw: self.console.raw,
            Describe: self._describe,
            Configure: seats.wardrobe.configure,
            Disconnect: self._disconnect,
        }
        seats.ears += [self._ctcp, self.whispers.heard]
        seats.mouths += [seats.greeter.told, self._words]

    async def serve(self, request: Request) -> Answer:
        """See ``Seating.serve``."""
        handler = self._handlers.get(type(request))
        if handler is None:
            raise Rejected("IRC cannot do this")
        try:
            return await handler(request)
        except Unsendable as error:
            raise Rejected(str(error), "malformed") from error

    async def whisper(self, whisper: Whisper) -> None:
        """See ``Seating.whisper``."""
        try:
            await self.whispers.whisper(whisper)
        except Unsendable as error:
            raise Rejected(str(error), "malformed") from error

    # -- what the server says

    def _ctcp(self, sitter: Sitter, session: Session, line: Line) -> bool:
        return line.command == "NOTICE" and self.looking.answered(session, line)

    def _words(self, sitter: Sitter, session: Session, line: Line) -> None:
        if line.command == "301":
            self.whispers.away(sitter, session, line)
        else:
            self.console.told(sitter, session, line)

    # -- what people want

    async def _enter(self, request: Enter) -> Answer:
        answer = await self.seats.enter(request)
        channel = self.view.channel(request.room.id)
        if channel is not None:
            self.pool.show(request.person, channel, False, "here themselves now")
        return answer

    async def _leave(self, request: Leave) -> None:
        self.seats.leave(request.person.user, request.room, request.text)

    async def _disconnect(self, request: Disconnect) -> None:
        self.seats.end(request.person.user, request.text)

    async def _describe(self, request: Describe) -> str:
        return self.console.describe(request)

    async def _away(self, request: SetAway) -> None:
        sitter = self.seats.of(request.person.user)
        if sitter is not None:
            sitter.away = request.reason
            self.seats.doors.away(sitter)

    async def _rename(self, request: Rename) -> str:
        """Take another nick; the server decides."""
        sitter = self.seats.of(request.person.user)
        if sitter is None or sitter.up is None:
            raise Unavailable("not connected to IRC", sent=False)
        session, nick = sitter.up, request.nick.strip()
        if not nicks.possible(nick):
            raise Rejected(f"{nick!r} can be no nick on IRC", "nick")
        if session.nick == nick:
            return nick
        question = Question(refusals=_NICK_REFUSALS)
        await sitter.questions.ask(session, question, "NICK", nick)
        if self.view.fold(session.nick) != self.view.fold(nick):
            raise Rejected(f"the server left you your nick {session.nick}", "nick")
        session.wish(session.nick)
        return session.nick
