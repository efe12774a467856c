"""Where people of hosted rooms are let in; what they ask for goes to the network behind."""

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from msgspec import structs

from bridge.engine.portal import Portal
from bridge.engine.whispers import Whispers
from bridge.model import (
    Account,
    Answer,
    Disconnect,
    Enter,
    Entered,
    Hosting,
    Invited,
    Leave,
    LegPolicy,
    MembersChanged,
    Network,
    Past,
    PrivateSent,
    PuppetNamed,
    Rejected,
    Request,
    RoomRef,
    Roster,
    Seating,
    SeatLost,
    SeatState,
    Send,
    ServerSaid,
    SetAway,
    Standing,
    Standings,
    UserRef,
)
from bridge.store import spans
from bridge.store.rooms import Seat, link

if TYPE_CHECKING:
    from bridge.engine.bridge import Bridge

log = logging.getLogger(__name__)

_MOST_PAST = 250


class Reception:
    """Joins the hosted rooms to the networks behind them."""

    def __init__(self, bridge: "Bridge"):
        self._bridge = bridge
        self._words = bridge.context.words
        self._whispers = Whispers(bridge)
        self._door = asyncio.Lock()
        self._shown: set[RoomRef] = set()
        """The hosted rooms whose host knows who is behind."""
        self._standings: dict[RoomRef, dict[UserRef, Standing]] = {}
        self._called: dict[RoomRef, dict[UserRef, str]] = {}
        """What people with a seat are called there."""

    async def restore(self) -> None:
        """Take up what the last run left."""
        context = self._bridge.context
        spans.end_all(context.journal, context.store.newest("events"))
        await self._whispers.restore()

    async def close(self) -> None:
        """Stop; private messages that are not delivered stay in the database."""
        await self._whispers.close()

    def forget(self, room: RoomRef) -> None:
        """A room is not linked any more."""
        self._shown.discard(room)
        self._standings.pop(room, None)
        self._called.pop(room, None)

    # -- what people ask for

    async def ask(self, request: Request) -> Answer:
        """Have something done by the network behind; see ``bridge.model.Host``."""
        if isinstance(request, Enter):
            return await self._enter(request)
        if isinstance(request, SetAway) or (
            isinstance(request, Disconnect) and not request.network
        ):
            for each in self._bridge.networks.values():
                if isinstance(each, Seating):
                    await each.serve(request)
            return None
        room: RoomRef | None = getattr(request, "room", None)
        if room is None:
            network = self._behind(getattr(request, "network", ""))
            assert isinstance(network, Seating)
            return await network.serve(request)
        behind = self._room_behind(room, request.person.user)
        network = self._bridge.networks[behind.network]
        assert isinstance(network, Seating)  # ``_room_behind`` found it by that
        answer = await network.serve(structs.replace(request, room=behind))
        if isinstance(request, Leave):
            await self._end_span(room, request.person)
        return answer

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        """Return what was said there and this person may read, oldest first."""
        portal = self._bridge.portal_of(room)
        stage = portal.stages.get(room) if portal else None
        if portal is None or stage is None or wanted.count <= 0:
            return []
        store = self._bridge.context.store
        person = await store.identities.number(Account(user, user.id))
        await self._bridge.context.journal.committed()
        count = min(wanted.count, _MOST_PAST)
        found = await spans.readable(
            store.reader, portal.number, stage.number, person, wanted.since, count
        )
        sends = [await stage.again(number) for number in found]
        return [send for send in sends if send is not None]

    async def whisper(self, private: PrivateSent) -> None:
        """Take a private message; raises ``Rejected`` if nobody of that network can have one."""
        target = self._bridge.networks.get(private.network) or self._behind(private.network)
        await self._whispers.take(structs.replace(private, network=target.name))

    # -- entering

    async def _enter(self, request: Enter) -> Entered:
        network = self._behind(request.network)
        behind = await network.find(request.address)
        async with self._door:
            portal, is_new = await self._portal(request, behind)
        assert isinstance(network, Seating)
        try:
            answer = await network.serve(structs.replace(request, room=behind))
        except BaseException:
            if is_new and not self._called.get(behind):
                await self._bridge.remove(portal, list(portal.legs))
            raise
        assert isinstance(answer, Entered)
        await self._show_all(portal, request.room, behind)
        await self._begin_span(portal, request)
        return answer

    def _behind(self, name: str) -> Network:
        networks = self._bridge.networks
        named = networks.get(name)
        if isinstance(named, Seating):
            return named
        for network in networks.values():
            if isinstance(network, Seating) and network.answers_to(name.lower()):
                return network
        raise Rejected(self._words.no_network(name), "unknown")

    def _room_behind(self, room: RoomRef, user: UserRef) -> RoomRef:
        portal = self._bridge.portal_of(room)
        for other, network in portal.seating.items() if portal else ():
            if network.is_seated(user, other):
                return other
        raise Rejected(self._words.not_in_room(), "gone")

    async def _portal(self, request: Enter, behind: RoomRef) -> tuple[Portal, bool]:
        """Find the portal of the room behind, with the hosted room in it."""
        bridge, room = self._bridge, request.room
        portal = bridge.portal_of(behind)
        if portal and room in portal.legs:
            return portal, False
        if bridge.portal_of(room):
            raise Rejected(self._words.other_room(), "unknown")
        seats = [Seat(room, room.id, LegPolicy(hosted=True))]
        if portal is None:
            seats.append(Seat(behind, request.address, LegPolicy(by_seats=True, puppets="off")))
        name = portal.name if portal else self._name(room)
        row = await link(bridge.context.journal, name, seats, bridge.context.clock())
        return bridge.place(row), portal is None

    def _name(self, room: RoomRef) -> str:
        name, number = room.id, 2
        while name in self._bridge.portals:
            name, number = f"{room.id} {number}", number + 1
        return name

    # -- who is there

    def observe(self, state: SeatState) -> None:
        """Pass on what became of seats."""
        if isinstance(state, ServerSaid | Invited):
            network = self._bridge.networks.get(state.user.network)
            if isinstance(network, Hosting):
                network.display(state)
            return
        portal = self._bridge.portal_of(state.room)
        if portal is None:
            return
        if isinstance(state, Standings):
            self._standings.setdefault(state.room, {}).update(state.standings)
        elif isinstance(state, SeatLost):
            self._called.get(state.room, {}).pop(state.user, None)
            for room in portal.stages:
                self._bridge.later(self._end_span(room, Account(state.user, state.user.id)))
        self._display(portal, state)

    def pass_on(self, portal: Portal, state: Roster | MembersChanged | PuppetNamed) -> None:
        """Show the hosted rooms of a portal who is in the rooms behind."""
        if state.room not in portal.seating:
            return
        if isinstance(state, PuppetNamed):
            called = self._called.setdefault(state.room, {})
            if state.name:
                called[state.user] = state.name
            else:
                called.pop(state.user, None)
        elif isinstance(state, Roster):
            self._standings.pop(state.room, None)
        else:
            standings = self._standings.get(state.room, {})
            for user in state.left:
                standings.pop(user, None)
        self._display(portal, state)

    def _display(
        self, portal: Portal, state: Roster | MembersChanged | PuppetNamed | SeatState
    ) -> None:
        for room in portal.stages:
            if room in self._shown:
                host = cast(Hosting, self._bridge.networks[room.network])
                host.display(structs.replace(state, room=room))

    async def _show_all(self, portal: Portal, room: RoomRef, behind: RoomRef) -> None:
        """Show a host everybody who is behind a room, once; later it is told the changes."""
        host = self._bridge.networks[room.network]
        if room in self._shown or not isinstance(host, Hosting):
            return
        self._shown.add(room)
        host.display(Roster(room, portal.people.members(behind)))
        host.display(Standings(room, tuple(self._standings.get(behind, {}).items())))
        for user, name in self._called.get(behind, {}).items():
            host.display(PuppetNamed(room, user, name))

    # -- what they may read

    async def _begin_span(self, portal: Portal, request: Enter) -> None:
        context = self._bridge.context
        person = await context.store.identities.number(request.person)
        stage = portal.stages[request.room]
        first = context.store.newest("events") + 1
        spans.begin(context.journal, stage.number, person, first, context.clock())

    async def _end_span(self, room: RoomRef, person: Account) -> None:
        portal = self._bridge.portal_of(room)
        if portal and (stage := portal.stages.get(room)):
            context = self._bridge.context
            number = await context.store.identities.number(person)
            spans.end(context.journal, stage.number, number, context.store.newest("events"))
