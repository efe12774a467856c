"""Answers to people who talk to our connections in private: CTCP queries, and that we are no one.
Rate-limited, never bridged, never to a NOTICE (semantics.md 1.3)."""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from importlib.metadata import version

from bridge.model import Unavailable
from protocols.irc.decode import Ctcp, Line, parse
from protocols.irc.encode import Unsendable, one_line
from protocols.irc.listener import Kept
from protocols.irc.session import Session

log = logging.getLogger(__name__)

WINDOW = 10.0
MOST = 3
"""As many answers in a window, to everybody together: queries must not eat the flood bucket."""
EVERY = 60.0
"""Seconds between two notices to one person."""


class Courtesy:
    """Knows whom we answered lately."""

    def __init__(self) -> None:
        self._answers: deque[float] = deque(maxlen=MOST)
        self._notices: dict[tuple[str, str], float] = {}

    def answer(self, session: Session, nick: str, query: Ctcp) -> None:
        """Answer VERSION, PING, TIME and CLIENTINFO, in private."""
        words = {
            "VERSION": f"Tercet {version('tercet')}",
            "TIME": formatdate(localtime=True),
            "PING": one_line(query.text)[:64],
            "CLIENTINFO": "ACTION CLIENTINFO PING TIME VERSION",
        }.get(query.command)
        if words is None or not self.may_answer():
            return
        self._notice(session, nick, f"\x01{query.command} {words}\x01")

    def decline(self, session: Session, nick: str) -> None:
        """Tell somebody that nobody reads this."""
        if self.may_tell(nick, "private"):
            text = "I belong to a bridge. Private messages are not passed on; please use a channel."
            self._notice(session, nick, text)

    def may_tell(self, whom: str, cause: str) -> bool:
        """Tell whether somebody may be told something again, and note that they are."""
        now = time.monotonic()
        if now - self._notices.get((whom, cause), -EVERY) < EVERY:
            return False
        self._notices = {k: t for k, t in self._notices.items() if now - t < EVERY}
        self._notices[whom, cause] = now
        return True

    def may_answer(self) -> bool:
        """Tell whether one more query may be answered, and note that it is."""
        now = time.monotonic()
        if len(self._answers) == MOST and now - self._answers[0] < WINDOW:
            return False
        self._answers.append(now)
        return True

    def _notice(self, session: Session, nick: str, text: str) -> None:
        try:
            session.send("NOTICE", nick, text)
        except (Unavailable, Unsendable) as error:
            log.debug("no answer to %s: %s", nick, error)


def parsed(kept: Iterable[Kept], charset: str) -> Iterator[Line]:
    """Decode lines that a standby kept."""
    for arrived, raw, played_back in kept:
        line = parse(raw, charset)
        if line is not None:
            line.arrived, line.played_back = arrived, played_back
            yield line
