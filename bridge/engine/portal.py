"""One queue for each portal: journal in, facts, decide, outbox, in one transaction for a drain."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
from functools import partial

from msgspec import Struct

from bridge import metrics
from bridge.core.decide import Decision, decide
from bridge.core.echo import WINDOW
from bridge.core.facts import Facts, Leg, Original
from bridge.engine.context import Context
from bridge.engine.floor import Floor
from bridge.engine.originals import Originals
from bridge.engine.outbox import Outbox
from bridge.engine.people import People
from bridge.engine.recorder import Queued, Recorder
from bridge.engine.stage import Stage
from bridge.engine.voice import Voice
from bridge.model import (
    Account,
    Event,
    Hosting,
    MessageSent,
    Network,
    RoomRef,
    Seating,
    TopicChanged,
    plain,
)
from bridge.store import messages
from bridge.store.rooms import LegRow

log = logging.getLogger(__name__)

_DRAIN = 256
"""Events that are decided in one transaction at most."""
_TRIES = 3
_Around = tuple[Leg, tuple[Leg, ...], Callable[[str], Original | None]]
"""The leg of a room, the other legs, and what finds the events that the room knows."""
Copies = tuple[tuple[str, ...], ...]


class Arrival(Struct):
    """An event on its way into a portal."""

    event: Event
    received_at: float
    inbox: int | None = None
    """Its row in the inbox, if it was accepted there."""
    spoken: dict[RoomRef, Copies] | None = None
    """The rooms where it was said already, and what its parts are called there."""
    doubtful: bool = False
    """It may have been said in some room before the daemon stopped."""
    number: int = 0
    """Its place in the archive, once it has one."""


class Portal:
    """A set of linked rooms that show one conversation."""

    def __init__(self, context: Context, number: int, name: str):
        self.number = number
        self.name = name
        self.legs: dict[RoomRef, Leg] = {}
        self.outboxes: dict[RoomRef, Outbox] = {}
        self.stages: dict[RoomRef, Stage] = {}
        """The hosted rooms among the legs."""
        self.seating: dict[RoomRef, Seating] = {}
        """The rooms where people may have a seat of their own, and who seats them."""
        self.people = People(context)
        self._context = context
        self._queue: deque[Arrival] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._rooms: dict[int, RoomRef] = {}
        self.originals = Originals(context, self._rooms)
        self._recorder = Recorder(
            context, number, self.originals, self.people, self.outboxes, self.stages
        )
        self._floor = Floor(context, self, self._enqueue)
        self._said: deque[tuple[float, RoomRef, int]] = deque()
        self._repeats: Counter[tuple[RoomRef, int]] = Counter()
        self._surroundings: dict[RoomRef, _Around] = {}
        self._topic: tuple[str, float] | None = None
        self._topic_known = False

    # -- legs

    def add(self, row: LegRow, network: Network) -> Outbox:
        """Add a leg, or give the one that is there its new policy."""
        self.legs[row.room] = Leg(row.room, row.address, row.policy)
        self._surroundings.clear()
        outbox = self.outboxes.get(row.room)
        if outbox is None:
            voice = Voice(
                self._context,
                row.number,
                row.room,
                network,
                self.originals,
                self.people,
                row.policy,
            )
            outbox = Outbox(self._context, row.number, row.room, row.address, network, voice)
            self.outboxes[row.room] = outbox
            self._rooms[row.number] = row.room
            if isinstance(network, Seating):
                self.seating[row.room] = network
            if row.policy.hosted and isinstance(network, Hosting):
                stage = Stage(self._context, row.number, row.room, network, voice)
                self.stages[row.room] = stage
                outbox.set_up(True, "")
        outbox.voice.policy = row.policy
        self.people.add(outbox, row.policy)
        return outbox

    async def remove(self, room: RoomRef) -> None:
        """Take a leg out; what waits for it is forgotten by the caller's transaction."""
        self.people.remove(room)
        del self.legs[room]
        self._surroundings.clear()
        outbox = self.outboxes.pop(room)
        await outbox.close()
        self.seating.pop(room, None)
        if stage := self.stages.pop(room, None):
            await stage.close()
        self._rooms.pop(outbox.number, None)

    async def close(self) -> None:
        """Decide what has come, within two seconds, and stop; what is not done stays in the
        journal."""
        self._closing = True
        await self._floor.close()
        if self._task:
            await asyncio.wait({self._task}, timeout=2)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(outbox.close() for outbox in self.outboxes.values()))
        await asyncio.gather(*(stage.close() for stage in self.stages.values()))

    # -- events

    @property
    def waiting(self) -> int:
        """How many events are not decided yet."""
        return len(self._queue)

    def push(self, arrivals: Iterable[Arrival]) -> None:
        """Take events in, in this order."""
        if self.stages:
            arrivals = [arrival for arrival in arrivals if not self._floor.take(arrival)]
        self._queue.extend(arrivals)
        if self._task is None and self._queue:
            self._task = asyncio.create_task(self._run(), name=f"portal {self.name}")

    def _enqueue(self, arrival: Arrival) -> None:
        """Take in what was said on the floor."""
        self._queue.append(arrival)
        self.push(())

    def report(self, event: Event) -> None:
        """Take in an event of our own making."""
        self._enqueue(Arrival(event, self._context.clock()))

    async def parent(self, event: MessageSent) -> Original | None:
        """Return the message that one answers."""
        if not event.reply_to:
            return None
        await self.originals.load_names(
            event.room, self.outboxes[event.room].number, (event.reply_to,)
        )
        await self.originals.load(event.room, event.reply_to)
        found = self.originals.named(event.room, event.reply_to)
        return self.originals.numbered(found.target) if found and found.kind == "edited" else found

    async def _run(self) -> None:
        try:
            released: asyncio.Task[None] | None = None
            while self._queue:
                count = min(len(self._queue), _DRAIN)
                drained = await self._drain([self._queue.popleft() for _ in range(count)])
                # One drain is written while the next is decided; they are released in order.
                following = asyncio.create_task(drained)
                if released:
                    await released
                released = following
            if released:
                await released
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("portal %s stumbled", self.name)
        finally:
            self._task = None
            if self._queue and not self._closing:
                self.push(())

    async def _drain(self, batch: list[Arrival]) -> Coroutine[None, None, None]:
        """Decide a batch; return what waits for its commit and then lets the outboxes begin."""
        # Everything that must be waited for comes first: from the first ``add`` to ``committed``
        # there is no await, so that the drain is one transaction.
        self.originals.trim()
        self._context.trim()
        batch, authors = await self._prepare(batch)
        queued: list[Queued] = []
        for arrival in batch:
            queued.extend(self._take(arrival, authors))
        return self._release(self._context.journal.commit(), queued)

    async def _release(self, committed: asyncio.Future[None], queued: list[Queued]) -> None:
        try:
            await committed
        except Exception:
            log.exception("portal %s: what was decided could not be written", self.name)
            return
        for put in queued:
            put()

    async def _prepare(self, batch: list[Arrival]) -> tuple[list[Arrival], dict[Account, int]]:
        """Read what deciding needs. An event for which that fails costs no other event."""
        batch = [arrival for arrival in batch if arrival.event.room in self.legs]
        authors: dict[Account, int] = {}
        try:
            await self._read(batch, authors)
        except Exception:
            log.exception("portal %s: looking at %d events one by one", self.name, len(batch))
            for arrival in tuple(batch):
                try:
                    await self._read([arrival], authors)
                except Exception as error:
                    batch.remove(arrival)
                    self._quarantine(arrival, error)
        # A leg may be gone by now.
        return [arrival for arrival in batch if arrival.event.room in self.legs], authors

    async def _read(self, batch: list[Arrival], authors: dict[Account, int]) -> None:
        await self._load(batch)
        authors.update(await self._authors(batch))
        await self._load_topic(batch)

    async def _load(self, batch: list[Arrival]) -> None:
        """Have everything at hand that these events refer to, and find those that came before.

        What is live was not seen before, or not long ago; only history can be older.
        """
        names: dict[RoomRef, set[str]] = {}
        for arrival in batch:
            wanted = names.setdefault(arrival.event.room, set())
            wanted.update(_refers_to(arrival.event))
            if not getattr(arrival.event, "live", True):
                wanted.update(getattr(arrival.event, "ids", ()))
            elif arrival.inbox is not None:
                room = arrival.event.room
                await self.originals.load_latest(room, self.outboxes[room].number)
        for room, natives in names.items():
            if natives:
                await self.originals.load_names(room, self.outboxes[room].number, natives)
        for arrival in batch:
            for native in _refers_to(arrival.event):
                await self.originals.load(arrival.event.room, native)

    async def _authors(self, batch: list[Arrival]) -> dict[Account, int]:
        found = (getattr(arrival.event, "author", None) for arrival in batch)
        accounts = {account for account in found if account and _sound(account)}
        number = self._context.store.identities.number
        return {account: await number(account) for account in accounts}

    async def _load_topic(self, batch: list[Arrival]) -> None:
        if self._topic_known or not any(isinstance(a.event, TopicChanged) for a in batch):
            return
        event = await messages.latest_topic(self._context.store.reader, self.number)
        if isinstance(event, TopicChanged):
            self._topic = (event.topic, event.time)
        self._topic_known = True

    # -- one event

    def _take(self, arrival: Arrival, authors: dict[Account, int]) -> list[Queued]:
        journal = self._context.journal
        if arrival.inbox is not None:
            journal.add("decided", (arrival.inbox,))
        for attempt in range(1, _TRIES + 1):
            try:
                decision = self._decide(arrival)
                bodies = [messages.encode_event(record.event) for record in decision.records]
                break
            except Exception as error:
                log.error("event in %s failed (%d)", arrival.event.room, attempt, exc_info=error)
                failure = error
        else:
            self._quarantine(arrival, failure)
            return []
        for notice in decision.notices:
            self._context.notify(notice)
        queued: list[Queued] = []
        try:
            for record, body in zip(decision.records, bodies, strict=True):
                author: Account | None = getattr(record.event, "author", None)
                number = authors.get(author) if author else None
                queued += self._recorder.record(arrival, record, body, number)
                if isinstance(record.event, TopicChanged):
                    self._topic = (record.event.topic, record.event.time)
        except Exception as error:
            log.exception("event in %s cannot be recorded", arrival.event.room)
            self._quarantine(arrival, error)
        return queued

    def _decide(self, arrival: Arrival) -> Decision:
        event = arrival.event
        topic, topic_time = self._topic or (None, 0.0)
        room = event.room
        origin, others, original = self._around(room)
        return decide(
            event,
            Facts(
                origin=origin,
                others=others,
                known=any(self.originals.knows(room, i) for i in getattr(event, "ids", ())),
                repeats=self._count(event)
                if isinstance(event, MessageSent) and arrival.spoken is None
                else 0,
                mark=self._context.mark,
                threads=not getattr(event, "reply_to", "")
                or self.outboxes[room].network.capabilities(room).threads,
                topic=topic,
                topic_time=topic_time,
                find_names=self.people.finder(room),
                original=original,
                by_number=self.originals.numbered,
                lately=self.people.lately if origin.policy.answers_by_name else (),
                words=self._context.words,
            ),
        )

    def _around(self, room: RoomRef) -> _Around:
        """Return what stays the same for all events of a room, until the legs change."""
        found = self._surroundings.get(room)
        if found is None:
            others = tuple(leg for other, leg in self.legs.items() if other != room)
            found = (self.legs[room], others, partial(self.originals.named, room))
            self._surroundings[room] = found
        return found

    def _quarantine(self, arrival: Arrival, error: Exception) -> None:
        context, room = self._context, arrival.event.room
        try:
            body = messages.encode_event(arrival.event)
        except Exception:
            body = repr(arrival.event).encode("utf-8", "backslashreplace")
        number = context.store.number("quarantine")
        text = f"{room}: {type(error).__name__}: {error}".encode("utf-8", "replace").decode()
        context.journal.add("quarantine", (number, arrival.received_at, text, body))
        metrics.quarantined.inc()

    def _count(self, event: MessageSent) -> int:
        """Count how often this text was said in its room within the window."""
        now = self._context.clock()
        while self._said and self._said[0][0] < now - WINDOW:
            _, room, text = self._said.popleft()
            self._repeats[room, text] -= 1
            if not self._repeats[room, text]:
                del self._repeats[room, text]
        content = event.content
        said = hash((plain(content), content.attached) if content.attached else plain(content))
        before = self._repeats[event.room, said]
        self._repeats[event.room, said] += 1
        self._said.append((now, event.room, said))
        return before


def _refers_to(event: Event) -> list[str]:
    """Return the ids that an event uses for others."""
    names = (getattr(event, name, "") for name in ("target", "reply_to", "thread"))
    return [name for name in names if name]


def _sound(account: Account) -> bool:
    """Tell whether an account can be written at all; if not, its event will not be either."""
    try:
        f"{account.user}{account.name}{account.about}".encode()
    except UnicodeEncodeError:
        return False
    return True
