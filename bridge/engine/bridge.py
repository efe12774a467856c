"""The bridge: its networks, its portals, and the way of an event from one to the other."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence

import msgspec

from bridge import metrics
from bridge.core.decide import Notice
from bridge.core.words import ENGLISH, Words
from bridge.engine import signs
from bridge.engine.context import Context, Limits
from bridge.engine.people import Person
from bridge.engine.portal import Arrival, Portal
from bridge.engine.reception import Reception
from bridge.engine.supervisor import supervise
from bridge.media.files import Files, Rules
from bridge.model import (
    Announcement,
    Answer,
    CopyConfirmed,
    Event,
    File,
    KeyValue,
    Media,
    Network,
    NetworkStatus,
    Observation,
    Past,
    PrivateSent,
    ReadUpTo,
    Request,
    RoomRef,
    RoomStatus,
    Routes,
    SeatState,
    Send,
    StorageFailed,
    Typing,
    UserRef,
)
from bridge.store import Store, pending, rooms
from bridge.store.messages import encode_event
from bridge.store.pending import OutboxRow
from bridge.store.state import State

log = logging.getLogger(__name__)


class Seat:
    """What one network sees of the bridge (``bridge.model.Host``)."""

    def __init__(self, bridge: "Bridge", state: KeyValue, routes: Routes):
        self.state = state
        self.routes = routes
        self.media: Media = bridge.files
        self._bridge = bridge

    async def accept(self, *events: Event) -> None:
        """Journal events in the inbox; once this returns they survive a crash."""
        await self._bridge.accept(events)

    def report(self, event: Event) -> None:
        """Take an event that nobody waits for."""
        self._bridge.report(event)

    def observe(self, state: Observation) -> None:
        """Take note of what is true now."""
        self._bridge.observe(state)

    async def ask(self, request: Request) -> Answer:
        """Have something done by the network behind a hosted room."""
        return await self._bridge.reception.ask(request)

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        """Return what was said in a hosted room and this person may read."""
        return await self._bridge.reception.past(room, user, wanted)

    async def whisper(self, private: PrivateSent) -> None:
        """Take a private message."""
        await self._bridge.reception.whisper(private)


class Bridge:
    """Owns the portals; routes events, confirmations and observations to them."""

    def __init__(self, context: Context, networks: Sequence[Network]):
        self.context = context
        self.networks = {network.name: network for network in networks}
        self.files = Files(self.networks, context.media)
        self.reception = Reception(self)
        self.status: dict[str, NetworkStatus] = {
            network.name: NetworkStatus(network.name, False, "not started") for network in networks
        }
        self.portals: dict[str, Portal] = {}
        self.ready = False
        self._by_room: dict[RoomRef, Portal] = {}
        self._by_number: dict[int, RoomRef] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._chores: set[asyncio.Task[None]] = set()
        context.notify = self._notify
        context.journal.on_failure = self._storage_changed

    @classmethod
    async def open(
        cls,
        store: Store,
        networks: Sequence[Network],
        *,
        limits: Limits | None = None,
        link: Callable[[str], str] = lambda key: "",
        words: Words = ENGLISH,
        offer: Callable[[int, File, int], File] = lambda event, file, number: file,
        media: Rules | None = None,
        clock: Callable[[], float] = time.time,
    ) -> "Bridge":
        """Take up what the database holds; nothing runs yet."""
        facts = State("bridge", store.journal, store.reader)
        mark = await facts.get("mark")
        if mark is None:
            mark = secrets.token_hex(4)
            await facts.put("mark", mark)
        secret = await facts.get("stable-ids")
        if secret is None:
            secret = secrets.token_hex(16)
            await facts.put("stable-ids", secret)
        context = Context(
            store,
            mark,
            limits=limits,
            link=link,
            words=words,
            offer=offer,
            media=media,
            clock=clock,
            secret=secret.encode(),
        )
        bridge = cls(context, networks)
        await bridge._restore()
        return bridge

    def start(self, routes: Routes) -> None:
        """Start the networks."""
        store = self.context.store
        for network in self.networks.values():
            state = State(network.name, store.journal, store.reader)
            seat = Seat(self, state, routes)
            work = supervise(network, seat, self.observe)
            self._tasks.append(asyncio.create_task(work, name=f"network {network.name}"))
        self.ready = True

    async def close(self) -> None:
        """Stop the networks, then the portals; what is not done stays in the journal."""
        self.ready = False
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=5) if self._tasks else None
        await self.reception.close()
        await asyncio.gather(*(portal.close() for portal in self.portals.values()))
        await self.files.close()

    # -- what networks say

    async def accept(self, events: Sequence[Event]) -> None:
        """Journal events and hand them to their portals. Raises ``StorageFailed``."""
        context = self.context
        now = context.clock()
        arrivals: list[Arrival] = []
        inbox: list[tuple[int, float, bytes]] = []
        for event in events:
            if isinstance(event, CopyConfirmed):
                self._confirm(event)
            elif event.room in self._by_room:
                arrivals.append(self._arrival(event, now, inbox))
        if context.journal.failure:
            raise StorageFailed(context.journal.failure)
        # Decided at once, so that the decision is most often in the commit that is waited for. If
        # that fails it is kept and written later, and what the network brings again is then known.
        self._push(arrivals)
        if inbox:
            await context.journal.accepted(*inbox)

    def _arrival(self, event: Event, now: float, inbox: list[tuple[int, float, bytes]]) -> Arrival:
        try:
            body = encode_event(event)
        except (UnicodeEncodeError, TypeError, ValueError):
            return Arrival(event, now)  # it will fail again where it is decided, and be kept there
        number = self.context.store.number("inbox")
        inbox.append((number, now, body))
        return Arrival(event, now, number)

    def report(self, event: Event) -> None:
        """Hand an event to its portal; it is journaled with the decision."""
        if isinstance(event, CopyConfirmed):
            self._confirm(event)
            return
        portal = self._by_room.get(event.room)
        if portal is None:
            return
        if portal.waiting >= self.context.limits.queue:
            log.error("%s: the queue is full, an event is lost", event.room)
            return
        portal.push((Arrival(event, self.context.clock()),))

    def observe(self, state: Observation) -> None:
        """Take note of what is true now."""
        if isinstance(state, NetworkStatus):
            self._note_status(state)
            return
        if isinstance(state, SeatState):
            self.reception.observe(state)
            return
        portal = self._by_room.get(state.room)
        if portal is None:
            return
        if isinstance(state, RoomStatus):
            level = logging.INFO if state.up else logging.WARNING
            log.log(level, "%s is %s", state.room, _words(state))
            portal.outboxes[state.room].set_up(state.up, state.detail)
        elif isinstance(state, Typing | ReadUpTo):
            signs.pass_on(portal, state)
        else:
            portal.people.observe(state)
            self.reception.pass_on(portal, state)

    def _note_status(self, state: NetworkStatus) -> None:
        before = self.status[state.network]
        self.status[state.network] = state
        if before.up != state.up or before.detail != state.detail:
            log.info("%s is %s", state.network, _words(state))

    def _push(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            if portal := self._by_room.get(arrival.event.room):
                portal.push((arrival,))

    def _confirm(self, event: CopyConfirmed) -> None:
        mark, _, rest = event.key.partition(".")
        room = self._by_room.get(event.room)
        if mark != self.context.mark or room is None:
            return
        event_hex, _, room_hex = rest.partition(".")
        number = None if rest.startswith("o") else _hex(event_hex)
        if number is not None and _hex(room_hex) != room.outboxes[event.room].number:
            return
        room.outboxes[event.room].confirm(event.key, number, event.part, event.ids)

    # -- portals

    def place(self, row: rooms.PortalRow) -> Portal:
        """Make a portal, or add legs to it, as the database has it; asks the networks to visit."""
        portal = self.portals.get(row.name)
        if portal is None:
            portal = self.portals[row.name] = Portal(self.context, row.number, row.name)
        for leg in row.legs:
            network = self.networks.get(leg.room.network)
            if network is None:
                log.warning("%s is linked, but its network is not configured", leg.room)
                continue
            portal.add(leg, network)
            self._by_room[leg.room] = portal
            self._by_number[leg.number] = leg.room
            network.visit(leg.room, leg.policy)
        return portal

    async def remove(self, portal: Portal, legs: Sequence[RoomRef]) -> None:
        """Take legs out of a portal: from the database, from memory, and from the networks."""
        numbers = [portal.outboxes[room].number for room in legs]
        for room, number in zip(legs, numbers, strict=True):
            portal.outboxes[room].missed.forget()
            del self._by_room[room], self._by_number[number]
            self.reception.forget(room)
            await portal.remove(room)
        await rooms.unlink(self.context.journal, portal.number, numbers)
        if not portal.legs:
            del self.portals[portal.name]
            await portal.close()
        for room in legs:
            await self.networks[room.network].leave(room, self.context.words.unlinked())

    def later(self, work: Coroutine[None, None, None]) -> None:
        """Do something soon that nobody waits for."""
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def portal_of(self, room: RoomRef) -> Portal | None:
        """Return the portal that a room is linked to."""
        return self._by_room.get(room)

    def _storage_changed(self, reason: str) -> None:
        """Tell every room that nothing is passed on (or that it is again)."""
        words = self.context.words
        text = words.storage_failed(reason) if reason else words.storage_works()
        for room in self._by_room:
            self.networks[room.network].show(Announcement(room, text))

    def _notify(self, notice: Notice) -> None:
        portal = self._by_room.get(notice.room)
        if portal is None:
            return
        outbox, context = portal.outboxes[notice.room], self.context
        if outbox.backlog >= 2 * context.limits.backlog_lines:
            log.warning("%s: too much waits there, %s is not told", notice.room, notice.user)
            return
        number = context.store.number("outbox")
        row = OutboxRow(
            id=number,
            room=outbox.number,
            lane="",
            event=None,
            command=notice.command(context.own_key(number)),
            created_at=context.clock(),
        )
        context.journal.add("outbox", row.row())
        outbox.add(row)

    # -- after a restart

    async def _restore(self) -> None:
        store = self.context.store
        for row in await rooms.portals(store.reader):
            portal = self.place(row)
            for outbox in portal.outboxes.values():
                await outbox.missed.load()
        for _, value in await self.context.facts.items("seat/"):
            person = msgspec.json.decode(value, type=Person)
            if room := self._by_number.get(person.room):
                self._by_room[room].people.restore(room, person.account)
        owed: dict[RoomRef, list[OutboxRow]] = {}
        waiting, broken = await pending.outbox(store.reader)
        self._lay_aside("delivered", broken)
        for due in waiting:
            if room := self._by_number.get(due.room):
                owed.setdefault(room, []).append(due)
        for room, due_rows in owed.items():
            self._by_room[room].outboxes[room].restore(due_rows)
        undecided, broken = await pending.inbox(store.reader)
        self._lay_aside("decided", broken)
        accepted = [Arrival(event, at, number) for number, at, event in undecided]
        for arrival in accepted:
            if arrival.event.room not in self._by_room:
                self.context.journal.add("decided", (arrival.inbox,))
        for arrival in accepted:
            arrival.doubtful = arrival.spoken is None  # its author may have spoken already
        self._push(accepted)
        await self.reception.restore()

    def _lay_aside(self, done: str, broken: Sequence[pending.Broken]) -> None:
        """Put rows that cannot be read where an admin can look at them, and out of the way."""
        journal, now = self.context.journal, self.context.clock()
        for row in broken:
            log.error("%s; laid aside", row.error)
            number = self.context.store.number("quarantine")
            journal.add("quarantine", (number, now, row.error, row.body))
            journal.add(done, (row.id,))
            metrics.quarantined.inc()


def _words(state: RoomStatus | NetworkStatus) -> str:
    word = "up" if state.up else "down"
    return f"{word}: {state.detail}" if state.detail else word


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
