"""Somebody on Matrix, and a room of theirs."""

from collections.abc import AsyncIterator

import pytest

from tests.protocols.matrix.bridge import person
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


@pytest.fixture
async def alice(synapse: Synapse) -> AsyncIterator[MatrixClient]:
    async with person(synapse, "alice") as client:
        yield client


@pytest.fixture
async def room(alice: MatrixClient) -> str:
    return await alice.create_room("lounge")
