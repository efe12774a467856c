"""An XMPP network under test, with a bridge that only listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bridge.model import (
    Account,
    LegPolicy,
    RoomRef,
    Send,
    UserRef,
    from_text,
)
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.network import XmppNetwork
from tests.listening import Bridge, Memory
from tests.servers.prosody import Prosody


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
    up: bool = True,
    **changes: Any,
) -> AsyncIterator[tuple[XmppNetwork, Bridge]]:
    """Run a network that is in these rooms; without ``up`` one that only tries to be."""
    network = XmppNetwork("xmpp", config(prosody, **changes))
    bridge = Bridge(state)
    refs = [RoomRef("xmpp", room) for room in rooms]
    for ref in refs:
        network.visit(ref, policy or LegPolicy())
    task = asyncio.create_task(network.run(bridge))
    try:
        for ref in refs if up else ():
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
