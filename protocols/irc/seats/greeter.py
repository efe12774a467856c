"""What a person's connection does first: identify, send their own commands, join."""

import asyncio
import logging

from bridge.model import Rejected, Unavailable
from protocols.irc.decode import Line
from protocols.irc.encode import Unsendable
from protocols.irc.seats.doors import Doors
from protocols.irc.seats.own_lines import words
from protocols.irc.seats.sitting import Sitter
from protocols.irc.seats.wardrobe import Wardrobe
from protocols.irc.session import Session
from protocols.irc.view import View

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds that NickServ gets to know somebody, before they join all the same."""
_IDENTIFIED = "900"


class Greeter:
    """Greets servers."""

    def __init__(self, view: View, wardrobe: Wardrobe, doors: Doors):
        self.view = view
        self.wardrobe = wardrobe
        self.doors = doors
        self._identifying: dict[Session, asyncio.TimerHandle] = {}

    def greet(self, sitter: Sitter, session: Session) -> None:
        """Do what comes first; whoever must identify joins when that is done."""
        mine = self.wardrobe.known(sitter.account.user)
        for command in mine.commands():
            self._say(session, command)
        password = self.wardrobe.secret(mine, "nickserv_password")
        if not password:
            self._join(sitter)
            return
        name = mine.server.get("sasl_account", "")
        service = self.doors.ground.config.nickserv
        nick = service.nick if service is not None else "NickServ"
        who = f"{name} " if name else ""
        self.doors.send(session, "PRIVMSG", nick, f"IDENTIFY {who}{password}")
        loop = asyncio.get_running_loop()
        self._identifying[session] = loop.call_later(PATIENCE, self._done, sitter, session)

    def told(self, sitter: Sitter, session: Session, line: Line) -> None:
        """The server may say that they are identified."""
        if line.command == _IDENTIFIED and session in self._identifying:
            self._done(sitter, session)

    def _done(self, sitter: Sitter, session: Session) -> None:
        timer = self._identifying.pop(session, None)
        if timer is not None:
            timer.cancel()
        if sitter.up is session:
            self._join(sitter)

    def _join(self, sitter: Sitter) -> None:
        self.doors.join(sitter, [seat for seat in sitter.seats.values() if not seat.here])

    def _say(self, session: Session, command: str) -> None:
        try:
            session.send(*words(command, session.traits))
        except (Unavailable, Unsendable, Rejected) as error:
            log.info("%s: a command after connecting was not sent: %s", self.view.name, error)
