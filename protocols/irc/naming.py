"""Who is in a channel, as NAMES and WHO tell whoever listens to it."""

import time

from bridge.model import Roster
from protocols.irc.arrivals import Arrivals, Handler
from protocols.irc.channel import Channel
from protocols.irc.decode import Line, Mask, mask
from protocols.irc.modes import standing
from protocols.irc.session import Session

_TOKEN = "142"
_FIELDS = f"%tuhnfa,{_TOKEN}"
SMALL = 200
"""Members of a channel for which WHO is awaited before the bridge is told who is in: then even
those who came before us are known by their accounts."""


MOST = 100_000
"""Members of a channel that are noted, whatever a server tells."""


class _Seen:
    """What WHO says of one person."""

    __slots__ = ("account", "away", "mask")

    def __init__(self, mask: Mask, flags: str, account: str):
        self.mask = mask
        self.away = "G" in flags
        self.account = "" if account in ("0", "*") else account


class _Names:
    """A NAMES (and WHO) reply that is being collected."""

    __slots__ = ("late", "letters", "masks", "seen")

    def __init__(self) -> None:
        self.masks: list[Mask] = []
        self.letters: dict[str, str] = {}
        self.seen: list[_Seen] = []
        self.late = False
        """The bridge was told who is in before WHO was answered."""


class Naming:
    """Makes rosters."""

    def __init__(self, arrivals: Arrivals):
        self.view = arrivals.view
        self.arrivals = arrivals
        self.handlers: dict[str, Handler] = {
            "353": self._names,
            "366": self._names_end,
            "352": self._who,
            "354": self._whox,
            "315": self._who_end,
            "263": self._try_again,
        }

    def _names(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(2))
        if channel is None or not self._will_listen(session, channel):
            return
        names = self._collecting(session, channel)
        if len(names.masks) >= MOST:
            return
        prefixes, fold = session.traits.prefixes, self.view.fold
        for entry in line.param(3).split():
            bare = entry.lstrip(prefixes)
            who = mask(bare)
            names.masks.append(who)
            if bare != entry:
                names.letters[fold(who.nick)] = standing(entry, session.traits)

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
            channel.letters = names.letters
            roster = channel.members.named()
            names.masks = []
            self._look_closer(session, channel, names, roster)
        self.arrivals.hand_over(channel, kept)
        session.crew.joined(session, channel)

    def _look_closer(
        self, session: Session, channel: Channel, names: _Names, roster: Roster
    ) -> None:
        whox = session.traits.whox
        if session.profile.relay and not whox:
            session.hearing.pop(self.view.fold(channel.name))
            self._tell(channel, roster)
            return
        names.late = not session.profile.relay and (not whox or len(roster.members) > SMALL)
        if names.late:
            self._tell(channel, roster)
        if not session.profile.relay:
            session.send("MODE", channel.name)
        session.send("WHO", channel.name, *((_FIELDS,) if whox else ()), spare=True)

    def _who(self, session: Session, line: Line, raw: bytes) -> None:
        """One reply of WHO: channel, user, host, server, nick, flags."""
        channel = self.view.channel(line.param(1))
        names = session.hearing.get(self.view.fold(channel.name)) if channel is not None else None
        if isinstance(names, _Names) and channel is not None:
            source = Mask(line.param(5), line.param(2), line.param(3))
            self._note(session, channel, names, _Seen(source, line.param(6), ""))

    def _whox(self, session: Session, line: Line, raw: bytes) -> None:
        """One reply of WHOX: our token, user, host, nick, flags, account. It does not name the
        channel."""
        if line.param(1) != _TOKEN:
            return
        source = Mask(line.param(4), line.param(2), line.param(3))
        for key, names in session.hearing.items():
            channel = self.view.channel(key)
            if isinstance(names, _Names) and channel is not None:
                self._note(session, channel, names, _Seen(source, line.param(5), line.param(6)))

    def _note(self, session: Session, channel: Channel, names: _Names, seen: _Seen) -> None:
        """Learn something now where the bridge knows already who is in: large channels are not
        worked through in one go."""
        if not names.late:
            if len(names.seen) < MOST:
                names.seen.append(seen)
        elif channel.listening.listener is session:
            self._learn(channel, seen, late=True)

    def _try_again(self, session: Session, line: Line, raw: bytes) -> None:
        """The server will not tell now: do without."""
        if line.param(1).upper() != "WHO":
            session.crew.takes(session, line)
            return
        for key in [k for k, names in session.hearing.items() if isinstance(names, _Names)]:
            self._complete(session, self.view.channel(key))

    def _who_end(self, session: Session, line: Line, raw: bytes) -> None:
        self._complete(session, self.view.channel(line.param(1)))

    def _complete(self, session: Session, channel: Channel | None) -> None:
        if channel is None:
            return
        names = session.hearing.pop(self.view.fold(channel.name), None)
        if channel.listening.listener is not session or not isinstance(names, _Names):
            return
        for seen in names.seen:
            self._learn(channel, seen, late=False)
        if not names.late:
            self._tell(channel, channel.members.roster())

    def _learn(self, channel: Channel, seen: _Seen, late: bool) -> None:
        person = channel.members.get(seen.mask.nick)
        if person is None:
            return
        before = person.user, person.host, person.away
        if seen.mask.user:
            person.user, person.host = seen.mask.user, seen.mask.host
        person.away = (person.away or "") if seen.away else None
        if seen.account and person.account != seen.account:
            self.arrivals.log_in(person, seen.account, just_now=late)
        if late and before != (person.user, person.host, person.away):
            self.arrivals.telling.restood(channel, person.nick)

    def _tell(self, channel: Channel, roster: Roster) -> None:
        self.view.observe(roster)
        self.arrivals.telling.everybody(channel)
        channel.now_known()

    def _will_listen(self, session: Session, channel: Channel) -> bool:
        listener = channel.listening.listener
        return listener is None or listener is session or session.rank > listener.rank

    def _collecting(self, session: Session, channel: Channel) -> _Names:
        key = self.view.fold(channel.name)
        names = session.hearing.get(key)
        if not isinstance(names, _Names):
            names = session.hearing[key] = _Names()
        return names
