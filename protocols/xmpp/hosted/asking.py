"""What people ask of the network behind: a few things at once for each of them."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from bridge.model import Answer, Rejected, Request

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

MOST = 250
"""Requests of one person under way; a client that comes back enters all its rooms at once."""
PATIENCE = 180.0
"""Seconds for any answer. Networks have their own, shorter ones; this is for what hangs."""


class Asking:
    """Counts what is under way."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._under_way: Counter[str] = Counter()

    async def ask(self, request: Request) -> Answer:
        """Ask. Raises ``Rejected``, ``Unavailable``, ``TimeoutError``."""
        who = request.person.user.id
        if self._under_way[who] >= MOST:
            raise Rejected("too much of what you asked for is still under way", "limit")
        self._under_way[who] += 1
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._gateway.wire.host.ask(request)
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]
