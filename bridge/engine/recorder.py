"""Writes what was decided: the archive, the copies, and what each room must be told."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from bridge import metrics
from bridge.core.decide import Notice, Record
from bridge.core.reactions import compared
from bridge.engine.context import Context
from bridge.engine.originals import Originals, tombstones
from bridge.engine.outbox import Outbox
from bridge.engine.people import People
from bridge.engine.stage import Stage
from bridge.model import Account, Event, MessageRetracted, MessageSent, Reacted, RoomRef
from bridge.store import messages, relations
from bridge.store.pending import OutboxRow

if TYPE_CHECKING:
    from bridge.engine.portal import Arrival

Queued = Callable[[], None]
"""Lets a room be told of an event, once that is committed."""


class Recorder:
    """Adds a portal's decisions to the open batch of the journal. Nothing here waits."""

    def __init__(
        self,
        context: Context,
        portal: int,
        originals: Originals,
        people: People,
        outboxes: Mapping[RoomRef, Outbox],
        stages: Mapping[RoomRef, Stage],
    ):
        self._context = context
        self._portal = portal
        self._originals = originals
        self._people = people
        self._outboxes = outboxes
        self._stages = stages

    def record(
        self, arrival: "Arrival", record: Record, body: bytes, author: int | None
    ) -> list[Queued]:
        """Write one record; return what is to be done once it is committed."""
        context, event = self._context, record.event
        number = arrival.number = context.store.number("events")
        self._archive(number, arrival.received_at, record, body, author)
        self._apply(number, arrival.received_at, record, author)
        context.keep(number, event)
        self._originals.note(number, record)
        metrics.of(event.room.network).received += 1
        speaker: Account | None = getattr(event, "author", None)
        if speaker and isinstance(event, MessageSent):
            self._people.spoke(speaker, number, record.relay_to)
        spoken = arrival.spoken or {}
        queued = []
        for room in record.relay_to:
            if stage := self._stages.get(room):
                queued.append(self._present(stage, number, event))
            elif room in spoken:
                self._outboxes[room].note_copies(number, 0, spoken[room])
            elif put := self._queue(room, number, record, arrival.doubtful):
                queued.append(put)
        if stage := self._stages.get(event.room):
            queued.append(partial(stage.put, number, stage.name(number, event)))
        return queued

    def _present(self, stage: Stage, number: int, event: Event) -> Queued:
        """Have it shown in a hosted room, where its name is known beforehand."""
        name = stage.name(number, event)
        self._context.journal.add("copy", (stage.number, name, number, 0))
        self._originals.note_name(stage.room, name, number, 0)
        return partial(stage.put, number, name)

    def _archive(
        self, number: int, received_at: float, record: Record, body: bytes, author: int | None
    ) -> None:
        event, journal = record.event, self._context.journal
        origin = self._outboxes[event.room].number
        speaker: Account | None = getattr(event, "author", None)
        happened_at: float = getattr(event, "time", received_at)
        row = (
            number,
            self._portal,
            origin,
            author,
            speaker.authority if speaker else "",
            type(event).__struct_config__.tag,
            happened_at,
            received_at,
            record.target or None,
            record.thread or None,
            body,
        )
        journal.add("event", row)
        for native, part in self._names(event):
            self._originals.note_name(event.room, native, number, part)
            journal.add("copy", (origin, native, number, part))

    def _names(self, event: Event) -> list[tuple[str, int]]:
        """Return the ids of an event. The first message of a thread also answers to the thread's
        name; that is no id of its own, and so of no part."""
        names = [(native, 0) for native in getattr(event, "ids", ())]
        thread: str = getattr(event, "thread", "")
        if thread and not self._originals.knows(event.room, thread):
            names.append((thread, -1))
        return names

    def _apply(self, number: int, received_at: float, record: Record, author: int | None) -> None:
        """Change what stands in the database about the target."""
        journal, event, target = self._context.journal, record.event, record.target
        if isinstance(event, MessageRetracted):
            self._empty(target, event.time)
        elif record.undone:
            self._empty(record.undone, received_at)
        elif isinstance(event, Reacted) and author is not None:
            key = compared(event.key)
            if event.added:
                relations.react(journal, target, author, key, number)
            else:
                relations.unreact(journal, target, author, key)

    def _empty(self, target: int, now: float) -> None:
        """Leave nothing of what a message and its edits said, or one edit."""
        original = self._originals.numbered(target)
        if original is None:
            return
        for number, event in tombstones(original):
            self._context.journal.add("retract", (now, messages.encode_event(event), number))
            self._context.forget(number)

    def _queue(self, room: RoomRef, number: int, record: Record, doubtful: bool) -> Queued | None:
        outbox, context, event = self._outboxes[room], self._context, record.event
        author: Account | None = getattr(event, "author", None)
        now = context.clock()
        speaker = str(author.user) if author else ""
        if not outbox.admit():
            self._miss(outbox, number, event, author, speaker)
            return None
        wait = outbox.voice.hold(event)
        row = OutboxRow(
            id=context.store.number("outbox"),
            room=outbox.number,
            lane=f"{speaker} later {record.target}" if wait else speaker,
            event=number,
            command=None,
            created_at=now,
            due_at=now + wait if wait else 0.0,
            doubtful=doubtful,
        )
        context.journal.add("outbox", row.row())
        return partial(outbox.put, row)

    def _miss(
        self, outbox: Outbox, number: int, event: Event, author: Account | None, speaker: str
    ) -> None:
        if not isinstance(event, MessageSent):
            return  # the page shows every message as it stands then
        outbox.missed.add(number, event.time)
        if author and outbox.missed.must_tell(speaker):
            words = self._context.words
            text = words.shortened(words.place(outbox.room, outbox.address))
            self._context.notify(Notice(event.room, author.user, text, event.ids))
