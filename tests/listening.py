"""A bridge that only listens: a host for networks under test, which remembers everything."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bridge.model import Event, File, Observation, RoomRef, RoomStatus

T = TypeVar("T")


class Memory:
    """A network's durable facts."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.facts.get(key)

    async def put(self, key: str, value: str) -> None:
        self.facts[key] = value

    async def delete(self, key: str) -> None:
        self.facts.pop(key, None)

    async def items(self, prefix: str = "") -> list[tuple[str, str]]:
        return sorted((k, v) for k, v in self.facts.items() if k.startswith(prefix))


class NoRoutes:
    """For networks that mount nothing."""

    def add(self, method: str, path: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        raise AssertionError("no route expected")


class NoMedia:
    """For networks that fetch nothing."""

    def open(self, file: File) -> Any:
        raise AssertionError("no file expected")


class Bridge:
    """Takes what a network reports."""

    def __init__(self, state: Memory | None = None, routes: Any = None) -> None:
        self.state = state or Memory()
        self.routes = routes or NoRoutes()
        self.media: Any = NoMedia()
        self.events: list[Event] = []
        self.states: list[Observation] = []
        self._news = asyncio.Event()

    async def accept(self, *events: Event) -> None:
        for event in events:
            self.report(event)

    def report(self, event: Event) -> None:
        self.events.append(event)
        self.wake()

    def observe(self, state: Observation) -> None:
        self.states.append(state)
        self.wake()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self._news.set()

    async def until(self, found: Callable[[], T | None], timeout: float = 20.0) -> T:
        """Wait until something was reported that makes this true, and return what was found."""
        async with asyncio.timeout(timeout):
            while not (result := found()):
                self._news.clear()
                await self._news.wait()
            return result

    async def event(
        self, kind: type[T], matches: Callable[[T], object] = lambda _: True, start: int = 0
    ) -> T:
        """Wait for an event of this kind."""
        return await self.until(lambda: self._first(self.events[start:], kind, matches))

    async def saw(
        self, kind: type[T], matches: Callable[[T], object] = lambda _: True, start: int = 0
    ) -> T:
        """Wait for a state of this kind."""
        return await self.until(lambda: self._first(self.states[start:], kind, matches))

    async def up(self, room: RoomRef, start: int = 0) -> None:
        """Wait until the network is in the room."""
        await self.saw(RoomStatus, lambda status: status.room == room and status.up, start)

    def all(self, kind: type[T]) -> list[T]:
        """Return all events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @staticmethod
    def _first(items: list[Any], kind: type[T], matches: Callable[[T], object]) -> T | None:
        return next((item for item in items if isinstance(item, kind) and matches(item)), None)
