"""Who comes, goes and is called what, in the channels that somebody of ours listens to."""

import time
from collections.abc import Callable, Iterable

from bridge.model import Account, PuppetNamed
from protocols.irc import netsplit
from protocols.irc.channel import Channel
from protocols.irc.decode import Line, Mask, account, mask, said_at
from protocols.irc.identity import Person
from protocols.irc.listener import Kept
from protocols.irc.roster import How
from protocols.irc.session import Session
from protocols.irc.standings import Ranking
from protocols.irc.telling import Telling
from protocols.irc.view import View

Again = Callable[[Channel, list[Kept]], None]
Handler = Callable[[Session, Line, bytes], None]


class Arrivals:
    """Keeps the members of channels right, and tells the bridge about changes."""

    def __init__(self, view: View, again: Again, telling: Telling, ranking: Ranking):
        self.view = view
        self.again = again
        self.telling = telling
        self.ranking = ranking
        self.handlers: dict[str, Handler] = {
            "JOIN": self._join,
            "PART": self._part,
            "KICK": self._kick,
            "QUIT": self._quit,
            "NICK": self._nick,
            "ACCOUNT": self._account,
            "CHGHOST": self._chghost,
            **self.ranking.handlers,
        }

    def meet(self, source: Mask, name: str) -> Person:
        """Return who this is; if they have logged in since, they are somebody else from now on."""
        person = self.view.people.meet(source, name)
        if name and person.account != name:
            self.log_in(person, name)
        return person

    def author(self, channel: Channel, line: Line, played_back: bool) -> Account:
        """Return who said a line in a channel."""
        source, name = mask(line.source), account(line)
        if played_back or line.nick not in channel.members:
            return self.view.people.passing(source, name)
        return self.view.people.account(self.meet(source, name))

    def hand_over(self, channel: Channel, kept: list[Kept]) -> None:
        """Another connection listens to a channel now."""
        before, after = channel.heard_by, channel.listening.listener
        channel.heard_by = after
        for session in {before, after} - {None}:
            if isinstance(session, Session):
                session.listens = sum(c.heard_by is session for c in session.joined.values())
        if kept:
            self.again(channel, kept)

    def out(self, session: Session, channel: Channel) -> None:
        """A session is not in a channel any more."""
        session.joined.pop(self.view.fold(channel.name), None)
        channel.letters.pop(self.view.fold(session.nick), None)
        channel.seated.pop(session, None)
        kept = channel.listening.leave(session, time.time())
        if not len(channel.listening):
            channel.deserted()
        self.hand_over(channel, kept)

    def watch(self, now: float) -> None:
        """Let standbys take over from listeners that have fallen behind."""
        for channel in self.view.channels.values():
            before = channel.listening.listener
            kept = channel.listening.check(now)
            if channel.listening.listener is not before:
                self.hand_over(channel, kept)

    # -- one channel

    def _join(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        if channel is None:
            if line.nick == session.nick and not session.crew.takes(session, line):
                session.send("PART", line.param(0))  # forwarded (470), or made to join
            return
        if line.nick == session.nick and raw:
            session.learn(mask(line.source))
            session.joined[self.view.fold(channel.name)] = channel
            channel.listening.enter(session)
            if session.profile.person is not None:
                channel.seated[session] = session.profile.person
                self.view.observe(PuppetNamed(channel.room, session.profile.person, session.nick))
            if session.profile.relay:
                channel.topic_told = channel.played_back = False
            elif channel.by_seats and len(channel.listening) == 1:
                channel.topic, channel.topic_by, channel.topic_at = None, "", 0.0
            self.hand_over(channel, [])
        elif not self.view.is_ours(line.nick) and self._hears(channel, session, line, raw):
            name = "" if line.param(1) == "*" else line.param(1)
            person = self.meet(mask(line.source), name or account(line))
            if channel.members.join(person):
                self.telling.restood(channel, person.nick)
            self.telling.gather(channel)

    def _part(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        if channel is None:
            return
        if line.nick == session.nick and raw:
            self._left(session, channel, "", line.param(1))
        elif not self.view.is_ours(line.nick) and self._hears(channel, session, line, raw):
            self._gone(channel, line.nick, line.param(1))

    def _kick(self, session: Session, line: Line, raw: bytes) -> None:
        channel, nick = self.view.channel(line.param(0)), line.param(1)
        if channel is None:
            return
        if self.view.fold(nick) == self.view.fold(session.nick) and raw:
            self._left(session, channel, line.nick, line.param(2))
        elif not self.view.is_ours(nick) and self._hears(channel, session, line, raw):
            person = channel.members.get(nick)
            source = Mask(nick, person.user, person.host) if person is not None else Mask(nick)
            how: How = "banned" if self.ranking.was_banned(channel, source) else "kicked"
            self._gone(channel, nick, line.param(2), how=how, by=line.nick)

    def _gone(
        self, channel: Channel, nick: str, reason: str, transient: bool = False,
        how: How = "left", by: str = "",
    ) -> None:  # fmt: skip
        channel.letters.pop(self.view.fold(nick), None)
        channel.members.leave(nick, reason, transient, how, by)
        self.telling.gather(channel)

    def _left(self, session: Session, channel: Channel, by: str, reason: str) -> None:
        if self.view.fold(channel.name) in session.joined:
            self.out(session, channel)
            session.crew.left(session, channel, by, reason)

    # -- all channels of a person

    def _quit(self, session: Session, line: Line, raw: bytes) -> None:
        self._freed(session, line.nick, raw)
        if self.view.is_ours(line.nick):
            return
        reason = line.param(0)
        split = session.batches.split(line) or netsplit.is_split(reason)
        rehost = netsplit.is_rehost(reason)
        transient = split or rehost or netsplit.is_lost(reason)
        for channel in list(session.joined.values()):
            if self._hears(channel, session, line, raw):
                channel.members.rehosting |= rehost
                self._gone(channel, line.nick, reason, transient, "quit")

    def _nick(self, session: Session, line: Line, raw: bytes) -> None:
        new = line.param(0)
        if line.nick == session.nick:
            if raw and new:
                self._relettered(session.joined.values(), line.nick, new)
                session.renamed(new)
            return
        self._freed(session, line.nick, raw)
        if self.view.is_ours(line.nick) or not new:
            return
        heard = [c for c in session.joined.values() if self._hears(c, session, line, raw)]
        if not heard:
            return
        person = self.view.people.rename(line.nick, new)
        if person is None:
            return
        self._relettered(self.view.channels.values(), line.nick, new)
        for channel in self.view.channels.values():
            if channel.members.rename(line.nick, person):
                self.telling.gather(channel)

    def _relettered(self, channels: Iterable[Channel], old: str, new: str) -> None:
        for channel in channels:
            letters = channel.letters.pop(self.view.fold(old), "")
            if letters:
                channel.letters[self.view.fold(new)] = letters

    def _freed(self, session: Session, nick: str, raw: bytes) -> None:
        """Somebody has given up a nick: perhaps one that we had, or should have."""
        if raw and session.listens:
            self.view.departed(nick)
        for other in list(self.view.ours.values()) if raw else ():
            if self.view.fold(other.profile.nick) == self.view.fold(nick):
                other.reclaim()

    def _account(self, session: Session, line: Line, raw: bytes) -> None:
        person = self._known(session, line, raw)
        if person is not None:
            name = line.param(0)
            self.log_in(person, "" if name in ("*", "0") else name, just_now=True)

    def _chghost(self, session: Session, line: Line, raw: bytes) -> None:
        if line.nick == session.nick:
            session.learn(Mask(line.nick, line.param(0), line.param(1)))
            return
        person = self._known(session, line, raw)
        if person is not None:
            person.user, person.host = line.param(0), line.param(1)
            for channel in self.view.channels.values():
                if line.nick in channel.members:
                    self.telling.restood(channel, line.nick)

    def _known(self, session: Session, line: Line, raw: bytes) -> Person | None:
        heard = [c for c in session.joined.values() if self._hears(c, session, line, raw)]
        return self.view.people.get(line.nick) if heard else None

    def log_in(self, person: Person, name: str, *, just_now: bool = False) -> None:
        """Note that somebody is logged in to an account, wherever they are (``People.log_in``)."""
        before = person.key
        self.view.people.log_in(person, name, just_now=just_now)
        for channel in self.view.channels.values():
            if person.nick in channel.members:
                channel.members.become(person, before)
                self.telling.gather(channel)

    # -- telling

    def _hears(self, channel: Channel, session: Session, line: Line, raw: bytes) -> bool:
        listening, now = channel.listening, time.time()
        if listening.listener is session:
            when = said_at(line, line.arrived or now)
            return listening.fresh(line, when, session.batches.played_back(line))
        if listening.standby is session and raw and not session.batches.played_back(line):
            listening.keep(raw, now)
        return False
