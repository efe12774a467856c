"""People who join channels themselves, as tests see them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bridge.model import (
    Account,
    Answer,
    Enter,
    Entered,
    Leave,
    LegPolicy,
    Request,
    RoomRef,
    RoomStatus,
    UserRef,
)
from protocols.irc.network import IrcNetwork
from tests.listening import Memory
from tests.protocols.irc.bridge import Bridge, running
from tests.servers.clients.irc import IrcClient

BY_SEATS = LegPolicy(by_seats=True)
SERVER = "irc.example.net"


def somebody(name: str) -> Account:
    """Return somebody who is on XMPP."""
    jid = f"{name}@example.org"
    return Account(UserRef("xmpp", jid), name, about=jid)


@asynccontextmanager
async def gateway(
    port: int, *channels: str, state: Memory | None = None, **options: Any
) -> AsyncIterator[tuple[IrcNetwork, Bridge, list[RoomRef]]]:
    """Run a network in whose channels nobody is but people with seats."""
    options = {"seats": {"interval": 0, "grace": 0.2}, **options}
    async with running(port, *channels, policy=BY_SEATS, state=state, wait=False, **options) as (
        network,
        bridge,
        rooms,
    ):
        yield network, bridge, rooms


async def ask(network: IrcNetwork, request: Request, seconds: float = 20.0) -> Answer:
    """Have a request served."""
    return await asyncio.wait_for(network.serve(request), seconds)


async def enter(
    network: IrcNetwork, room: RoomRef, person: Account, nick: str = "", password: str = ""
) -> Entered:
    """Seat somebody."""
    request = Enter(
        person=person, room=room, network=SERVER, address=room.id, nick=nick or person.name,
        password=password,
    )  # fmt: skip
    answer = await ask(network, request)
    assert isinstance(answer, Entered)
    return answer


async def leave(network: IrcNetwork, room: RoomRef, person: Account, text: str = "") -> None:
    """Have somebody give their seat up."""
    await ask(network, Leave(person=person, room=room, text=text))


async def irssi(nick: str, port: int, *channels: str) -> IrcClient:
    """Return somebody who is on IRC with a client of their own."""
    client = IrcClient(nick, port)
    await client.connect()
    for channel in channels:
        await client.join(channel)
    return client


def states(bridge: Bridge, kind: type[Any]) -> list[Any]:
    """Return the states of a kind that were observed."""
    return [state for state in bridge.states if isinstance(state, kind)]


def is_up(bridge: Bridge, room: RoomRef) -> bool:
    """Whether the latest word is that a room is up."""
    told = [s for s in bridge.states if isinstance(s, RoomStatus) and s.room == room]
    return bool(told) and told[-1].up
