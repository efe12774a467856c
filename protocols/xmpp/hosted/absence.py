"""Tells the networks behind when a person is away: when all their clients say so."""

import asyncio
from typing import TYPE_CHECKING

from bridge.model import SetAway
from protocols.xmpp.hosted.seats import Seat

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

PAUSE = 60.0
"""Seconds between two changes; clients flap, and networks count that as a flood."""


class Absence:
    """Who is away, as the networks behind know it."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._told: dict[str, str | None] = {}
        self._pausing: dict[str, asyncio.TimerHandle] = {}

    def changed(self, seat: Seat) -> None:
        """A client says something else than before."""
        if seat.jid not in self._pausing:
            self._tell(seat.jid)

    def _tell(self, jid: str) -> None:
        self._pausing.pop(jid, None)
        seats = self._gateway.seats_of(self._gateway.person(jid).user).values()
        clients = [client for seat in seats for client in seat.clients.values()]
        reasons = {client.away for client in clients}
        reason = None if None in reasons else next(iter(reasons), None)
        if not clients:
            self._told.pop(jid, None)
            return
        if self._told.get(jid) == reason:
            return
        self._told[jid] = reason
        self._gateway.start(self._ask(jid, reason))
        loop = asyncio.get_running_loop()
        self._pausing[jid] = loop.call_later(PAUSE, self._tell, jid)

    async def _ask(self, jid: str, reason: str | None) -> None:
        await self._gateway.ask(SetAway(person=self._gateway.person(jid), reason=reason))
