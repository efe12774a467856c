"""A bridge that only listens: a host for the Matrix network, its routes really served."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bridge.model import (
    Account,
    Event,
    LegPolicy,
    RoomRef,
    Send,
    StorageFailed,
    UserRef,
    from_text,
)
from protocols.matrix.config import MatrixConfig
from protocols.matrix.network import MatrixNetwork
from tests.listening import Bridge as Listening
from tests.listening import Memory
from tests.protocols.matrix.fake import Fake
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


class Served:
    """The web application of the daemon."""

    def __init__(self) -> None:
        self.application = web.Application()

    def add(self, method: str, path: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        self.application.router.add_route(method, path, handler)


class Bridge(Listening):
    """Takes what a network reports. ``full`` lets its journal fail."""

    def __init__(self, state: Memory | None = None) -> None:
        super().__init__(state, Served())
        self.full = False
        self.refused = 0

    async def accept(self, *events: Event) -> None:
        await asyncio.sleep(0)
        if self.full:
            self.refused += 1
            self.wake()
            raise StorageFailed("the disk is full")
        await super().accept(*events)


def config(synapse: Synapse | Fake, **changes: Any) -> MatrixConfig:
    """Return the settings for the application service that this Synapse knows."""
    settings: dict[str, Any] = {
        "url": synapse.url,
        "server_name": synapse.server_name,
        "as_token": synapse.as_token,
        "hs_token": synapse.hs_token,
        "address": f"http://127.0.0.1:{synapse.as_port}",
    }
    return MatrixConfig(**(settings | changes))


@asynccontextmanager
async def served(bridge: Bridge, port: int) -> AsyncIterator[None]:
    """Serve what was mounted."""
    runner = web.AppRunner(bridge.routes.application, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(
    synapse: Synapse | Fake,
    *rooms: str,
    state: Memory | None = None,
    policy: LegPolicy | None = None,
    wait: bool = True,
    media: Any = None,
    **changes: Any,
) -> AsyncIterator[tuple[MatrixNetwork, Bridge]]:
    """Run a network that is in these rooms."""
    network = MatrixNetwork("mx", config(synapse, **changes))
    bridge = Bridge(state)
    bridge.media = media or bridge.media
    refs = [RoomRef("mx", room) for room in rooms]
    for ref in refs:
        network.visit(ref, policy or LegPolicy())
    task = asyncio.create_task(network.run(bridge))
    await asyncio.sleep(0)  # the routes are mounted before the first await
    async with served(bridge, synapse.as_port):
        try:
            for ref in refs if wait else ():
                await bridge.up(ref)
            yield network, bridge
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def person(synapse: Synapse, name: str) -> AsyncIterator[MatrixClient]:
    """Let somebody use Matrix."""
    client = MatrixClient(synapse.url, synapse.user_id(name), synapse.token(name))
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


def someone(name: str, network: str = "irc") -> Account:
    """Make somebody of another network."""
    return Account(UserRef(network, name), name)


async def say(
    network: MatrixNetwork, room: str, speaker: Account, text: str, key: str = "", **more: Any
) -> str:
    """Let somebody of another network speak; return the event's id."""
    content = more.pop("content", None) or from_text(text)
    settings = {"time": 1_785_578_400.0} | more
    command = Send(
        key=key or f"{speaker.name}:{text}:{room}",
        room=RoomRef("mx", room),
        speaker=speaker,
        content=content,
        **settings,
    )
    delivered = await network.deliver(command, network.render(command), 0)
    return delivered.parts[0][0]
