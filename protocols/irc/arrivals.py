"""Who comes, goes and is called what, in the channels that somebody of ours listens to."""

import asyncio
import time
from collections.abc import Callable

from bridge.model import Account
from protocols.irc import netsplit
from protocols.irc.channel import Channel
from protocols.irc.decode import Line, Mask, account, mask, said_at
from protocols.irc.identity import Person
from protocols.irc.listener import Kept
from protocols.irc.modes import parse, standing
from protocols.irc.session import Session
from protocols.irc.view import View

Again = Callable[[Channel, list[Kept]], None]
Handler = Callable[[Session, Line, bytes], None]

_WHO_TOKEN = "142"


class _Names:
    """A NAMES (and WHO) reply that is being collected."""

    __slots__ = ("accounts", "masks")

    def __init__(self) -> None:
        self.masks: list[Mask] = []
        self.accounts: dict[str, str] = {}


class Arrivals:
    """Keeps the members of channels right, and tells the bridge about changes."""

    def __init__(self, view: View, again: Again):
        self.view = view
        self.again = again
        self.handlers: dict[str, Handler] = {
            "JOIN": self._join,
            "PART": self._part,
            "KICK": self._kick,
            "QUIT": self._quit,
            "NICK": self._nick,
            "ACCOUNT": self._account,
            "CHGHOST": self._chghost,
            "353": self._names,
            "366": self._names_end,
            "354": self._who,
            "315": self._who_end,
            "MODE": self._mode,
        }

    def meet(self, source: Mask, name: str) -> Person:
        """Return who this is; if they have logged in since, they are somebody else from now on."""
        person = self.view.people.meet(source, name)
        if name and person.account != name:
            self._log_in(person, name)
        return person

    def author(self, channel: Channel, line: Line, played_back: bool) -> Account:
        """Return who said a line in a channel."""
        source, name = mask(line.source), account(line)
        if played_back or line.nick not in channel.members:
            return self.view.people.passing(source, name)
        return self.view.people.account(self.meet(source, name))

    def hand_over(self, channel: Channel, kept: list[Kept]) -> None:
        """Another connection listens to a channel now."""
        for session in self.view.ours.values():
            session.listens = sum(c.listening.listener is session for c in session.joined.values())
        if kept:
            self.again(channel, kept)

    def out(self, session: Session, channel: Channel) -> None:
        """A session is not in a channel any more."""
        session.joined.pop(self.view.fold(channel.name), None)
        channel.standings.pop(session, None)
        kept = channel.listening.leave(session, time.time())
        if not len(channel.listening):
            channel.members.clear()
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
            if line.nick == session.nick:
                session.send("PART", line.param(0))  # forwarded (470), or made to join
            return
        if line.nick == session.nick and raw:
            session.learn(mask(line.source))
            session.joined[self.view.fold(channel.name)] = channel
            channel.listening.enter(session)
            if session.profile.relay:
                channel.topic_told = channel.played_back = False
            self.hand_over(channel, [])
        elif not self.view.is_ours(line.nick) and self._hears(channel, session, line, raw):
            name = "" if line.param(1) == "*" else line.param(1)
            person = self.meet(mask(line.source), name or account(line))
            channel.members.join(person)
            self._gather(channel)

    def _part(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        if channel is None:
            return
        if line.nick == session.nick and raw:
            self._left(session, channel, "", line.param(1))
        elif not self.view.is_ours(line.nick) and self._hears(channel, session, line, raw):
            channel.members.leave(line.nick, line.param(1))
            self._gather(channel)

    def _kick(self, session: Session, line: Line, raw: bytes) -> None:
        channel, nick = self.view.channel(line.param(0)), line.param(1)
        if channel is None:
            return
        if self.view.fold(nick) == self.view.fold(session.nick) and raw:
            self._left(session, channel, line.nick, line.param(2))
        elif not self.view.is_ours(nick) and self._hears(channel, session, line, raw):
            channel.members.leave(nick, line.param(2) or "kicked")
            self._gather(channel)

    def _left(self, session: Session, channel: Channel, by: str, reason: str) -> None:
        if self.view.fold(channel.name) in session.joined:
            self.out(session, channel)
            session.crew.left(session, channel, by, reason)

    # -- all channels of a person

    def _quit(self, session: Session, line: Line, raw: bytes) -> None:
        self._freed(line.nick, raw)
        if self.view.is_ours(line.nick):
            return
        reason = line.param(0)
        split = session.batches.split(line) or netsplit.is_split(reason)
        rehost = netsplit.is_rehost(reason)
        transient = split or rehost or netsplit.is_lost(reason)
        for channel in list(session.joined.values()):
            if self._hears(channel, session, line, raw):
                channel.members.rehosting |= rehost
                channel.members.leave(line.nick, reason, transient)
                self._gather(channel)

    def _nick(self, session: Session, line: Line, raw: bytes) -> None:
        new = line.param(0)
        if line.nick == session.nick:
            if raw and new:
                session.renamed(new)
            return
        self._freed(line.nick, raw)
        if self.view.is_ours(line.nick) or not new:
            return
        heard = [c for c in session.joined.values() if self._hears(c, session, line, raw)]
        if not heard:
            return
        person = self.view.people.rename(line.nick, new)
        if person is None:
            return
        for channel in self.view.channels.values():
            if channel.members.rename(line.nick, person):
                self._gather(channel)

    def _freed(self, nick: str, raw: bytes) -> None:
        """Somebody has given up a nick: perhaps one that we should have."""
        for session in list(self.view.ours.values()) if raw else ():
            if self.view.fold(session.profile.nick) == self.view.fold(nick):
                session.reclaim()

    def _account(self, session: Session, line: Line, raw: bytes) -> None:
        person = self._known(session, line, raw)
        if person is not None:
            name = line.param(0)
            self._log_in(person, "" if name in ("*", "0") else name, just_now=True)

    def _chghost(self, session: Session, line: Line, raw: bytes) -> None:
        if line.nick == session.nick:
            session.learn(Mask(line.nick, line.param(0), line.param(1)))
            return
        person = self._known(session, line, raw)
        if person is not None:
            person.user, person.host = line.param(0), line.param(1)

    def _known(self, session: Session, line: Line, raw: bytes) -> Person | None:
        heard = [c for c in session.joined.values() if self._hears(c, session, line, raw)]
        return self.view.people.get(line.nick) if heard else None

    def _log_in(self, person: Person, name: str, *, just_now: bool = False) -> None:
        before = person.key
        self.view.people.log_in(person, name, just_now=just_now)
        for channel in self.view.channels.values():
            if person.nick in channel.members:
                channel.members.become(person, before)
                self._gather(channel)

    # -- rosters

    def _names(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(2))
        if channel is None or not self._will_listen(session, channel):
            return
        names = self._collecting(session, channel)
        prefixes = session.traits.prefixes
        for entry in line.param(3).split():
            who = mask(entry.lstrip(prefixes))
            names.masks.append(who)
            ours = self.view.ours.get(self.view.fold(who.nick)) if session.profile.relay else None
            if ours is not None:
                channel.standings[ours] = standing(entry, session.traits)

    def _names_end(self, session: Session, line: Line, raw: bytes) -> None:
        """A session knows who is in a channel that it has joined. Who of them is logged in is told
        by WHO, when the server has told us before that it can (WHOX)."""
        channel = self.view.channel(line.param(1))
        if channel is None or self.view.fold(channel.name) not in session.joined:
            return
        key = self.view.fold(channel.name)
        kept = channel.listening.ready(session, time.time())
        names = session.hearing.get(key)
        if channel.listening.listener is session and isinstance(names, _Names):
            for entry in names.masks:
                if entry.nick and not self.view.is_ours(entry.nick):
                    channel.members.name(self.view.people.meet(entry))
            roster = channel.members.named()
            if session.traits.whox:
                names.masks.clear()
                session.send("WHO", channel.name, f"%tna,{_WHO_TOKEN}", spare=True)
            else:
                session.hearing.pop(key)
                self.view.observe(roster)
        self.hand_over(channel, kept)
        session.crew.joined(session, channel)

    def _who(self, session: Session, line: Line, raw: bytes) -> None:
        """One reply of WHOX: our token, nick, account. It does not name the channel."""
        if line.param(1) == _WHO_TOKEN and line.param(3) not in ("0", "*", ""):
            for names in session.hearing.values():
                if isinstance(names, _Names):
                    names.accounts[line.param(2)] = line.param(3)

    def _who_end(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(1))
        if channel is None:
            return
        names = session.hearing.pop(self.view.fold(channel.name), None)
        if channel.listening.listener is not session or not isinstance(names, _Names):
            return
        for nick, name in names.accounts.items():
            person = channel.members.get(nick)
            if person is not None and person.account != name:
                self._log_in(person, name)
        self.view.observe(channel.members.roster())

    def _will_listen(self, session: Session, channel: Channel) -> bool:
        listener = channel.listening.listener
        return listener is None or listener is session or session.rank > listener.rank

    def _collecting(self, session: Session, channel: Channel) -> _Names:
        key = self.view.fold(channel.name)
        names = session.hearing.get(key)
        if not isinstance(names, _Names):
            names = session.hearing[key] = _Names()
        return names

    # -- what we may do

    def _mode(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0)) if session.profile.relay else None
        if channel is None or session.batches.played_back(line):
            return
        for change in parse(tuple(line.params[1:]), session.traits):
            if change.letter not in session.traits.prefix_modes:
                continue
            ours = self.view.ours.get(self.view.fold(change.parameter))
            if ours is not None:
                letters = set(channel.standings.get(ours, ""))
                (letters.add if change.added else letters.discard)(change.letter)
                channel.standings[ours] = "".join(sorted(letters))

    # -- telling

    def _hears(self, channel: Channel, session: Session, line: Line, raw: bytes) -> bool:
        listening, now = channel.listening, time.time()
        if listening.listener is session:
            when = said_at(line, line.arrived or now)
            return listening.fresh(line, when, session.batches.played_back(line))
        if listening.standby is session and raw and not session.batches.played_back(line):
            listening.keep(raw, now)
        return False

    def _gather(self, channel: Channel) -> None:
        moment = channel.members.moment
        if moment is not None and not channel.flushing:
            channel.flushing = True
            asyncio.get_running_loop().call_later(moment, self._flush, channel)

    def _flush(self, channel: Channel) -> None:
        channel.flushing = False
        for change in channel.members.drain():
            self.view.observe(change)
