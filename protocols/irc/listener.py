"""Which of our connections in a channel brings its lines in, and how another takes over without
losing or doubling a line (gateway.md, "Listening")."""

from collections import deque
from typing import Protocol

from protocols.irc.decode import Line

RING = 60.0
"""Seconds of raw lines that the standby keeps."""
SAME = 2.0
"""Lines without msgid are the same if all is equal and they are no more seconds apart."""
OVERLAP = 5.0
"""Seconds after a switch for which the new listener may still tell what the old one told."""
STALLED = 3.0
"""Seconds that a listener may be behind the standby."""
MEMORY = 600.0
"""Seconds for which we remember what was told, to know it again in a playback."""
MOST = 2000
"""Lines kept at most, whatever their age."""

Fingerprint = tuple[str, ...]
Kept = tuple[float, bytes, bool]
"""When a raw line arrived, the line, and whether it was part of a playback."""


class Ear(Protocol):
    """A connection that could listen."""

    @property
    def rank(self) -> tuple[int, ...]:
        """Higher listens first: the relay, then the best capabilities, then the oldest."""

    @property
    def last_read(self) -> float:
        """When it last read anything."""


def fingerprint(line: Line) -> Fingerprint:
    """Return what is equal for two copies of one line."""
    msgid = line.tags.get("msgid")
    return (msgid,) if msgid else (line.command, line.nick, *line.params)


class Listening:
    """Who listens to one channel. All times are in seconds since 1970."""

    def __init__(self) -> None:
        self.listener: Ear | None = None
        self.standby: Ear | None = None
        self._ears: dict[Ear, None] = {}
        self._ring: deque[Kept] = deque()
        self._told: deque[tuple[float, Fingerprint]] = deque()
        self._ids: set[str] = set()
        self._overlap: dict[Fingerprint, list[float]] = {}
        self._overlap_ends = 0.0

    def __len__(self) -> int:
        return len(self._ears)

    def __contains__(self, ear: Ear) -> bool:
        return ear in self._ears

    def enter(self, ear: Ear) -> None:
        """A connection begins to join: it listens if nobody does, else its lines may be needed."""
        self._ears[ear] = None
        if self.listener is None:
            self.listener = ear
        self._choose_standby()

    def ready(self, ear: Ear, now: float) -> list[Kept]:
        """A connection has joined completely. If it is the best, it listens from now on; return
        the raw lines that must be looked at again."""
        if ear not in self._ears:
            self._ears[ear] = None
        if self.listener is None or ear.rank > self.listener.rank:
            return self._switch(ear, now)
        return []

    def leave(self, ear: Ear, now: float) -> list[Kept]:
        """A connection is out of the channel, or dead. Return as ``ready`` does."""
        self._ears.pop(ear, None)
        if self.standby is ear:
            self._choose_standby()
        if self.listener is not ear:
            return []
        self.listener = None
        best = self.standby or max(self._ears, key=lambda e: e.rank, default=None)
        return self._switch(best, now) if best else []

    def check(self, now: float) -> list[Kept]:
        """Let the standby take over if the listener has fallen behind. Return as ``ready``."""
        if self.listener is None or self.standby is None or not self._ring:
            return []
        arrived = self._ring[-1][0]
        if self.listener.last_read < arrived and now - arrived > STALLED:
            return self._switch(self.standby, now)
        return []

    def hears(self, ear: Ear, raw: bytes, now: float, played_back: bool = False) -> bool:
        """Tell whether a connection listens; keep its line if it is the standby. ``raw`` empty: a
        line that was kept."""
        if self.listener is ear:
            return True
        if self.standby is ear and raw:
            self.keep(raw, now, played_back)
        return False

    def keep(self, raw: bytes, arrived: float, played_back: bool = False) -> None:
        """Keep a line of the standby."""
        ring = self._ring
        ring.append((arrived, raw, played_back))
        while ring and (arrived - ring[0][0] > RING or len(ring) > MOST):
            ring.popleft()

    def fresh(self, line: Line, time: float, played_back: bool = False) -> bool:
        """Tell whether a line is new, and remember it as told. ``time`` is when it was said."""
        print_ = fingerprint(line)
        if self._known(print_, time, played_back):
            return False
        self._told.append((time, print_))
        if len(print_) == 1:
            self._ids.add(print_[0])
        while self._told and (time - self._told[0][0] > MEMORY or len(self._told) > MOST):
            old = self._told.popleft()[1]
            if len(old) == 1:
                self._ids.discard(old[0])
        return True

    def _known(self, print_: Fingerprint, time: float, played_back: bool) -> bool:
        if len(print_) == 1:
            return print_[0] in self._ids
        if played_back:
            return any(print_ == p and abs(time - told) <= SAME for told, p in self._told)
        if not self._overlap:
            return False
        if time > self._overlap_ends:
            self._overlap.clear()
            return False
        times = self._overlap.get(print_, [])
        for told in times:
            if abs(time - told) <= SAME:
                times.remove(told)
                return True
        return False

    def _switch(self, ear: Ear, now: float) -> list[Kept]:
        ring = list(self._ring) if ear is self.standby else []
        self._overlap.clear()
        for told, print_ in self._told:
            if len(print_) > 1 and now - told <= 2 * RING:  # the ring may be a little longer
                self._overlap.setdefault(print_, []).append(told)
        self._overlap_ends = now + OVERLAP
        self.listener = ear
        self._choose_standby()
        return ring

    def _choose_standby(self) -> None:
        others = [ear for ear in self._ears if ear is not self.listener]
        best = max(others, key=lambda ear: ear.rank, default=None)
        if best is not self.standby:
            self.standby = best
            self._ring.clear()
