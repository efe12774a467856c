"""What counts as delivered on IRC: the labelled echo; else another of our connections seeing the
line; else the PONG of a PING sent behind it. And what was seen of lines whose fate is in doubt.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator

from bridge.model import Unavailable
from protocols.irc.decode import Line
from protocols.irc.formatting import strip
from protocols.irc.refusals import is_refusal, refusal

UNLABELLED = 10.0
"""Seconds after which a line is no longer trusted to get its labelled answer."""
MOST = 1000


class Expectation:
    """One line that we sent, or are about to send, and the evidence for it."""

    __slots__ = (
        "command", "ids", "key", "label", "nick", "outcome", "part", "seen", "target", "text",
        "watched", "written",
    )  # fmt: skip

    def __init__(self, key: str, part: int, command: str, target: str, text: str):
        self.key = key
        self.part = part
        self.command = command
        self.target = target
        """Folded."""
        self.text = plain(text)
        self.label = ""
        self.nick = ""
        """Folded nick of the connection that says it."""
        self.written = 0.0
        """When it went out; 0: it is still with us."""
        self.watched = False
        """Another connection of ours should see it."""
        self.seen = False
        self.ids: tuple[str, ...] = ()
        self.outcome: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()

    def resolve(self, ids: tuple[str, ...] = ()) -> None:
        """Note that the line was accepted."""
        self.ids = self.ids or ids
        if not self.outcome.done():
            self.outcome.set_result(self.ids)

    def fail(self, error: Exception) -> None:
        """Note that it was refused, or that nobody knows."""
        if not self.outcome.done():
            self.outcome.set_exception(error)
            self.outcome.exception()  # whoever waited may be gone


class Lines:
    """The lines of one connection that wait for evidence, in the order they were sent."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: deque[Expectation] | tuple[()] = ()

    def __iter__(self) -> Iterator[Expectation]:
        return iter(self._lines)

    def add(self, line: Expectation) -> None:
        """Add a line; very old ones are forgotten."""
        self.prune()
        if not isinstance(self._lines, deque):
            self._lines = deque(maxlen=MOST)
        self._lines.append(line)

    def labelled(self, label: str) -> Expectation | None:
        """Return the line that carries a label."""
        return next((line for line in self._lines if line.label == label), None)

    def answered(self, label: str, answer: Line, ids: tuple[str, ...]) -> bool:
        """Take a labelled answer to one of our lines."""
        line = self.labelled(label)
        if line is None:
            return False
        if answer.command in ("PRIVMSG", "NOTICE", "TOPIC", "TAGMSG", "REDACT", "ACK"):
            line.resolve(ids)
        elif is_refusal(answer):
            line.fail(refusal(answer))
        return True

    def refused(self, target: str, answer: Line) -> bool:
        """Take an unlabelled error: it is about the oldest open line to that target."""
        for line in self._lines:
            if line.written and not line.outcome.done() and line.target == target:
                line.fail(refusal(answer))
                return True
        return False

    def ponged(self, sent: float) -> list[Expectation]:
        """The server has read everything written up to then. Return the lines that should still
        be seen by another connection; the others are settled."""
        waiting = []
        for line in self._lines:
            if line.outcome.done() or not line.written or line.written > sent:
                continue
            if line.watched and not line.label:
                waiting.append(line)
            else:
                line.resolve()
        return waiting

    def seen(self, command: str, target: str, text: str) -> Expectation | None:
        """Find the line that another connection has just seen."""
        for line in self._lines:
            if (
                not line.seen
                and line.written
                and line.target == target
                and line.command == command
                and line.text == text
            ):
                line.seen = True
                return line
        return None

    def lost(self) -> None:
        """The connection is gone: what has no evidence yet is in doubt."""
        for line in self._lines:
            sent = line.written > 0
            line.fail(Unavailable("the connection to IRC was lost", sent=sent))

    def prune(self, before: float = 0.0) -> None:
        """Forget settled lines that nobody will see any more, or that were written before then."""
        lines = self._lines
        while isinstance(lines, deque) and lines and lines[0].outcome.done():
            if lines[0].watched and not lines[0].seen and lines[0].written >= before:
                return
            lines.popleft()
        if not lines:
            self._lines = ()

    @property
    def open(self) -> bool:
        """Whether a line still waits for its evidence."""
        return any(not line.outcome.done() for line in self._lines)

    def overdue(self, now: float) -> bool:
        """Tell whether a line has waited long for its labelled answer."""
        return any(
            line.written and not line.outcome.done() and now - line.written > UNLABELLED
            for line in self._lines
        )


class Sighting:
    """A line of ours that was seen, and that nobody waited for."""

    __slots__ = ("ids", "nick", "target", "text", "time")

    def __init__(self, nick: str, target: str, text: str, time: float, ids: tuple[str, ...]):
        self.nick = nick
        self.target = target
        self.text = text
        self.time = time
        self.ids = ids


class Evidence:
    """What our connections and the server's history show of lines in doubt."""

    SLACK = 5.0
    """Seconds by which the clocks of two networks may differ."""

    def __init__(self) -> None:
        self.in_doubt = 0
        """Lines sent again without knowing whether they had got through."""
        self._sightings: deque[Sighting] = deque(maxlen=MOST)
        self._ids: dict[str, None] = {}

    def sighted(self, sighting: Sighting) -> None:
        """Keep a line of ours that matches nothing we wait for."""
        if not any(self.is_copy(known) for known in sighting.ids):
            self._sightings.append(sighting)

    def claim(
        self, nicks: Iterable[str], target: str, texts: Iterable[str], since: float
    ) -> tuple[str, ...] | None:
        """Find, and use up, a line of ours with one of these texts that was seen in the channel
        since then. Return its ids (perhaps none), or None."""
        names, wanted = set(nicks), {plain(text) for text in texts}
        for sighting in self._sightings:
            if (
                sighting.target == target
                and sighting.text in wanted
                and sighting.nick in names
                and sighting.time >= since - self.SLACK
            ):
                self._sightings.remove(sighting)
                return sighting.ids
        return None

    def copied(self, ids: tuple[str, ...]) -> None:
        """Remember the ids of a copy of ours."""
        for known in ids:
            self._ids[known] = None
        while len(self._ids) > MOST:
            del self._ids[next(iter(self._ids))]

    def is_copy(self, known: str) -> bool:
        """Tell whether an id is that of a copy of ours."""
        return known in self._ids


def plain(text: str) -> str:
    """Return a text as it is compared: servers strip colours and trailing spaces."""
    return strip(text).strip()
