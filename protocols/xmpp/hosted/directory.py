"""The lists of an IRC server's channels, kept for a while: people page through them (XEP-0059)."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from cachetools import TTLCache

from bridge.model import Account, Listing, ListRooms, Rejected
from protocols.xmpp.hosted import discovery
from protocols.xmpp.hosted.places import Place

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

KEPT_SECONDS = 600.0
KEPT = 100_000
"""Channels in all lists together; people see different ones, for servers hide channels from those
who are not in them."""
LONGEST_NAME = 120

Rows = list[tuple[str, str]]


class Directory:
    """All lists of one gateway."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._kept: TTLCache[tuple[str, str], tuple[Rows, bool]] = TTLCache(
            KEPT, KEPT_SECONDS, time.monotonic, getsizeof=lambda kept: len(kept[0]) + 100
        )
        self._asking: dict[tuple[str, str], asyncio.Task[tuple[Rows, bool]]] = {}

    def servers(self, person: Account) -> Rows:
        """Return the servers that somebody is on."""
        places = self._gateway.places
        found = {places.read(jid).server for jid in self._gateway.seats_of(person.user)}
        return [(places.server(server), server) for server in sorted(found)]

    async def page(self, person: Account, place: Place, wanted: discovery.Page) -> str:
        """Write a page of a server's channels."""
        key = (person.user.id, place.server)
        kept = self._kept.get(key)
        if kept is None:
            # Clients ask again while they wait: one question is enough.
            asking = self._asking.get(key)
            if asking is None:
                asking = self._asking[key] = asyncio.create_task(self._ask(person, place.server))
                asking.add_done_callback(lambda _: self._asking.pop(key, None))
            kept = await asyncio.shield(asking)
        rows, complete = kept
        return discovery.listed(rows, wanted, complete=complete)

    async def _ask(self, person: Account, server: str) -> tuple[Rows, bool]:
        listing = await self._gateway.ask(ListRooms(person=person, network=server))
        if not isinstance(listing, Listing):
            raise Rejected("this server has no list of its channels", "refused")
        places = self._gateway.places
        rooms = sorted(listing.rooms, key=lambda room: (-room.members, room.address))
        rows: dict[str, str] = {}
        for room in rooms:
            name = f"{room.address} ({room.members}) {room.topic}".strip()[:LONGEST_NAME]
            rows.setdefault(places.room(room.address, server), name)
        kept = (list(rows.items()), listing.complete)
        with contextlib.suppress(ValueError):  # It is longer than all lists may be together.
            self._kept[person.user.id, server] = kept
        return kept
