"""Carries private messages from one network to another: journaled until they are delivered."""

import asyncio
import logging
from typing import TYPE_CHECKING

from bridge.engine.outbox import BACKOFF
from bridge.model import (
    Hosting,
    PrivateSent,
    Rejected,
    RoomRef,
    Seating,
    StorageFailed,
    Tell,
    Unavailable,
    Whisper,
)
from bridge.store import whispers

if TYPE_CHECKING:
    from bridge.engine.bridge import Bridge

log = logging.getLogger(__name__)

_ATTEMPTS = 5
"""After so many the author is told that it did not get there."""


class Whispers:
    """All private messages that are under way; those of two people keep their order."""

    def __init__(self, bridge: "Bridge"):
        self._bridge = bridge
        self._words = bridge.context.words
        self._last: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    async def restore(self) -> None:
        """Go on with those of the last run."""
        for number, private in await whispers.waiting(self._bridge.context.store.reader):
            self._begin(number, private, doubtful=True)

    async def take(self, private: PrivateSent) -> None:
        """Take one; it survives a crash once this returns. Raises ``StorageFailed``."""
        context = self._bridge.context
        if context.journal.failure:
            raise StorageFailed(context.journal.failure)
        number = context.store.number("whispers")
        context.journal.add("whisper", (number, context.clock(), whispers.encode(private)))
        self._begin(number, private, doubtful=False)
        await context.journal.committed()

    async def close(self) -> None:
        """Stop delivering."""
        tasks = list(self._last.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, number: int, private: PrivateSent, *, doubtful: bool) -> None:
        key = (str(private.author.user), private.network, private.to)
        before = self._last.get(key)
        task = asyncio.create_task(self._deliver(number, private, doubtful, before))
        self._last[key] = task
        task.add_done_callback(
            lambda done: self._last.pop(key) if self._last.get(key) is done else None
        )

    async def _deliver(
        self,
        number: int,
        private: PrivateSent,
        doubtful: bool,
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await self._try(number, private, doubtful)
        except Rejected as refusal:
            await self._refuse(private, refusal)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a private message could not be delivered")
            await self._refuse(private, Rejected(self._words.lost_link(), "gone"))
        self._bridge.context.journal.add("whispered", (number,))

    async def _try(self, number: int, private: PrivateSent, doubtful: bool) -> None:
        network = self._bridge.networks.get(private.network)
        if not isinstance(network, Hosting | Seating):
            raise Rejected(self._words.no_network(private.network), "unknown")
        for attempt in range(_ATTEMPTS):
            whisper = Whisper(
                key=f"{self._bridge.context.mark}.w{number:x}",
                speaker=private.author,
                to=private.to,
                content=private.content,
                time=private.time,
                doubtful=doubtful,
                room=private.room,
            )
            try:
                return await network.whisper(whisper)
            except Unavailable as error:
                doubtful = doubtful or error.sent
                log.info("a private message waits: %s", error)
            await asyncio.sleep(BACKOFF[attempt])
        raise Rejected(self._words.lost_link(), "gone")

    async def _refuse(self, private: PrivateSent, refusal: Rejected) -> None:
        """Tell the author."""
        home = self._bridge.networks.get(private.author.user.network)
        if home is None:
            return
        tell = Tell(
            key=f"{self._bridge.context.mark}.t{private.ids[0] if private.ids else ''}",
            room=private.room or RoomRef(home.name, ""),
            user=private.author.user,
            text=str(refusal),
            about=private.ids,
            why=refusal.why,
        )
        try:
            await home.deliver(tell, home.render(tell), 0)
        except Exception as error:
            log.warning("%s could not be told: %s", private.author.user, error)
