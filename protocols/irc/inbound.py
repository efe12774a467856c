"""What the lines of the network mean: messages, topics, refusals. (Membership: ``arrivals``.)"""

import logging
import time

from bridge.model import Account, MessageSent, TopicChanged
from bridge.model import plain as plain_text
from protocols.irc import courtesy
from protocols.irc.arrivals import Arrivals
from protocols.irc.channel import Channel
from protocols.irc.composing import Composing
from protocols.irc.decode import Ctcp, Line, account, ids, mask, parse, said, said_at
from protocols.irc.evidence import Sighting, plain
from protocols.irc.gestures import Gestures
from protocols.irc.listener import Kept
from protocols.irc.naming import Naming
from protocols.irc.refusals import is_refusal, refusal
from protocols.irc.session import Session
from protocols.irc.standings import Ranking
from protocols.irc.tags import reference
from protocols.irc.telling import Telling
from protocols.irc.view import View

log = logging.getLogger(__name__)

_REFUSALS = "403 405 437 470 471 473 474 475 476 477 479 489 495 520"
JOIN_REFUSALS = frozenset(_REFUSALS.split())


class Inbound:
    """Takes every line that concerns more than one connection."""

    def __init__(self, view: View, composing: Composing, telling: Telling, ranking: Ranking):
        self.view = view
        self.arrivals = Arrivals(view, self._again, telling, ranking)
        self.naming = Naming(self.arrivals)
        self.gestures = Gestures(view, self.arrivals, composing)
        self.courtesy = courtesy.Courtesy()
        self._handlers = {
            "PRIVMSG": self._said,
            "NOTICE": self._said,
            "TOPIC": self._topic,
            "331": self._no_topic,
            "332": self._topic_told,
            "333": self._topic_set,
            "BATCH": self._batch,
            "396": self._new_host,
            "INVITE": self._invite,
            **self.arrivals.handlers,
            **self.naming.handlers,
            **self.gestures.handlers,
        }

    def take(self, session: Session, line: Line, raw: bytes) -> None:
        """Act on one line of one session."""
        label = session.batches.label(line)
        if label and session.pending.answered(label, line, ids(line)):
            self._own_echo(session, line)
            return
        handler = self._handlers.get(line.command)
        if handler is not None:
            handler(session, line, raw)
        elif session.crew.takes(session, line):
            return
        elif is_refusal(line):
            self._refused(session, line)
        else:
            session.crew.told(session, line)

    def _again(self, channel: Channel, kept: list[Kept]) -> None:
        """Look again at the lines of a standby that now listens."""
        listener = channel.listening.listener
        if isinstance(listener, Session):
            for line in courtesy.parsed(kept, listener.ground.config.charset):
                self._replay(listener, line)

    def _replay(self, listener: Session, line: Line) -> None:
        handler = self._handlers.get(line.command)
        if handler is None:
            return
        try:
            handler(listener, line, b"")
        except Exception:
            log.exception("%s: cannot handle %.200r", listener.nick, line)

    # -- messages

    def _said(self, session: Session, line: Line, raw: bytes) -> None:
        if len(line.params) < 2:
            return
        target = line.params[0]
        channel = self.view.channel(target)
        if line.guessed and session.profile.charsets:
            line = _reread(session, line, raw, self.view.fold(target) if channel else "")
        if channel is None:
            if target[:1] not in self.view.traits.status_prefixes or not target:
                self._private(session, line)
            return  # STATUSMSG: for operators only, and so not for the other networks
        now = time.time()
        played_back = session.batches.played_back(line)
        if not channel.listening.hears(session, raw, now, played_back):
            return
        channel.played_back |= played_back
        when = said_at(line, line.arrived or now)
        if not channel.listening.fresh(line, when, played_back):
            return
        if self.view.is_ours(line.nick, played_back):
            self._own_line(channel, line, when, played_back)
        elif "!" in line.source:
            self._message(session, channel, line, when, played_back)

    def _message(
        self, session: Session, channel: Channel, line: Line, when: float, played_back: bool
    ) -> None:
        content = said(line.command, line.params[1])
        if isinstance(content, Ctcp):
            if line.command == "PRIVMSG" and not played_back:
                self.courtesy.answer(session, line.nick, content)
            return
        if not content.attached and not plain_text(content).strip():
            return
        author, names = self.arrivals.author(channel, line, played_back), ids(line)
        self.gestures.said(channel, author, names)
        self.view.report(
            MessageSent(
                room=channel.room,
                author=author,
                ids=names,
                content=content,
                time=when,
                live=not played_back,
                reply_to=reference(line.tags) if line.tags else "",
            )
        )

    def _own_line(self, channel: Channel, line: Line, when: float, played_back: bool) -> None:
        """One of our connections sees what another said: never a message, but evidence."""
        text = plain(line.params[1])
        if not played_back and self.view.witnessed(channel, line, text):
            return
        nick, target = self.view.fold(line.nick), self.view.fold(channel.name)
        self.view.evidence.sighted(Sighting(nick, target, text, when, ids(line)))

    def _own_echo(self, session: Session, line: Line) -> None:
        self.view.evidence.copied(ids(line))
        channel = self.view.channel(line.param(0))
        if channel is None:
            return
        if line.command == "TOPIC":
            self._keep_topic(channel, line.param(1))
        elif line.command in ("PRIVMSG", "NOTICE") and channel.listening.listener is session:
            channel.listening.fresh(line, said_at(line, time.time()))

    def _private(self, session: Session, line: Line) -> None:
        if session.crew.takes(session, line):
            return
        if self.view.fold(line.params[0]) != self.view.fold(session.nick) or "!" not in line.source:
            return
        if line.command != "PRIVMSG":
            return
        content = said(line.command, line.params[1])
        if isinstance(content, Ctcp):
            self.courtesy.answer(session, line.nick, content)
        elif not self.view.is_ours(line.nick):
            self.courtesy.decline(session, line.nick)

    # -- topics

    def _topic(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        if channel is None or len(line.params) < 2:
            return
        topic = line.params[1]
        if self.view.is_ours(line.nick):
            if line.nick == session.nick:
                self._own_topic(session, channel, line)
            return
        now = time.time()
        if session.batches.played_back(line):
            return
        if not channel.listening.hears(session, raw, now):
            return
        when = said_at(line, line.arrived or now)
        if not channel.listening.fresh(line, when):
            return
        author = self.view.people.passing(mask(line.source), account(line))
        self._tell_topic(channel, topic, when, author, ids(line))

    def _own_topic(self, session: Session, channel: Channel, line: Line) -> None:
        """The relay has set a topic, which the bridge knows; or somebody did on their seat."""
        topic, now = line.params[1], time.time()
        sent = session.pending.seen("TOPIC", self.view.fold(channel.name), plain(topic))
        if sent is not None:
            sent.resolve(ids(line))
        seated = channel.seated.get(session)
        if seated is None or (sent is not None and sent.key):
            self._keep_topic(channel, topic)
            return
        author = Account(seated, session.nick)
        self._tell_topic(channel, topic, said_at(line, now), author, ids(line))

    def _tell_topic(
        self, channel: Channel, topic: str, when: float, author: Account, names: tuple[str, ...]
    ) -> None:
        channel.topic_by, channel.topic_at = author.name, when
        event = self._keep_topic(channel, topic, when)
        if event is not None:
            self.view.report(
                TopicChanged(
                    room=event.room, topic=event.topic, time=event.time, author=author, ids=names
                )
            )

    def _topic_told(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(1))
        if channel is None:
            return
        if session.profile.relay:
            channel.topic_told, channel.pending_topic = True, line.param(2)
        elif channel.by_seats and channel.topic is None:
            channel.topic = line.param(2)

    def _no_topic(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(1))
        if channel is not None and session.profile.relay:
            channel.topic_told, channel.pending_topic = True, ""

    def _topic_set(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(1))
        if channel is None:
            return
        setter = mask(line.param(2))
        when = float(line.param(3)) if line.param(3).isdigit() else time.time()
        channel.topic_by, channel.topic_at = setter.nick, when
        if channel.pending_topic is None or not session.profile.relay:
            return
        event = self._keep_topic(channel, channel.pending_topic, when)
        channel.pending_topic = None
        if event is not None and not self.view.is_ours(setter.nick, played_back=True):
            author = self.view.people.passing(setter, "")
            self.view.report(
                TopicChanged(room=event.room, topic=event.topic, time=when, author=author)
            )

    def _keep_topic(self, channel: Channel, topic: str, when: float = 0.0) -> TopicChanged | None:
        event = channel.topic_is(topic, when)
        if event is not None and not channel.by_seats:
            self.view.keep(f"topic:{self.view.fold(channel.name)}", topic)
        return event

    # -- the rest

    def _batch(self, session: Session, line: Line, raw: bytes) -> None:
        session.batches.take(line)

    def _new_host(self, session: Session, line: Line, raw: bytes) -> None:
        session.host = line.param(1).rpartition("@")[2] or session.host

    def _invite(self, session: Session, line: Line, raw: bytes) -> None:
        name = line.param(1)
        if self.view.fold(line.param(0)) == self.view.fold(session.nick):
            session.crew.refused(session, name, Line("INVITE", line.params, line.source))

    def _refused(self, session: Session, line: Line) -> None:
        if line.command == "FAIL":
            for sent in session.pending:
                if not sent.outcome.done() and sent.command == line.param(0).upper():
                    sent.fail(refusal(line))
                    return
            session.crew.told(session, line)
            return
        about = line.param(1)
        if session.pending.refused(self.view.fold(about), line):
            return
        known = self.view.fold(about) in session.joined
        if line.command in JOIN_REFUSALS and not known:
            session.crew.refused(session, about, line)
        else:
            session.crew.told(session, line)


def _reread(session: Session, line: Line, raw: bytes, where: str) -> Line:
    """Read a line that is no UTF-8 as the person wants, whose connection it is."""
    charset = session.profile.charsets.get(where) or session.profile.charsets.get("")
    return (parse(raw, charset) if charset and raw else None) or line
