"""What was said while the daemon was away, read from the rooms themselves when it starts.

COMPAT(Synapse 1.163): while Synapse finds out that we are back, an event may be left behind until
the next outage, and newer ones are pushed before it. So for a while a push only says that there is
news; what it is, and in which order, is read from the room.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec
from cachetools import LRUCache
from mautrix.errors import MatrixRequestError

from bridge.model import Event, StorageFailed, Unavailable
from protocols.matrix import decode, polls
from protocols.matrix.decode import Envelope
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site
from protocols.matrix.timeline import SPOKEN

log = logging.getLogger(__name__)

_SAVE_EVERY = 5.0
_OVERLAP = 60_000
"""Milliseconds that are read once more: clocks differ, and the last seconds were not noted."""
_UNSURE = 30.0
"""Seconds after the start, or an outage, for which pushes are checked against the rooms."""
_LOOKS = (4.0, 29.0)
"""Seconds after which the rooms are looked at again: what was left behind in a room where nobody
says any more is shown by no push."""
_STEADY = 3
"""Transactions that were counted one by one, from which on a number left out means something."""
_REMEMBERED = 8192
_ENOUGH = 50
"""Known events one after the other, below which nothing new is looked for."""
_PAGE = 100
_PAGES = 10
_SAID = SPOKEN | polls.ENDS | {"m.reaction", "m.room.redaction"}

Read = Callable[[list[Envelope | None]], Awaitable[list[Event]]]


class Gap:
    """Knows up to when each room was heard, and reads what came after."""

    def __init__(self, site: Site, read: Read):
        self._site = site
        self._read = read
        self._heard: dict[str, int] = {}
        self._saved: dict[str, int] = {}
        self._filled: LRUCache[str, None] = LRUCache(_REMEMBERED)
        """What is in the journal: pushed, or read from a room. The other way brings it, too."""
        self._new: dict[str, int] = {}
        """Rooms that were never heard before, and the time of their latest event then: all that is
        pushed after it is news, and nothing before is our business."""
        self._unproven: list[Envelope] = []
        self._pushed: list[Envelope] = []
        self._unsure_until = 0.0
        self._looks: list[float] = []
        self.turn = asyncio.Lock()
        """Held by whoever reads and accepts."""
        self._counted = 0
        self._steady = 0

    @property
    def unsure(self) -> bool:
        """Pushes are checked against the rooms for now."""
        return asyncio.get_running_loop().time() < self._unsure_until

    def count(self, name: str) -> None:
        """Take note of a transaction's id. Synapse counts them: what is left out is left behind,
        and what is in it must be read from the rooms."""
        number = int(name) if name.isdecimal() and len(name) < 18 else 0
        if number == self._counted + 1:
            self._steady += 1
        elif number > self._counted and self._steady >= _STEADY:
            log.info("a push is missing before transaction %d; the rooms are asked", number)
            self._doubt()
        elif self._counted - 1000 < number < self._counted:
            return  # what was left behind comes after all
        self._counted = number

    def _doubt(self) -> None:
        self._unsure_until = asyncio.get_running_loop().time() + _UNSURE

    async def read(self, envelopes: list[Envelope | None]) -> list[Event]:
        """Read a transaction, and note how far the rooms were heard."""
        self._unproven = []
        self._pushed = [e for e in envelopes if e is not None and e.type in _SAID]
        if self.unsure:
            envelopes = await self._in_order(envelopes)
        return await self._read_fresh(envelopes)

    def accepted(self) -> None:
        """What was read last is in the journal."""
        self._remember(self._unproven)
        self._remember(self._pushed)

    async def _read_fresh(self, envelopes: list[Envelope | None]) -> list[Event]:
        fresh = [e for e in envelopes if e is None or e.event_id not in self._filled]
        for envelope in fresh:
            if envelope is not None and envelope.type in _SAID:
                self._note(envelope)
        if self._heard.keys() - self._saved.keys():
            await self.save()  # what is heard first is noted at once: we may be killed any moment
        return await self._read(fresh)

    async def fill(self) -> None:
        """Accept what the open rooms have of the time since they were last heard."""
        self._doubt()
        now = asyncio.get_running_loop().time()
        self._looks = [now + seconds for seconds in _LOOKS]
        for room in self._site.rooms:
            if room.up:
                await self._fill(room)

    async def _look_again(self) -> None:
        """See whether something was left behind, at the times set for that."""
        now = asyncio.get_running_loop().time()
        if not self._looks or now < self._looks[0]:
            return
        self._looks = [time for time in self._looks if time > now]
        for room in list(self._site.rooms):
            if room.up:
                async with self.turn:
                    await self._fill(room)

    async def keep(self) -> None:
        """Write down now and then how far the rooms were heard."""
        while True:
            await asyncio.sleep(_SAVE_EVERY)
            await self.save()
            await self._look_again()

    async def save(self) -> None:
        """Write down how far the rooms were heard."""
        for room_id, time in list(self._heard.items()):
            if self._saved.get(room_id) != time and self._site.rooms.get(room_id):
                self._saved[room_id] = time
                await self._site.host.state.put(_key(room_id), str(time))

    async def forget(self, room_id: str) -> None:
        """The room is not visited any longer."""
        self._heard.pop(room_id, None)
        self._new.pop(room_id, None)
        await self._site.host.state.delete(_key(room_id))

    def _note(self, envelope: Envelope) -> None:
        time = int(envelope.origin_server_ts)
        if self._site.rooms.get(envelope.room_id):
            self._heard[envelope.room_id] = max(time, self._heard.get(envelope.room_id, 0))

    async def _fill(self, room: Room) -> None:
        heard = self._heard.get(room.id)
        kept = str(heard) if heard else await self._site.host.state.get(_key(room.id))
        try:
            since = self._new[room.id] + 1 if room.id in self._new else int(kept or 0) - _OVERLAP
            found = [e async for e in self._since(room, since)] if kept else []
            if not kept:
                await self._begin(room)
            found.reverse()
            if events := await self._read_fresh(list(found)):
                await self._site.host.accept(*events)
                self._remember(found)
                log.info("%s: looked through %d events since it was heard", room.ref, len(events))
        except (MatrixRequestError, Unavailable, StorageFailed) as error:
            log.warning("%s: what was missed could not be read: %s", room.ref, error)

    async def _in_order(self, envelopes: list[Envelope | None]) -> list[Envelope | None]:
        """Return a transaction with all that the rooms have beside it, in their order."""
        said = [e for e in envelopes if e is not None and e.type in _SAID]
        rooms = [self._site.rooms.get(room_id) for room_id in {e.room_id for e in said}]
        found: list[Envelope] = []
        try:
            for room in rooms:
                if room is not None and room.id not in self._new:
                    since = self._heard.get(room.id, 0) - _OVERLAP
                    found += reversed([e async for e in self._since(room, since)])
        except (MatrixRequestError, Unavailable) as error:
            log.info("the order of what was pushed could not be looked up: %s", error)
            return envelopes
        self._unproven = found
        known = {envelope.event_id for envelope in found}
        return [*(e for e in envelopes if e is None or e.event_id not in known), *found]

    def _remember(self, found: Iterable[Envelope]) -> None:
        for envelope in found:
            self._filled[envelope.event_id] = None

    async def _begin(self, room: Room) -> None:
        """A room that was never heard: nothing before now is our business."""
        answer = await self._page(room, "", 1)
        for envelope in _envelopes(room, answer):
            self._heard[room.id] = int(envelope.origin_server_ts)
        self._new[room.id] = self._heard.get(room.id, 0)
        await self.save()

    async def _since(self, room: Room, time: int) -> AsyncIterator[Envelope]:
        """Yield what was said since then and is not known, the newest first.

        A room's order is that of its graph: what came last may stand below what is known, if both
        were sent at the same time. So it is not enough to look down to the first that is known.
        """
        start, known = "", 0
        for _ in range(_PAGES):
            answer = await self._page(room, start, _PAGE)
            for envelope in _envelopes(room, answer):
                if envelope.type not in _SAID:
                    continue
                known = known + 1 if envelope.event_id in self._filled else 0
                # Our own events are dated back when they were late: they tell nothing of the time.
                too_old = envelope.origin_server_ts < time and not self._site.ours(envelope.sender)
                if too_old or known == _ENOUGH:
                    return
                if not known:
                    yield envelope
            end = answer.get("end")
            if not isinstance(end, str):
                return
            start = end
        log.warning("%s: more was missed than is read at the start", room.ref)

    async def _page(self, room: Room, start: str, limit: int) -> dict[str, object]:
        more = {"from": start} if start else {}
        return await self._site.homeserver.get(
            f"{room.path}/messages", dir="b", limit=str(limit), **more
        )


def _envelopes(room: Room, answer: dict[str, object]) -> Iterable[Envelope]:
    chunk = answer.get("chunk")
    for event in chunk if isinstance(chunk, list) else ():
        if isinstance(event, dict):
            envelope = decode.envelope(msgspec.json.encode({**event, "room_id": room.id}))
            if envelope is not None:
                yield envelope


def _key(room_id: str) -> str:
    return f"heard:{room_id}"
