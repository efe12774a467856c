"""Shows what a portal says to those who are in a hosted room, in the order of the archive.

Unlike an outbox it keeps nothing: the copy of a hosted room is complete at the commit, and whoever
was not there when it was shown reads it in the room's history.
"""

import asyncio
import logging
from collections import deque

from bridge.engine.context import Context
from bridge.engine.voice import Voice
from bridge.model import Event, Hosting, RoomRef, Send

log = logging.getLogger(__name__)


class Stage:
    """One hosted room, as its portal sees it."""

    def __init__(self, context: Context, number: int, room: RoomRef, host: Hosting, voice: Voice):
        self.number = number
        self.room = room
        self._context = context
        self._host = host
        self._voice = voice
        self._queue: deque[tuple[int, str]] = deque()
        self._task: asyncio.Task[None] | None = None

    def name(self, number: int, event: Event) -> str:
        """Return the stable id of an event here: its own, if it was said here."""
        if event.room == self.room:
            ids: tuple[str, ...] = getattr(event, "ids", ())
            if ids:
                return ids[0]
        return self._context.stable_id(number, self.number)

    async def again(self, number: int) -> Send | None:
        """Say a message of the past as it is now; None if it says nothing any more."""
        event = await self._context.recall(number)
        if event is None:
            return None
        command = await self._voice.command(number, self.name(number, event), set())
        return command if isinstance(command, Send) else None

    def put(self, number: int, name: str) -> None:
        """Show an event that is in the archive now."""
        self._queue.append((number, name))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"stage {self.room}")

    async def close(self) -> None:
        """Show nothing more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._queue:
                number, name = self._queue.popleft()
                try:
                    command = await self._voice.command(number, name, set(), in_order=True)
                    if command is not None:
                        self._host.present(command)
                except Exception:
                    log.exception("%s: event %d could not be shown", self.room, number)
        finally:
            self._task = None
