"""What earlier events say now: a cache over the archive that is ahead of the disk.

The portal writes here what it decides at the moment it decides it, so that an edit which comes in
the same drain as its message finds it.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from msgspec import structs

from bridge.core.decide import Record
from bridge.core.facts import Original, Version
from bridge.core.reactions import compared
from bridge.engine.context import Context
from bridge.engine.recent import Recent
from bridge.model import (
    Account,
    Content,
    Event,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Reacted,
    RoomRef,
    UserRef,
)
from bridge.store import relations

_KEPT = 1536
"""Enough for what is under way, and little enough to stay in the processor's cache: with 4,096 a
message cost a fifth more."""
_LATEST = 20_000
"""Events among which one that is pushed once more is looked for."""


class _Ids:
    """What a room calls the parts of an event, as far as it is in memory."""

    __slots__ = ("found", "whole")

    def __init__(self, whole: bool):
        self.found: list[tuple[int, str]] = []
        self.whole = whole
        """Nothing of it is on the disk alone."""


class Originals:
    """The events of one portal that others may refer to."""

    def __init__(self, context: Context, rooms: Mapping[int, RoomRef]):
        self._context = context
        self._rooms = rooms
        self._latest: set[RoomRef] = set()
        self._names: Recent[tuple[RoomRef, str], int] = Recent(4 * _KEPT)
        self._ids: Recent[tuple[RoomRef, int], _Ids] = Recent(4 * _KEPT)
        self._known: Recent[int, Original] = Recent(_KEPT)

    # -- asked by the portal, while it decides

    def named(self, room: RoomRef, native: str) -> Original | None:
        """Return the event that a room knows by this id, as far as it was loaded."""
        number = self._names.get((room, native))
        return self._known.get(number) if number else None

    def numbered(self, number: int) -> Original | None:
        """Return an event, as far as it was loaded."""
        return self._known.get(number)

    def knows(self, room: RoomRef, native: str) -> bool:
        """Tell whether an id names anything."""
        return (room, native) in self._names

    def number(self, room: RoomRef, native: str) -> int:
        """Return the event that a room knows by this id, as far as it is in memory; else 0."""
        return self._names.get((room, native), 0)

    def ids(self, room: RoomRef, number: int) -> list[tuple[int, str]]:
        """Return the ids of an event in a room that are in memory, each with its part."""
        ids = self._ids.get((room, number))
        return ids.found if ids else []

    def all_ids(self, room: RoomRef, number: int) -> list[tuple[int, str]] | None:
        """Return all ids of an event in a room; None: some may be on the disk alone."""
        ids = self._ids.get((room, number))
        return ids.found if ids and ids.whole else None

    def trim(self) -> None:
        """Forget what was met long ago."""
        for recent in (self._names, self._ids, self._known):
            recent.trim()

    # -- before it decides

    async def load_latest(self, room: RoomRef, number: int) -> None:
        """Have the latest ids of a room at hand, once: what a server pushes again is among them."""
        if room in self._latest:
            return
        self._latest.add(room)
        since = self._context.store.newest("events") - _LATEST
        for native, event in await relations.lately_named(
            self._context.store.reader, number, since
        ):
            self._names[room, native] = event

    async def load_names(self, room: RoomRef, number: int, natives: Iterable[str]) -> None:
        """Have these ids of a room at hand."""
        missing = {native for native in natives if (room, native) not in self._names}
        if missing:
            found = await relations.named(self._context.store.reader, number, missing)
            for native, event in found.items():
                self._names[room, native] = event

    async def load(self, room: RoomRef, native: str) -> None:
        """Have the event that a room knows by this id at hand, and what it belongs to."""
        number = self._names.get((room, native))
        while number:
            original = self._known.get(number) or await self.fetch(number)
            number = original.target if original and original.kind != "sent" else 0

    async def fetch(self, number: int) -> Original | None:
        """Return an event, from memory or from the archive."""
        if known := self._known.get(number):
            return known
        reader = self._context.store.reader
        found = await relations.archived(reader, number)
        if found is None or (room := self._rooms.get(found.room)) is None:
            return None
        original = _original(found, room)
        if found.kind == "sent" and not found.retracted:
            edits = await relations.edits(reader, number)
            later = [Version(e.id, e.event.content) for e in edits if _edits(e.event)]  # type: ignore[union-attr]
            standing = await relations.reactions(reader, number)
            original = structs.replace(
                original, versions=(*original.versions, *later), reactions=_by_user(standing)
            )
        # Decided meanwhile? Then that is newer than what was read.
        if number not in self._known:
            self._known[number] = original
        return self._known[number]

    # -- while it decides

    def note_name(self, room: RoomRef, native: str, number: int, part: int = 0) -> None:
        """An id of (a part of) an event has become known; on the disk it is a moment later."""
        self._names[room, native] = number
        ids = self._ids.get((room, number))
        if ids is None:
            ids = self._ids[room, number] = _Ids(whole=False)
        ids.found.append((part, native))

    def note(self, number: int, record: Record) -> None:
        """An event was decided: keep it, and change what it changes."""
        event = record.event
        for room in (event.room, *record.relay_to):
            self._ids.setdefault((room, number), _Ids(whole=True)).whole = True
        original = _first(number, record)
        if original:
            self._known[number] = original
        target = self._known.get(record.target) if record.target else None
        if target is None:
            return
        match event:
            case MessageEdited(content=content):
                version = Version(number, content)
                self._known[target.id] = structs.replace(
                    target, versions=(*target.versions, version)
                )
            case MessageRetracted():
                self._known[target.id] = structs.replace(target, versions=(), reactions={})
            case Reacted():
                self._known[target.id] = structs.replace(
                    target, reactions=_changed(target, event, number)
                )


def tombstones(original: Original) -> Iterator[tuple[int, Event]]:
    """Yield what is left in the archive of a message that was taken back, and of its edits; or of
    one edit."""
    author = original.author
    if author is None:
        return
    room, time, nothing = original.room, original.time, Content(())
    edit = MessageEdited(room=room, author=author, target="", content=nothing, time=time)
    if original.kind == "edited":
        yield original.id, edit
        return
    yield (
        original.id,
        MessageSent(room=room, author=author, ids=(), content=nothing, time=time),
    )
    yield from ((version.event, edit) for version in original.versions[1:])


def _original(found: relations.Archived, room: RoomRef) -> Original:
    event = found.event
    content: Content | None = getattr(event, "content", None)
    says = content is not None and not found.retracted and found.kind == "sent"
    return Original(
        id=found.id,
        room=room,
        author=getattr(event, "author", None),
        kind=found.kind,
        time=found.time,
        versions=(Version(found.id, content),) if says and content else (),
        target=found.target,
        thread=found.thread,
        key=event.key if isinstance(event, Reacted) else "",
    )


def _first(number: int, record: Record) -> Original | None:
    event = record.event
    author: Account | None = getattr(event, "author", None)
    content: Content | None = getattr(event, "content", None)
    kind = type(event).__struct_config__.tag
    return Original(
        id=number,
        room=event.room,
        author=author,
        kind=str(kind),
        time=getattr(event, "time", 0.0),
        versions=(Version(number, content),) if content and kind == "sent" else (),
        target=record.target,
        thread=record.thread,
        key=event.key if isinstance(event, Reacted) else "",
    )


def _changed(target: Original, event: Reacted, number: int) -> Mapping[UserRef, Mapping[str, int]]:
    mine = dict(target.reactions.get(event.author.user, {}))
    if event.added:
        mine[compared(event.key)] = number
    else:
        mine.pop(compared(event.key), None)
    return MappingProxyType({**target.reactions, event.author.user: mine})


def _by_user(standing: list[tuple[UserRef, str, int]]) -> Mapping[UserRef, Mapping[str, int]]:
    found: dict[UserRef, dict[str, int]] = {}
    for user, key, event in standing:
        found.setdefault(user, {})[key] = event
    return found


def _edits(event: Event) -> bool:
    return isinstance(event, MessageEdited)
