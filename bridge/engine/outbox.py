"""Ordered delivery for one leg: a lane for each speaker, several lanes at work, back-off kept.

Within a lane the next command starts only when the one before it is delivered or refused. Between
lanes the order is that of the journal as far as the window allows.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

from msgspec import structs

from bridge import metrics
from bridge.core.decide import Notice
from bridge.engine.authors import refusal
from bridge.engine.context import Context
from bridge.engine.missed import Missed, Span
from bridge.engine.voice import Voice, Waiting
from bridge.model import (
    Command,
    Delivered,
    Network,
    Rejected,
    RoomRef,
    Say,
    Unavailable,
)
from bridge.store.pending import OutboxRow, encode_parts

log = logging.getLogger(__name__)

_WAIT = 0.2
"""Seconds after which to look again for the id of what a command refers to."""
BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Outbox:
    """Everything that one room must still be told."""

    def __init__(
        self,
        context: Context,
        number: int,
        room: RoomRef,
        address: str,
        network: Network,
        voice: Voice,
    ):
        self.number = number
        self.room = room
        self.address = address
        self.network = network
        self.voice = voice
        self.up = False
        self.detail = ""
        self.backlog = 0
        self.missed = Missed(context, number)
        self._context = context
        self._metrics = metrics.of(room.network)
        self._lanes: dict[str, deque[OutboxRow]] = {}
        self._ready: list[tuple[int, str]] = []
        self._turn = asyncio.Lock()
        self._workers: set[asyncio.Task[None]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._drained: dict[str, Callable[[], None]] = {}
        self._busy: set[str] = set()
        self._under_way: set[int] = set()

    # -- what comes in

    def admit(self) -> bool:
        """Keep a place for one more that will be put; False if it must be counted as missed."""
        if self.missed or self.backlog >= self._context.limits.backlog_lines:
            return False
        self.backlog += 1
        return True

    def add(self, row: OutboxRow) -> None:
        """Take over a row that waits whatever the limit is."""
        self.backlog += 1
        self.put(row)

    def put(self, row: OutboxRow, rank: int | None = None) -> None:
        """Take over a row that is in the journal and has its place. ``rank`` lets a new lane go
        before its turn."""
        if row.event is not None:
            self._under_way.add(row.event)
        lane = self._lanes.get(row.lane)
        if lane is not None:
            lane.append(row)
            return
        self._lanes[row.lane] = deque((row,))
        wait = row.due_at - self._context.clock() if row.due_at and not row.attempts else 0.0
        if wait > 0:
            self._wait(row.lane, wait)
        else:
            heappush(self._ready, (row.id if rank is None else rank, row.lane))
            self._pump()

    def restore(self, rows: Iterable[OutboxRow]) -> None:
        """Take over what was left by the last run; any of it may have got through."""
        for row in rows:
            row.doubtful = True
            self.add(row)

    def set_up(self, up: bool, detail: str = "") -> None:
        """Begin or stop to deliver, as the room opens or closes."""
        self.up, self.detail = up, detail
        if not up:
            return
        for lane in list(self._timers):
            self._timers.pop(lane).cancel()
            self._make_ready(lane)
        self._expire()
        if not self._lanes:
            self._tell_missed()
        self._pump()

    def confirm(self, key: str, event: int | None, part: int, ids: tuple[str, ...]) -> None:
        """Note that a part of a copy is evident."""
        self.note_copies(event, part, (ids,))
        for lane in self._lanes.values():
            row = lane[0]
            if self._key(row) == key and row.done <= part:
                row.evident |= {part}
                if part == row.done:  # and with it those after it that were evident before
                    while row.done in row.evident:
                        row.done += 1
                    self._context.journal.add("progress", (row.done, row.id))
                return

    def when_drained(self, lane: str, do: Callable[[], None]) -> None:
        """Do something when nothing waits in this lane: now, or once its last row is gone."""
        if lane in self._lanes:
            self._drained[lane] = do
        else:
            do()

    def oldest(self) -> float | None:
        """Since when the oldest row waits, in seconds since 1970."""
        return min((lane[0].created_at for lane in self._lanes.values()), default=None)

    def events(self) -> set[int]:
        """Return the events that wait."""
        return {row.event for lane in self._lanes.values() for row in lane if row.event is not None}

    def clear(self) -> int:
        """Drop all that waits; what is on its way may still arrive. Return how many."""
        rows = [row for lane in self._lanes.values() for row in lane]
        self._context.journal.add("delivered", *((row.id,) for row in rows))
        self._under_way.clear()
        count = len(rows) + self.missed.span.count
        self._lanes.clear()
        self._ready.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.backlog -= len(rows)
        self.missed.forget()
        return count

    async def close(self) -> None:
        """Stop delivering; what is not delivered stays in the journal."""
        self.up = False
        for timer in self._timers.values():
            timer.cancel()
        tasks = list(self._workers)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- what goes out

    def _pump(self) -> None:
        wanted = min(self._context.limits.window, len(self._busy) + len(self._ready))
        while self.up and len(self._workers) < wanted:
            worker = asyncio.create_task(self._work(), name=f"outbox {self.room}")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        await self._serve()
        # Gone at once, not a turn of the loop later: a row put in between would find it still
        # counted, start nobody, and wait for the next row.
        if worker := asyncio.current_task():
            self._workers.discard(worker)

    async def _serve(self) -> None:
        while self.up and self._ready:
            _, name = heappop(self._ready)
            lane = self._lanes.get(name)
            if not lane:
                continue
            self._busy.add(name)
            try:
                wait = await self._attempt(lane[0])
            finally:
                self._busy.discard(name)
            if self._lanes.get(name) is not lane:
                continue  # cleared meanwhile
            if wait is None:
                self._finish(name, lane)
            elif self.up:
                self._wait(name, wait)
            else:
                self._make_ready(name)

    def _make_ready(self, lane: str) -> None:
        """Let a lane be served when its head is the oldest: people's order, as far as possible."""
        heappush(self._ready, (self._lanes[lane][0].id, lane))

    def _wait(self, lane: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[lane] = loop.call_later(seconds, self._wake, lane)

    def _wake(self, lane: str) -> None:
        if self._timers.pop(lane, None):
            self._make_ready(lane)
            self._pump()

    def _finish(self, name: str, lane: deque[OutboxRow]) -> None:
        self._under_way.discard(lane.popleft().event or 0)
        self.backlog -= 1
        if lane:
            self._make_ready(name)
            return
        del self._lanes[name]
        if do := self._drained.pop(name, None):
            do()
        if self.missed and self.backlog <= self._context.limits.backlog_lines // 4:
            self._tell_missed()

    async def _attempt(self, row: OutboxRow) -> float | None:
        """Try to deliver one row. Return None if it is settled, else seconds to wait."""
        command: Command | None = None
        try:
            async with self._turn:  # what is older is begun first, even if it must be looked up
                command = await self._command(row)
            if command is not None:
                await self._deliver(row, command)
        except Rejected as rejection:
            notice = await self._refused(row, str(rejection))
            if notice:  # in the transaction that settles the row
                self._context.notify(notice)
        except asyncio.CancelledError:
            raise
        except Waiting:
            return _WAIT
        except Exception as error:
            return self._postpone(row, error)
        self._context.journal.add("delivered", (row.id,))
        return None

    async def _command(self, row: OutboxRow) -> Command | None:
        if row.command is not None:
            return structs.replace(row.command, doubtful=row.doubtful)
        if row.event is None:
            return None
        command = await self.voice.command(row.event, self._key(row), self._under_way)
        if command is None or not row.doubtful:
            return command
        return structs.replace(command, doubtful=True)

    async def _deliver(self, row: OutboxRow, command: Command) -> None:
        parts = row.parts or self.network.render(command)
        if row.parts is None and len(parts) > 1:
            row.parts = parts
            self._context.journal.add("freeze", (encode_parts(parts), row.id))
            await self._context.journal.committed()
        if row.done >= len(parts):
            return
        first = row.done
        delivered: Delivered = await self.network.deliver(command, parts, first)
        self.note_copies(row.event, first, delivered.parts)
        self._metrics.delivered += 1
        self._metrics.lagged(self._context.clock() - row.created_at)

    def note_copies(
        self, event: int | None, first: int, parts: tuple[tuple[str, ...], ...]
    ) -> None:
        """Keep what the room calls the parts of an event."""
        if event is not None:
            for part, ids in enumerate(parts, first):
                rows = [(self.number, native, event, part) for native in ids if _storable(native)]
                if rows:
                    self._context.journal.add("copy", *rows)
                for _, native, _, _ in rows:
                    self.voice.note(native, event, part)

    def _postpone(self, row: OutboxRow, error: Exception) -> float:
        wait = BACKOFF[min(row.attempts, len(BACKOFF) - 1)]
        row.attempts += 1
        row.due_at = self._context.clock() + wait
        row.doubtful = row.doubtful or not (isinstance(error, Unavailable) and not error.sent)
        self._context.journal.add("delay", (row.attempts, row.due_at, row.id))
        self._metrics.retried += 1
        level = logging.INFO if isinstance(error, Unavailable) else logging.ERROR
        unexpected = None if isinstance(error, Unavailable) else error
        log.log(level, "%s: not now: %s", self.room, error, exc_info=unexpected)
        return wait

    async def _refused(self, row: OutboxRow, reason: str) -> Notice | None:
        self._metrics.rejected += 1
        log.warning("%s refuses %s: %s", self.room, self._key(row), reason)
        if row.event is None:
            return None
        try:
            return await refusal(self._context, row.event, self.room, self.address, reason)
        except Exception:
            log.exception("%s: nobody is told that %s was refused", self.room, self._key(row))
            return None

    def _key(self, row: OutboxRow) -> str:
        if row.event is None:
            return row.command.key if row.command else ""
        return self._context.key(row.event, self.number)

    # -- what waited too long

    def _expire(self) -> None:
        """Make one line of what has waited too long; it comes before what has not."""
        limit = self._context.clock() - self._context.limits.backlog_age
        expired = Span()
        for name, lane in list(self._lanes.items()):
            while lane and name not in self._busy and lane[0].created_at < limit:
                row = lane.popleft()
                self._under_way.discard(row.event or 0)
                self.backlog -= 1
                self._context.journal.add("delivered", (row.id,))
                if row.event is not None:
                    expired.add(row.event, row.created_at)
            if not lane:
                del self._lanes[name]
                self._drained.pop(name, lambda: None)()
        self._ready = [
            (lane[0].id, name)
            for name, lane in self._lanes.items()
            if name not in self._busy and name not in self._timers
        ]
        heapify(self._ready)
        if expired.count:
            self._tell_span(expired, first=True)

    def _tell_missed(self) -> None:
        """Queue the one line that stands for all that came past the limit."""
        if self.missed and self.up:
            span = self.missed.span
            self.missed.forget()
            self._tell_span(span)

    def _tell_span(self, span: Span, *, first: bool = False) -> None:
        context = self._context
        url = context.link(span.page(self.number))
        text = context.words.missed(span.count, span.begin, span.end, url, None)
        number = context.store.number("outbox")
        row = OutboxRow(
            id=number,
            room=self.number,
            lane=f"missed {number}",
            event=None,
            command=Say(key=context.own_key(number), room=self.room, text=text),
            created_at=context.clock(),
        )
        context.journal.add("outbox", row.row())
        self.backlog += 1
        self.put(row, 0 if first else None)


def _storable(native: str) -> bool:
    return native.isprintable() or native.isascii()
