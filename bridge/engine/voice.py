"""Finds the words for one room: gathers what an event refers to there, and renders it."""

from functools import partial
from typing import Protocol

from msgspec import structs

from bridge.core import render
from bridge.core.facts import Original
from bridge.core.reactions import compared, told
from bridge.core.render import Moment, Parts, Related, Situation
from bridge.engine.context import Context
from bridge.engine.originals import Originals
from bridge.engine.reactions import Reactions
from bridge.engine.recent import Recent
from bridge.model import (
    Account,
    Capabilities,
    Command,
    Content,
    Event,
    LegPolicy,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Network,
    Reacted,
    Reply,
    RoomRef,
    Thread,
)
from bridge.store import relations
from bridge.store.relations import Archived

_LEAD = 600.0
"""Seconds after which a message of a thread says again to which it belongs (semantics 2.2)."""
_RECENT = 120.0
"""Seconds for which an answer needs no quote, if nobody else has spoken meanwhile."""


class Waiting(Exception):
    """What the event refers to is still on its way to the room."""


class Crowd(Protocol):
    """Knows the people of a portal (``engine.people.People``)."""

    def count(self, room: RoomRef) -> int:
        """How many people of its own network are known to be in a room."""

    def last_spoke(self, account: Account | None, event: int) -> bool:
        """Tell whether a message is among the last few, and the last of its author."""


