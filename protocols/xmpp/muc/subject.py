"""The subject of a room (XEP-0045 §8): what it is, and whether that is news."""

import asyncio

from bridge.model import KeyValue


class Subject:
    """One room's subject. It is kept over a restart, so that joining again is not news."""

    def __init__(self, room: str, state: KeyValue):
        self.text: str | None = None
        self._key = f"subject:{room}"
        self._kept: str | None = None
        self._state = state
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def load(self) -> None:
        """Remember what it was before the daemon started."""
        if self.text is None:
            self.text = self._kept = await self._state.get(self._key)

    async def save(self) -> None:
        """Keep it."""
        if self.text is not None and self.text != self._kept:
            self._kept = self.text
            await self._state.put(self._key, self.text)

    async def forget(self) -> None:
        """The room is not visited any longer."""
        self.text = self._kept = None
        await self._state.delete(self._key)

    def became(self, text: str, ours: bool = False) -> bool:
        """Take in what the room says; tell whether it is news.

        What a room had before we first came is not: linking rooms overwrites no topic.
        ``ours``: set by one of us; then it is the answer also if the service has trimmed it.
        """
        waiting = self._waiting.pop(text, None)
        if waiting is None and ours and self._waiting:
            waiting = self._waiting.pop(next(iter(self._waiting)))
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        before, self.text = self.text, text
        return not ours and before is not None and before != text

    def expect(self, text: str) -> asyncio.Future[None]:
        """Wait until the room has this subject."""
        future = self._waiting.get(text)
        if future is None or future.done():
            future = self._waiting[text] = asyncio.get_running_loop().create_future()
        return future

    def abandon(self, text: str) -> None:
        """Nobody waits for this subject any longer."""
        self._waiting.pop(text, None)

    def lost(self, error: Exception) -> None:
        """Nobody will hear of the subjects that are waited for."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()
        self._waiting.clear()
