"""What people with seats ask for: which part of the package does it."""

from bridge.model import Answer, Disconnect, Enter, Leave, Rejected, Rename, Request, Unavailable
from protocols.irc import nicks
from protocols.irc.encode import Unsendable
from protocols.irc.pool import Pool
from protocols.irc.seats.asking import Question
from protocols.irc.seats.crew import Seats

_NICK_REFUSALS = "431 432 433 436 437 438 447 484 902"


class Serving:
    """Takes the requests of a network's people."""

    def __init__(self, seats: Seats, pool: Pool):
        self.seats = seats
        self.pool = pool
        self.view = seats.view

    async def serve(self, request: Request) -> Answer:
        """See ``Seating.serve``."""
        try:
            return await self._serve(request)
        except Unsendable as error:
            raise Rejected(str(error), "malformed") from error

    async def _serve(self, request: Request) -> Answer:
        match request:
            case Enter():
                return await self._enter(request)
            case Leave():
                self.seats.leave(request.person.user, request.room, request.text)
                return None
            case Rename():
                return await self._rename(request)
            case Disconnect():
                self.seats.end(request.person.user, request.text)
                return None
            case _:
                raise Rejected("IRC cannot do this")

    async def _enter(self, request: Enter) -> Answer:
        answer = await self.seats.enter(request)
        channel = self.view.channel(request.room.id)
        if channel is not None:
            self.pool.show(request.person, channel, False, "here themselves now")
        return answer

    async def _rename(self, request: Rename) -> Answer:
        """Take another nick; the server decides."""
        sitter = self.seats.of(request.person.user)
        if sitter is None or sitter.up is None:
            raise Unavailable("not connected to IRC", sent=False)
        session, nick = sitter.up, request.nick.strip()
        if not nicks.possible(nick):
            raise Rejected(f"{nick!r} can be no nick on IRC", "nick")
        if session.nick == nick:
            return nick
        session.wish(nick)
        question = Question(refusals=_NICK_REFUSALS)
        await sitter.questions.ask(session, question, "NICK", nick)
        if self.view.fold(session.nick) != self.view.fold(nick):
            raise Rejected(f"the server left you your nick {session.nick}", "nick")
        session.wish(session.nick)
        return session.nick
