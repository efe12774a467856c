"""Lets people speak first where they have a seat of their own (gateway.md, "Speaking").

Whoever may not speak on the network behind must not be heard on the others either. So what is said
in a hosted room goes there first, and takes its place in the portal's order only when that network
has accepted it, or has said nothing for a while. What is refused is told to its author alone.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from bridge.core.decide import Notice
from bridge.core.mentions import with_mentions
from bridge.engine.context import Context
from bridge.engine.voice import Waiting
from bridge.model import (
    Account,
    Delivered,
    MessageRetracted,
    MessageSent,
    Rejected,
    RoomRef,
    Unavailable,
)
from bridge.store.messages import encode_event

if TYPE_CHECKING:
    from bridge.engine.portal import Arrival, Portal

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds for which a message waits for the network behind, once it is written."""


class _Turn(Struct):
    """One message that is being said."""

    arrival: "Arrival"
    room: RoomRef
    saying: asyncio.Future[Delivered]


class Floor:
    """Those who speak in the hosted rooms of one portal."""

    def __init__(self, context: Context, portal: "Portal", push: Callable[["Arrival"], None]):
        self._context = context
        self._portal = portal
        self._push = push
        self._waiting: dict[str, deque[Arrival]] = {}
        """What the authors who are speaking now go on to say, or do to what they have said."""
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, arrival: "Arrival") -> bool:
        """Let somebody speak where they have a seat. False: they have none, or it is no message,
        and nothing of theirs is waiting that it could be about."""
        event = arrival.event
        account: Account | None = getattr(event, "author", None)
        if account is None or arrival.spoken is not None or event.room not in self._portal.stages:
            return False
        author = str(account.user)
        speaks = isinstance(event, MessageSent) and self._seat(event) is not None
        if not speaks and author not in self._waiting:
            return False
        self._note(arrival)
        if author in self._waiting:
            self._waiting[author].append(arrival)
        else:
            self._waiting[author] = deque((arrival,))
            self._start(self._serve(author))
        return True

    async def close(self) -> None:
        """Stop; what was not decided is in the inbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- inside

    def _seat(self, event: MessageSent) -> RoomRef | None:
        for room, network in self._portal.seating.items():
            if network.is_seated(event.author.user, room):
                return room
        return None

    def _note(self, arrival: "Arrival") -> None:
        """Put it into the inbox: it is to survive a crash while it waits."""
        if arrival.inbox is None:
            body = encode_event(arrival.event)
            arrival.inbox = self._context.store.number("inbox")
            self._context.journal.add("inbox", (arrival.inbox, arrival.received_at, body))

    async def _serve(self, author: str) -> None:
        """Begin to say one message after the other, and see each through, in this order."""
        begun: deque[_Turn] = deque()
        ending: asyncio.Task[None] | None = None
        queue = self._waiting[author]
        try:
            while queue:
                arrival = queue.popleft()
                if turn := await self._begin(arrival):
                    begun.append(turn)
                if ending is None or ending.done():
                    ending = asyncio.create_task(self._finish(begun))
                if not queue and ending:
                    await ending
        finally:
            del self._waiting[author]

    async def _begin(self, arrival: "Arrival") -> _Turn | None:
        event = arrival.event
        if not isinstance(event, MessageSent):
            nothing: asyncio.Future[Delivered] = asyncio.get_running_loop().create_future()
            nothing.set_result(Delivered())
            return _Turn(arrival, event.room, nothing)
        room = self._seat(event)
        if room is None:
            self._refuse(arrival, Rejected(self._context.words.not_in_room(), "gone"))
            return None
        try:
            outbox = self._portal.outboxes[room]
            find = self._portal.people.finder(event.room)
            content = with_mentions(event.content, find, event.author.user)
            said = structs.replace(event, content=content)
            key = f"{self._context.mark}.i{arrival.inbox or 0:x}"
            parent = await self._portal.parent(said)
            command = await outbox.voice.ahead(said, key, parent)
            parts = outbox.network.render(command)
        except Rejected as refusal:
            self._refuse(arrival, refusal)
            return None
        except Exception:
            log.exception("what was said in %s goes the usual way", event.room)
            arrival.spoken = {}
            self._push(arrival)
            return None
        saying = asyncio.ensure_future(outbox.network.deliver(command, parts, 0))
        await asyncio.sleep(0)  # it writes before the next one does
        return _Turn(arrival, room, saying)

    async def _finish(self, begun: deque[_Turn]) -> None:
        while begun:
            turn = begun.popleft()
            try:
                await self._end(turn)
            except Exception:
                log.exception("what was said in %s is told on", turn.arrival.event.room)
                self._push(turn.arrival)

    async def _end(self, turn: _Turn) -> None:
        arrival = turn.arrival
        event = arrival.event
        if not isinstance(event, MessageSent):
            arrival.spoken = {}
            self._push(arrival)
            return
        network = self._portal.seating[turn.room]
        done: set[asyncio.Future[Delivered]] = set()
        while not done:
            done, _ = await asyncio.wait({turn.saying}, timeout=PATIENCE)
            if not done and not network.is_writing(event.author.user):
                arrival.spoken = {turn.room: ()}
                self._push(arrival)
                self._start(self._late(turn))
                return
        try:
            arrival.spoken = {turn.room: turn.saying.result().parts}
        except Rejected as refusal:
            self._refuse(arrival, refusal)
            return
        except (Unavailable, Waiting) as error:
            if isinstance(error, Unavailable) and not error.sent:
                self._refuse(arrival, Rejected(str(error), "gone"))
                return
            arrival.doubtful = True
            arrival.spoken = {}
        self._push(arrival)

    async def _late(self, turn: _Turn) -> None:
        """The answer comes when everybody has seen it."""
        arrival, outbox = turn.arrival, self._portal.outboxes[turn.room]
        event = arrival.event
        assert isinstance(event, MessageSent)
        try:
            delivered = await turn.saying
        except Rejected as refusal:
            self._refuse(arrival, refusal)
            taken = MessageRetracted(
                room=event.room, target=event.ids[0], time=self._context.clock(), moderated=True
            )
            self._portal.report(taken)
        except Exception as error:
            log.warning("%s: it is not known whether it was said: %s", turn.room, error)
        else:
            outbox.note_copies(arrival.number, 0, delivered.parts)

    def _refuse(self, arrival: "Arrival", refusal: Rejected) -> None:
        event = arrival.event
        assert isinstance(event, MessageSent)
        if arrival.inbox is not None:
            self._context.journal.add("decided", (arrival.inbox,))
        why = refusal.why
        self._context.notify(Notice(event.room, event.author.user, str(refusal), event.ids, why))

    def _start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
