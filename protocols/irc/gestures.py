"""What people do without a line of text: reactions and typing (TAGMSG), redactions (REDACT)."""

import time

from cachetools import LRUCache

from bridge.model import Account, MessageRetracted, Reacted
from protocols.irc.arrivals import Arrivals, Handler
from protocols.irc.caps import REDACTION
from protocols.irc.channel import Channel
from protocols.irc.composing import Composing
from protocols.irc.decode import Line, ids, said_at
from protocols.irc.encode import one_line
from protocols.irc.evidence import plain
from protocols.irc.formatting import strip
from protocols.irc.session import Session
from protocols.irc.tags import TYPING, reaction, signature
from protocols.irc.view import View

_REMEMBERED = 2048
"""Messages of which we know who wrote them, to tell an author from a moderator."""
_LONGEST = 512
"""Characters of an id that somebody else made up."""
_REASON = 400


class Gestures:
    """Reports them. The bridge checks whether what they name exists, and whose it is."""

    def __init__(self, view: View, arrivals: Arrivals, composing: Composing):
        self.view = view
        self.arrivals = arrivals
        self.composing = composing
        self._authors: LRUCache[str, Account] = LRUCache(_REMEMBERED)
        self.handlers: dict[str, Handler] = {"TAGMSG": self._tagged, "REDACT": self._redacted}

    def wrote(self, author: Account, names: tuple[str, ...]) -> None:
        """Remember whose a message, or a reaction, is."""
        for name in names:
            self._authors[name] = author

    def said(self, channel: Channel, author: Account, names: tuple[str, ...]) -> None:
        """Take note of a message: whose it is, and that they have written it."""
        self.wrote(author, names)
        self.composing.spoke(channel, author)

    # -- typing and reactions

    def _tagged(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        found = reaction(line.tags)
        if channel is None:
            return
        if found is None:
            self._typing(session, channel, line, raw)
            return
        heard = self._heard(session, channel, line, raw)
        if heard is None:
            return
        when, played_back = heard
        if self.view.is_ours(line.nick, played_back):
            self.view.witnessed(channel, line, plain(signature(line.tags)))
        elif "!" in line.source:
            author = self.arrivals.author(channel, line, played_back)
            self.wrote(author, ids(line))
            self.view.report(
                Reacted(
                    room=channel.room,
                    author=author,
                    target=found.target,
                    key=found.key,
                    time=when,
                    added=found.added,
                    ids=ids(line),
                )
            )

    def _typing(self, session: Session, channel: Channel, line: Line, raw: bytes) -> None:
        state = line.tags.get(TYPING)
        if not state or not raw or channel.listening.listener is not session:
            return
        if line.nick not in channel.members or session.batches.played_back(line):
            return
        self.composing.heard(channel, self.arrivals.author(channel, line, False), state)

    # -- redactions

    def _redacted(self, session: Session, line: Line, raw: bytes) -> None:
        channel, msgid = self.view.channel(line.param(0)), line.param(1)
        if channel is None or not 0 < len(msgid) <= _LONGEST or REDACTION not in session.caps:
            return
        heard = self._heard(session, channel, line, raw)
        if heard is None:
            return
        when, played_back = heard
        if self.view.is_ours(line.nick, played_back):
            self.view.witnessed(channel, line, plain(msgid))
            return
        target = f"msgid:{msgid}"
        author = None
        if "!" in line.source:
            author = self.arrivals.author(channel, line, played_back)
            writer = self._authors.get(target)
            if writer and not played_back and self.view.people.is_hand(line.nick, writer):
                author = writer  # as it was then: they may have logged in since
        self.view.report(
            MessageRetracted(
                room=channel.room,
                target=target,
                time=when,
                author=author,
                moderated=self._by_another(target, author),
                reason=one_line(strip(line.param(2)))[:_REASON],
                ids=ids(line),
            )
        )

    def _by_another(self, target: str, author: Account | None) -> bool:
        """Tell whether somebody did this to another's message. That the server passed it on says
        that they may; whether it is another's is only told where we know for certain."""
        if author is None or self.view.evidence.is_copy(target):
            return True
        writer = self._authors.get(target)
        if writer is None:
            return False
        return (writer.user, writer.authority) != (author.user, author.authority)

    # -- both

    def _heard(
        self, session: Session, channel: Channel, line: Line, raw: bytes
    ) -> tuple[float, bool] | None:
        """Return when it was done, and whether it is history. None: it is not news to us."""
        now, played_back = time.time(), session.batches.played_back(line)
        if not channel.listening.hears(session, raw, now, played_back):
            return None
        when = said_at(line, line.arrived or now)
        if not channel.listening.fresh(line, when, played_back):
            return None
        return when, played_back
