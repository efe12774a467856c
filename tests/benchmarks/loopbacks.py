"""A bridge without a wire: three loopback networks, any number of portals, the journal on disk."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from bridge.engine.bridge import Bridge
from bridge.engine.context import Limits
from bridge.model import Account, LegPolicy, MessageSent, RoomRef, UserRef, from_text
from bridge.store import Store, rooms
from protocols.loopback.network import LoopbackNetwork

NETWORKS = "abc"
_AHEAD = 1024
"""Messages that may be under way at once, as a busy minute would have them."""


class _NoRoutes:
    def add(self, method: str, path: str, handler: object) -> None:
        raise AssertionError("a loopback network has no routes")


def message(network: str, room: str, name: str, number: int) -> MessageSent:
    """Make what somebody says on a network: 60 characters, an id, and the time."""
    return MessageSent(
        room=RoomRef(network, room),
        author=Account(UserRef(network, name), name, about=f"{name}@host.example"),
        ids=(f"{network}-{number}",),
        content=from_text(f"message number {number:08} says what people say in a chat room"),
        time=time.time(),
    )


async def link(store: Store, portals: int, ids: Mapping[str, str]) -> None:
    """Put portals into the database: ``p0`` joins the room ``r0`` of all networks, and so on.
    ``ids``: how each network writes a room's id, as ``#{}``."""
    for number in range(portals):
        names = {network: form.format(f"r{number}") for network, form in ids.items()}
        seats = [rooms.Seat(RoomRef(n, name), name, LegPolicy()) for n, name in names.items()]
        await rooms.link(store.journal, f"p{number}", seats, time.time())


class Loopbacks:
    """An open bridge; ``async with`` it."""

    def __init__(self, path: Path, portals: int = 1):
        self.path = path
        self.portals = portals
        self.networks = [LoopbackNetwork(name) for name in NETWORKS]
        self.store: Store
        self.bridge: Bridge

    async def __aenter__(self) -> "Loopbacks":
        self.store = await Store.open(self.path)
        await link(self.store, self.portals, dict.fromkeys(NETWORKS, "{}"))
        limits = Limits(backlog_lines=10**9)
        self.bridge = await Bridge.open(self.store, self.networks, limits=limits)
        self.bridge.start(_NoRoutes())
        while not all(o.up for p in self.bridge.portals.values() for o in p.outboxes.values()):
            await asyncio.sleep(0)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.bridge.close()
        await self.store.close()

    async def carry(self, events: list[MessageSent], *, accepted: bool = False) -> None:
        """Report events (or have them accepted, ten at a time) and wait until all are told."""
        others = len(NETWORKS) - 1
        begun = self._told()
        for first in range(0, len(events), 10):
            some = events[first : first + 10]
            if accepted:
                await self.bridge.accept(some)
            else:
                for event in some:
                    self.bridge.report(event)
            while first - (self._told() - begun) / others > _AHEAD:
                await asyncio.sleep(0.001)
        while self._told() < begun + len(events) * others:
            await asyncio.sleep(0.001)
        await self.store.journal.committed()

    def _told(self) -> int:
        return sum(len(network.delivered) for network in self.networks)
