"""People who use the gateway, and the gateway."""

from collections.abc import AsyncIterator

import pytest

from tests.protocols.xmpp.hosted.house import Client, House, gateway
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


@pytest.fixture
async def house(prosody: Prosody) -> AsyncIterator[House]:
    """A gateway with a bridge behind it that lets everybody in."""
    async with gateway(prosody) as running:
        yield running


@pytest.fixture
async def anna(prosody: Prosody, house: House) -> AsyncIterator[Client]:
    """A person at a client."""
    occupant = Occupant("alice", prosody.c2s_port)
    await occupant.connect()
    yield Client(occupant)
    await occupant.close()


@pytest.fixture
async def otto(prosody: Prosody, house: House) -> AsyncIterator[Client]:
    """Another one."""
    occupant = Occupant("bob", prosody.c2s_port)
    await occupant.connect()
    yield Client(occupant)
    await occupant.close()
