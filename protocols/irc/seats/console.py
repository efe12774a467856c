"""The words of the server itself, for one person alone; and their own lines to it."""

import time

from bridge.model import Describe, Raw, ServerSaid
from protocols.irc.decode import Line, mask
from protocols.irc.formatting import strip
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.own_lines import words
from protocols.irc.seats.sitting import Sitter
from protocols.irc.session import Session

_SILENT_NUMERICS = (
    "004 005 042 263 301 302 305 306 315 318 323 324 328 329 331 332 333 341 352 353 354 366 368"
    " 433 903"
)
_SILENT_WORDS = (
    "BATCH CAP AUTHENTICATE PING PONG ACK TAGMSG JOIN PART QUIT KICK NICK MODE ACCOUNT CHGHOST AWAY"
    " SETNAME REDACT ERROR PRIVMSG"
)
_SILENT = frozenset(f"{_SILENT_NUMERICS} {_SILENT_WORDS}".split())
"""What answers our own questions, or is told in another way."""
_MOST_MOTD = 200
"""Lines of a message of the day that are passed on."""


class Console:
    """Tells people what their server says."""

    def __init__(self, seats: Seats):
        self.seats = seats
        self.view = seats.view

    def told(self, sitter: Sitter, session: Session, heard: Line) -> None:
        """Pass on a line for which nobody else has a use."""
        command = heard.command
        if command in ("372", "375", "377"):
            if len(sitter.motd) < _MOST_MOTD:
                sitter.motd.append(strip(heard.params[-1]) if heard.params else "")
        elif command in ("376", "422"):
            self.say(sitter, "\n".join(sitter.motd), heard.source)
            sitter.motd.clear()
        elif command == "NOTICE":
            self.say(sitter, strip(heard.param(1)), heard.nick)
        elif command not in _SILENT:
            self.say(sitter, strip(" ".join(heard.params[1:])), heard.source)

    def say(self, sitter: Sitter, text: str, sender: str = "") -> None:
        """Tell a person something; without a sender they are our own words."""
        if text.strip():
            person = sitter.account.user
            self.view.observe(ServerSaid(sitter.network, person, text, mask(sender).nick))

    async def raw(self, request: Raw) -> None:
        """Send a person's own line to their server.

        Raises ``Rejected`` for what would break the connection or go round the rooms.
        """
        own = words(request.line, self.view.traits)
        sitter = await self.seats.reach(request.person, request.network)
        if sitter.up is not None:
            sitter.up.send(*own)

    def describe(self, request: Describe) -> str:
        """Say how a person's connection is."""
        sitter = self.seats.of(request.person.user)
        if sitter is None or sitter.session is None:
            return f"You are not connected to {request.network}."
        session = sitter.session
        if not session.up:
            return f"Your connection to {request.network} is being made anew."
        server = session.server
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(session.since))
        secured = " (using TLS)" if server.tls else ""
        rooms = [seat.channel.name for seat in sitter.seats.values() if seat.here]
        first = (
            f"Connected to IRC server {server.host} on port {server.port}{secured} since {since}"
            f" as {session.nick}"
        )
        return "\n".join([first, *rooms])
