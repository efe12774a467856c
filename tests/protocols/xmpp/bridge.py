"""A bridge that only listens: a host for networks under test, which remembers everything."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bridge.model import (
    Account,
    Event,
    LegPolicy,
    Observation,
    RoomRef,
    RoomStatus,
    Send,
    UserRef,
    from_text,
)
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.network import XmppNetwork
from tests.servers.prosody import Prosody

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
    """XMPP mounts nothing."""

    def add(self, method: str, path: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        raise AssertionError("no route expected")


class Bridge:
    """Takes what a network reports."""

    def __init__(self, state: Memory | None = None) -> None:
        self.state = state or Memory()
        self.routes = NoRoutes()
        self.events: list[Event] = []
        self.states: list[Observation] = []
        self._news = asyncio.Event()

    async def accept(self, *events: Event) -> None:
        for event in events:
            self.report(event)

    def report(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def observe(self, state: Observation) -> None:
        self.states.append(state)
        self._news.set()

    async def until(self, found: Callable[[], T | None], timeout: float = 10.0) -> T:
        """Wait until something was reported that makes this true."""
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


def config(prosody: Prosody, **changes: Any) -> XmppConfig:
    """Return the settings for a component of this Prosody, quick enough for tests."""
    settings: dict[str, Any] = {
        "jid": prosody.component,
        "secret": prosody.component_secret,
        "server": f"127.0.0.1:{prosody.component_port}",
        "joins_per_second": 1000,
        "patience": 5,
    }
    return XmppConfig(**(settings | changes))


@asynccontextmanager
async def running(
    prosody: Prosody,
    *rooms: str,
    state: Memory | None = None,
    policy: LegPolicy | None = None,
    **changes: Any,
) -> AsyncIterator[tuple[XmppNetwork, Bridge]]:
    """Run a network that is in these rooms."""
    network = XmppNetwork("xmpp", config(prosody, **changes))
    bridge = Bridge(state)
    refs = [RoomRef("xmpp", room) for room in rooms]
    for ref in refs:
        network.visit(ref, policy or LegPolicy())
    task = asyncio.create_task(network.run(bridge))
    try:
        for ref in refs:
            await bridge.up(ref)
        yield network, bridge
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def person(name: str, network: str = "irc") -> Account:
    """Make somebody of another network."""
    return Account(UserRef(network, name), name)


async def say(
    network: XmppNetwork, room: str, speaker: Account, text: str, key: str = "", **more: Any
) -> tuple[str, ...]:
    """Say something as the bridge would; return the ids of the copy."""
    send = Send(
        key=key or f"{speaker.user}:{text}",
        room=RoomRef("xmpp", room),
        speaker=speaker,
        content=from_text(text, **more.pop("content", {})),
        time=more.pop("time", 0.0),
        **more,
    )
    delivered = await network.deliver(send, network.render(send), 0)
    return delivered.parts[0]


async def eventually(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Wait for what nothing announces."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
