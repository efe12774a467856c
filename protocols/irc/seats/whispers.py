"""Private messages between people with connections of their own and people on IRC."""

import logging
import time

from bridge.model import (
    Delivered,
    PrivateSent,
    Rejected,
    StorageFailed,
    Unavailable,
    Whisper,
)
from bridge.model import plain as plain_text
from protocols.irc.decode import Ctcp, Line, account, ids, mask, said, said_at
from protocols.irc.delivery import Delivery
from protocols.irc.formatting import strip
from protocols.irc.seats.console import Console
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.sitting import Sitter
from protocols.irc.session import Session

log = logging.getLogger(__name__)

_MOST_UNDER_WAY = 1000
"""Private messages that wait to be stored, before more are dropped."""


class Whispers:
    """Carries them, both ways."""

    def __init__(self, seats: Seats, delivery: Delivery, console: Console):
        self.seats = seats
        self.view = seats.view
        self.delivery = delivery
        self.console = console
        self._under_way = 0

    # -- from IRC

    def heard(self, sitter: Sitter, session: Session, line: Line) -> bool:
        """Take what is said to a person in private."""
        if line.command not in ("PRIVMSG", "NOTICE") or len(line.params) < 2:
            return False
        if self.view.fold(line.nick) == self.view.fold(session.nick):
            return True  # an echo of their own words
        content = said(line.command, line.params[1])
        if isinstance(content, Ctcp):
            return line.command == "NOTICE"
        talk = sitter.talks.get(self.view.fold(line.nick))
        if "!" not in line.source or (line.command == "NOTICE" and talk is None):
            self.console.told(sitter, session, Line("NOTICE", line.params, line.source))
            return True
        if not content.attached and not plain_text(content).strip():
            return True
        author = self.view.people.passing(mask(line.source), account(line))
        sitter.talk(self.view.fold(line.nick)).authority = author.authority
        private = PrivateSent(
            author=author,
            network=sitter.account.user.network,
            to=sitter.account.user.id,
            content=content,
            time=said_at(line, time.time()),
            ids=ids(line),
        )
        if self._under_way >= _MOST_UNDER_WAY:
            log.warning("%s: private messages come too fast; one is dropped", self.view.name)
            return True
        self._under_way += 1
        self.view.chore(self._pass_on(private))
        return True

    def away(self, sitter: Sitter, session: Session, line: Line) -> None:
        """Somebody who was written to is away (301): tell it once."""
        talk = sitter.talks.get(self.view.fold(line.param(1)))
        words = strip(line.param(2))
        if talk is not None and talk.away != words:
            talk.away = words
            self.console.say(sitter, f"{line.param(1)} is away: {words}", line.param(1))

    # -- to IRC

    async def whisper(self, whisper: Whisper) -> None:
        """See ``Seating.whisper``. Raises ``Rejected`` or ``Unavailable``."""
        sitter = await self.seats.reach(whisper.speaker, "")
        session, nick = sitter.up, whisper.to
        if session is None:
            raise Unavailable("not connected to IRC", sent=False)
        if not nick or self.view.traits.is_channel(nick) or any(c in nick for c in " ,\r\n\0"):
            raise Rejected(f"{nick!r} is no nick", "unknown")
        self._check_hand(sitter, nick)
        parts = self.delivery.private_parts(whisper.content, session, nick)
        done = await self._say(whisper, session, nick, parts)
        log.debug("%s: a private message in %d lines", self.view.name, len(done.parts))

    async def _say(
        self, whisper: Whisper, session: Session, nick: str, parts: tuple[str, ...]
    ) -> Delivered:
        done = self.delivery.said_already(whisper.key, parts) if whisper.doubtful else 0
        if done == len(parts):
            return Delivered()
        return await self.delivery.say(whisper.key, session, nick, parts, done, action=True)

    def _check_hand(self, sitter: Sitter, nick: str) -> None:
        """Refuse once to write to somebody who has taken over a nick within a conversation."""
        person = self.view.people.get(nick)
        talk = sitter.talk(self.view.fold(nick))
        authority = self.view.people.account(person).authority if person is not None else ""
        before, talk.authority = talk.authority, authority or talk.authority
        if authority and before and authority != before:
            logged_in = person is not None and person.epoch == before
            if not logged_in:
                raise Rejected(
                    f"{nick} is somebody else now than before in this conversation;"
                    " send it again if you mean them",
                    "unknown",
                )

    # -- inside

    async def _pass_on(self, private: PrivateSent) -> None:
        try:
            if self.view.host is not None:
                await self.view.host.whisper(private)
        except StorageFailed:
            log.warning("%s: a private message could not be stored", self.view.name)
        finally:
            self._under_way -= 1
