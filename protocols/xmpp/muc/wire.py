"""What a room needs of the world outside it: the stream, the bridge, the pace of joining."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

from aiolimiter import AsyncLimiter

from bridge.model import Host, Unavailable
from protocols.xmpp.component import Component
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.muc.evidence import Marks

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Rooms and puppets that enter at the same time on one service. A service that is slow answers
fewer at once in time, and what is asked too late is asked again: that would never end."""


class Wire:
    """Shared by all rooms of one network while it runs."""

    def __init__(self, config: XmppConfig, component: Component, host: Host):
        self.config = config
        self.component = component
        self.host = host
        self.marks = Marks(f"{config.jid}\0{config.secret.get_secret_value()}")
        self.joins = AsyncLimiter(max(config.joins_per_second, 1.0), 1.0)
        self.connected = asyncio.Event()
        self.era = token_hex(4)
        """Names this run of the daemon."""
        self._doors: dict[str, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def post(self, stanza: str) -> None:
        """Send ready text, or raise ``Unavailable``."""
        self.component.post(stanza)

    @asynccontextmanager
    async def door(self, room: str) -> AsyncIterator[None]:
        """Wait for one's turn to enter a room of this service."""
        service = room.partition("@")[2]
        async with self._doors.setdefault(service, asyncio.Semaphore(AT_ONCE)), self.joins:
            yield

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something beside; what goes wrong in it is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, Unavailable):
            log.info("%s: %s", self.config.jid, error)
        else:
            log.error("a task of %s failed", self.config.jid, exc_info=error)

    async def stop(self) -> None:
        """Cancel everything that was started here."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
