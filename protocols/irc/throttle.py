"""Send no faster than the server lets us (flood protection), and never queue without end."""

from collections import deque
from collections.abc import Callable

from msgspec import Struct


class Full(Exception):
    """So many lines wait already that no more are taken."""


class Waiting(Struct, frozen=True):
    """A line, and who wants to know when it goes."""

    data: bytes
    written: Callable[[], None] | None = None


class Throttle:
    """A token bucket with a bounded queue behind it: ``burst`` lines at once, then ``rate`` a
    second. A rate of 0 switches it off."""

    __slots__ = ("_burst", "_last", "_limit", "_queue", "_rate", "_spare", "_tokens")

    def __init__(self, burst: float, rate: float, limit: int = 500):
        self._burst = burst
        self._rate = rate
        self._limit = limit
        self._tokens = burst
        self._last = 0.0
        self._queue: deque[Waiting] | None = None
        self._spare: deque[Waiting] | None = None

    def __len__(self) -> int:
        return sum(len(queue) for queue in (self._queue, self._spare) if queue)

    def put(self, waiting: Waiting, *, spare: bool = False) -> None:
        """Add a line at the end; a ``spare`` one goes when nothing else waits. Raises ``Full``."""
        queue = self._spare if spare else self._queue
        if queue is None:
            queue = deque()
        if len(queue) >= self._limit:
            raise Full(f"{self._limit} lines are waiting to be sent")
        queue.append(waiting)
        if spare:
            self._spare = queue
        else:
            self._queue = queue

    def take(self, now: float) -> Waiting | None:
        """Return the next line if it may go now. ``now`` is any clock that never goes back."""
        if not self._queue and not self._spare:
            return None
        if self._rate:
            elapsed = max(0.0, now - self._last)
            self._tokens = min(self._burst, self._tokens + elapsed * self._rate)
            self._last = now
            if self._tokens < 1.0:
                return None
            self._tokens -= 1.0
        waiting = None
        if self._queue:
            waiting = self._queue.popleft()
        elif self._spare:
            waiting = self._spare.popleft()
        # An empty deque still takes 600 bytes: none is kept.
        self._queue, self._spare = self._queue or None, self._spare or None
        return waiting

    def wait(self) -> float:
        """Return the seconds until ``take`` gives the next line."""
        if not self._rate:
            return 0.0
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def clear(self) -> None:
        """Forget what waits: the connection is gone."""
        self._queue = self._spare = None
