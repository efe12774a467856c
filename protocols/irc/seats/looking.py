"""What people ask about others: who they are (WHOIS), what they use and how far they are (CTCP)."""

import asyncio
import time

from bridge.model import Look, Rejected, Unavailable
from protocols.irc.decode import Ctcp, Line, said
from protocols.irc.formatting import strip
from protocols.irc.seats.asking import Question
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.sitting import Sitter
from protocols.irc.session import Session

PATIENCE = 15.0
"""Seconds that a person's client gets to answer."""
_WHOIS = "276 301 307 310 311 312 313 317 319 320 330 335 338 344 378 379 671"
_LONGEST = 1000


class Looking:
    """Asks the server, or the other person's client."""

    def __init__(self, seats: Seats):
        self.seats = seats
        self.view = seats.view
        self._waiting: dict[tuple[Session, str, str], asyncio.Future[str]] = {}

    async def look(self, request: Look) -> str:
        """See ``Look``. Raises ``Rejected`` in the server's words, or ``Unavailable``."""
        sitter = await self.seats.reach(request.person, request.network)
        session = sitter.up
        if session is None:
            raise Unavailable("not connected to IRC", sent=False)
        if request.what == "whois":
            return await self._whois(sitter, session, request.nick)
        return await self._ctcp(sitter, session, request.nick, request.what.upper())

    def answered(self, session: Session, line: Line) -> bool:
        """Take a CTCP answer that somebody waits for."""
        content = said("NOTICE", line.param(1)) if self._waiting else None
        if not isinstance(content, Ctcp):
            return False
        waiting = self._waiting.get((session, self.view.fold(line.nick), content.command))
        if waiting is None or waiting.done():
            return False
        waiting.set_result(strip(content.text)[:_LONGEST])
        return True

    async def _whois(self, sitter: Sitter, session: Session, nick: str) -> str:
        question = Question(
            [self.view.fold(nick)], answers=_WHOIS, ends="318", refusals="401 402 431 461"
        )
        lines = await sitter.questions.ask(session, question, "WHOIS", nick, seconds=PATIENCE)
        return "\n".join(map(fact, lines))

    async def _ctcp(self, sitter: Sitter, session: Session, nick: str, what: str) -> str:
        key = (session, self.view.fold(nick), what)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        asked = time.monotonic()
        text = f"\x01{what} {int(asked * 1000)}\x01" if what == "PING" else f"\x01{what}\x01"
        try:
            question = Question([self.view.fold(nick)], refusals="401 404 477 531 716")
            await sitter.questions.ask(session, question, "PRIVMSG", nick, text)
            async with asyncio.timeout(PATIENCE):
                answer = await asyncio.shield(waiting)
        except TimeoutError:
            raise Rejected(f"{nick} does not answer", "gone") from None
        finally:
            self._waiting.pop(key, None)
        return f"{time.monotonic() - asked:.3f} s" if what == "PING" else answer


def fact(line: Line) -> str:
    """Write one line of a WHOIS as a fact."""
    rest = [strip(word) for word in line.params[2:]] or [""]
    match line.command:
        case "311":
            return f"{line.param(1)} is {rest[0]}@{line.param(3)} ({rest[-1]})"
        case "312":
            return f"connected to {rest[0]} ({rest[-1]})"
        case "317":
            since = line.param(3)
            when = time.gmtime(int(since)) if since.isdigit() and len(since) < 12 else None
            signed_on = f", signed on {time.strftime('%Y-%m-%d %H:%M UTC', when)}" if when else ""
            return f"idle for {rest[0]} s{signed_on}"
        case "319":
            return f"in {rest[-1].strip()}"
        case "330":
            return f"logged in as {rest[0]}"
        case "301":
            return f"away: {rest[-1]}"
        case _:
            return " ".join(rest)
