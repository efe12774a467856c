"""What people may do in channels, and whether they are away: MODE, AWAY."""

import re
import time

from protocols.irc.channel import Channel
from protocols.irc.decode import Line, Mask
from protocols.irc.modes import ModeChange, parse
from protocols.irc.session import Session
from protocols.irc.telling import Telling
from protocols.irc.view import View

RECENT = 10.0
"""Seconds for which a ban explains a kick."""


class Ranking:
    """Follows the standing of everybody in the channels that somebody of ours listens to."""

    def __init__(self, view: View, telling: Telling):
        self.view = view
        self.telling = telling
        self.handlers = {"MODE": self._mode, "AWAY": self._away, "324": self._modes_told}

    def was_banned(self, channel: Channel, source: Mask) -> bool:
        """Tell whether somebody who goes was banned a moment ago."""
        now, fold = time.time(), self.view.fold
        whole = fold(f"{source.nick}!{source.user or '*'}@{source.host or '*'}")
        return any(
            now - when < RECENT and glob(fold(mask)).fullmatch(whole) is not None
            for when, mask, _ in channel.bans
        )

    def _mode(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(0))
        if channel is None or channel.listening.listener is not session:
            return
        if session.batches.played_back(line):
            return
        for change in parse(tuple(line.params[1:]), session.traits):
            self._changed(session, channel, change, line.nick)

    def _modes_told(self, session: Session, line: Line, raw: bytes) -> None:
        channel = self.view.channel(line.param(1))
        if channel is None or channel.listening.listener is not session:
            return
        for change in parse(tuple(line.params[2:]), session.traits):
            if change.letter == "m":
                self._changed(session, channel, change, "")

    def _changed(self, session: Session, channel: Channel, change: ModeChange, by: str) -> None:
        if change.letter in session.traits.prefix_modes:
            key = self.view.fold(change.parameter)
            letters = set(channel.letters.get(key, ""))
            (letters.add if change.added else letters.discard)(change.letter)
            channel.letters[key] = "".join(sorted(letters))
            if not letters:
                del channel.letters[key]
            self.telling.restood(channel, change.parameter)
        elif change.letter == "m" and channel.muted != change.added:
            channel.muted = change.added
            if channel.known and channel.seated:
                self.telling.everybody(channel)
        elif change.letter == "b" and change.added:
            channel.bans.append((time.time(), change.parameter, by))

    def _away(self, session: Session, line: Line, raw: bytes) -> None:
        """Somebody goes away, or is back (IRCv3 away-notify)."""
        person = self.view.people.get(line.nick)
        if person is None or not raw:
            return
        away = line.param(0) if line.params and line.param(0) else None
        heard = [c for c in session.joined.values() if c.listening.listener is session]
        if not heard or person.away == away:
            return
        person.away = away
        for channel in self.view.channels.values():
            if line.nick in channel.members:
                self.telling.restood(channel, line.nick)


def glob(mask: str) -> re.Pattern[str]:
    """Return a pattern for a mask: only ``*`` and ``?`` mean something."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in mask)
    return re.compile("".join(parts), re.DOTALL)