class Voice:
    """Speaks for a portal in one of its rooms."""

    def __init__(
        self,
        context: Context,
        number: int,
        room: RoomRef,
        network: Network,
        originals: Originals,
        crowd: Crowd,
        policy: LegPolicy,
    ):
        self.policy = policy
        self._context = context
        self._number = number
        self._room = room
        self._network = network
        self._originals = originals
        self._crowd = crowd
        self._reactions = Reactions(context)
        self._led: Recent[int, tuple[int, float]] = Recent(256)
        """The threads that were said by name lately: before which message, and when."""
        self._told: dict[int, int] = {}

    def note(self, native: str, number: int, part: int) -> None:
        """The room calls a part of an event so; it may take a moment until that is on the disk."""
        self._originals.note_name(self._room, native, number, part)

    def hold(self, event: Event) -> float:
        """Seconds for which an event is kept back here: what has to be said in words may be said
        once for several quick changes."""
        if type(event) is MessageSent:
            return 0.0
        can, hold = self._network.capabilities(self._room), self.policy.edit_hold
        in_words = (isinstance(event, MessageEdited) and not can.edits) or (
            isinstance(event, Reacted) and not can.reactions
        )
        if not in_words:
            return 0.0
        return self._context.limits.edit_hold if hold is None else hold

    async def command(
        self, number: int, key: str, under_way: set[int], *, in_order: bool = False
    ) -> Command | None:
        """Render an event now. None: the room need not be told. ``in_order``: the room is shown all
        that happened, a message and then its edits.

        Raises ``Waiting`` while what it refers to is among the events ``under_way`` to this room.
        """
        event = await self._context.recall(number)
        if event is None:
            return None
        record = await self._originals.fetch(number)
        target = await self._originals.fetch(record.target) if record and record.target else None
        if target and target.id in under_way:
            raise Waiting  # nothing is said before what it answers, edits or reacts to
        if record and self._is_idle(event, number, record, target):
            return None
        can = self._can()
        related = await self._related(event, record, target) if target else None
        if related and target and isinstance(event, Reacted) and not can.reactions:
            line = await self._reactions.line(number, event, target, under_way)
            if not line.keys:
                return None
            related = structs.replace(related, keys=line.keys, others=line.others)
        at = Situation(
            key=key,
            room=self._room,
            can=can,
            moment=self._moment(key, _version(event, number, record)),
            target=related,
            thread=await self._thread(record.thread)
            if record and record.thread and can.threads
            else None,
            lead=await self._lead(record.thread, number) if record and record.thread else "",
        )
        return render.render(event if in_order else self._as_it_is(event, record), at)

    def _can(self) -> Capabilities:
        can = self._network.capabilities(self._room)
        if can.threads and not self.policy.threads:
            return structs.replace(can, threads=False)
        return can

    async def ahead(self, event: MessageSent, key: str, parent: Original | None) -> Command:
        """Render a message that is not in the archive yet: it is said here first."""
        at = Situation(
            key=key,
            room=self._room,
            can=self._can(),
            # It has no page of its own yet.
            moment=structs.replace(self._moment(key, 0), link=str),
            target=await self._related(event, None, parent) if parent else None,
        )
        return render.say(event, at)

    def _moment(self, key: str, number: int) -> Moment:
        context = self._context
        return Moment(
            context.clock(),
            hop=context.mark,
            link=partial(context.link, key),
            offered=partial(context.offer, number),
            links=context.media.links,
            words=context.words,
        )

    async def _lead(self, root: int, number: int) -> str:
        """Say which thread a message belongs to where there are none, now and then."""
        can = self._network.capabilities(self._room)
        if can.threads or not self.policy.threads or number == root:
            return ""
        now = self._context.clock()
        led, at = self._led.get(root, (0, 0.0))
        if led != number and now - at < _LEAD:
            return ""
        first = await self._originals.fetch(root)
        if first is None or not first.content:
            return ""
        self._led[root] = (number, now)
        self._led.trim()
        return self._context.words.thread(first.content)

    def _is_idle(
        self, event: Event, number: int, record: Original, target: Original | None
    ) -> bool:
        """Tell whether nothing is to be said any more: it was taken back, or a newer edit stands,
        or it was said in another way before."""
        match event:
            case MessageSent():
                return record.kind == "sent" and not record.versions
            case MessageEdited() if not self.policy.hosted:
                latest = target.versions[-1].event if target and target.versions else 0
                return latest != number or self._told.get(record.target, 0) >= number
            case Reacted():
                return not self._network.capabilities(self._room).reactions and (
                    not event.added or not told(self.policy, self._crowd.count(self._room))
                )
            case _:
                return False

    def _as_it_is(self, event: Event, record: Original | None) -> Event:
        """A message that was edited before its turn came is said as it is now, at once."""
        if not isinstance(event, MessageSent) or record is None or len(record.versions) < 2:
            return event
        newest = record.versions[-1]
        self._told[record.id] = newest.event
        while len(self._told) > 256:
            del self._told[next(iter(self._told))]
        return structs.replace(event, content=newest.content)

    # -- what it refers to

    async def _related(
        self, event: Event, record: Original | None, target: Original
    ) -> Related | None:
        if target.author is None:
            return None
        parts = await self._parts(target.id)
        before: Content | None = None
        if isinstance(event, MessageEdited) and len(target.versions) > 1:
            before = target.versions[-2].content
        undone = await self._undone(event, record)
        undone_parts = await self._parts(undone.id) if undone else ()
        return Related(
            author=target.author,
            parts=parts,
            edits=await self._edits(target) if isinstance(event, MessageRetracted) else (),
            content=target.content,
            before=before,
            own=self.policy.hosted or target.room != self._room,
            recent=self._is_recent(target),
            keys=await self._keys(event, target),
            key=undone.event.key if undone and isinstance(undone.event, Reacted) else "",
            copy=undone_parts[0] if undone_parts else (),
            reply=await self._reply(target) if isinstance(event, MessageEdited) else None,
        )

    async def _ids(self, number: int) -> list[tuple[int, str]]:
        if (known := self._originals.all_ids(self._room, number)) is not None:
            return sorted(set(known))
        found = await relations.parts(self._context.store.reader, number, self._number)
        found.update(self._originals.ids(self._room, number))
        return sorted(found)

    async def _parts(self, number: int) -> Parts:
        parts: dict[int, list[str]] = {}
        for part, native in await self._ids(number):
            if part >= 0:
                parts.setdefault(part, []).append(native)
        return tuple(tuple(natives) for natives in parts.values())

    async def _edits(self, target: Original) -> Parts:
        found: list[tuple[str, ...]] = []
        for edit in await relations.edits(self._context.store.reader, target.id):
            found += await self._parts(edit.id)
        return tuple(found)

    def _is_recent(self, target: Original) -> bool:
        return self._context.clock() - target.time < _RECENT and self._crowd.last_spoke(
            target.author, target.id
        )

    async def _keys(self, event: Event, target: Original) -> tuple[str, ...]:
        """Return all that somebody reacts with, each as it was sent."""
        if not isinstance(event, Reacted):
            return ()
        mine = target.reactions.get(event.author.user, {})
        sent = [await self._context.recall(number) for number in mine.values()]
        return tuple(reaction.key for reaction in sent if isinstance(reaction, Reacted))

    async def _undone(self, event: Event, record: Original | None) -> Archived | None:
        """Return the reaction that is taken away."""
        if not isinstance(event, Reacted) or event.added or record is None:
            return None
        reader = self._context.store.reader
        changes = await relations.reactions_before(reader, record.target, record.id)
        return next((before for before in changes if _undoes(event, before.event)), None)

    async def _reply(self, edited: Original) -> Reply | None:
        parent = await self._originals.fetch(edited.target) if edited.target else None
        if parent is None or parent.author is None:
            return None
        parts = await self._parts(parent.id)
        words = self._context.words
        return render.reply(parts, parent.author, parent.content, words) if parts else None

    async def _thread(self, root: int) -> Thread | None:
        reader = self._context.store.reader
        ids = [native for part, native in await self._ids(root) if part <= 0]
        latest = await relations.latest_in_thread(reader, root, self._number)
        newest = await self._parts(latest)
        name = f"{self._context.mark}.t{root:x}"
        return Thread(name, tuple(ids), newest[-1] if newest else ())


def _version(event: Event, number: int, record: Original | None) -> int:
    """Return the event that said what a message says now."""
    edited = isinstance(event, MessageSent) and record and record.versions
    return record.versions[-1].event if record and edited else number


def _undoes(removal: Reacted, before: Event) -> bool:
    return (
        isinstance(before, Reacted)
        and before.added
        and before.author.user == removal.author.user
        and compared(before.key) == compared(removal.key)
    )
