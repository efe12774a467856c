"""People on XMPP for the tests of this network."""

from collections.abc import AsyncIterator

import pytest

from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


@pytest.fixture
async def anna(prosody: Prosody) -> AsyncIterator[Occupant]:
    """A person at a client, logged in."""
    occupant = Occupant("alice", prosody.c2s_port)
    await occupant.connect()
    yield occupant
    await occupant.close()


@pytest.fixture
async def boss(prosody: Prosody) -> AsyncIterator[Occupant]:
    """Another one; where they enter first they own the room."""
    occupant = Occupant("admin", prosody.c2s_port)
    await occupant.connect()
    yield occupant
    await occupant.close()
