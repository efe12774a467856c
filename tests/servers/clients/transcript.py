"""What a client saw, in order, and how to wait for more of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """One message as a client saw it."""

    room: str
    nick: str
    """IRC: the nick; XMPP: the occupant's nick; Matrix: the display name, or the user id."""
    body: str
    kind: str = "text"
    """``text``, ``emote`` or ``notice``; ``subject`` where the room's topic changed."""
    late: bool = False
    """It came from the room's history."""
    raw: Any = field(default=None, repr=False, compare=False)
    """IRC: a ``Line``; XMPP: the stanza's element; Matrix: the event as a dict."""


class Transcript(Generic[T]):
    """A growing list that can be waited on."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self._grown = asyncio.Event()

    def add(self, item: T) -> None:
        """Append, and wake up whoever waits."""
        self.items.append(item)
        self._grown.set()

    async def wait_for(
        self, predicate: Callable[[T], object], timeout: float = 10.0, start: int = 0
    ) -> T:
        """Return the first item from ``start`` on that fits, now or within ``timeout`` seconds.

        Raises ``TimeoutError`` whose text shows the last items.
        """
        position = start
        try:
            async with asyncio.timeout(timeout):
                while True:
                    while position < len(self.items):
                        position += 1
                        if predicate(self.items[position - 1]):
                            return self.items[position - 1]
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            seen = "\n".join(f"  {item!r}"[:300] for item in self.items[-15:])
            raise TimeoutError(f"nothing fitting in {timeout} s; last seen:\n{seen}") from None
