"""What an admin types."""

import pytest

from bridge.model import (
    Rejected,
    RoomRef,
)
from tests.protocols.matrix.bridge import running
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


async def test_the_room_is_found_by_its_alias(synapse: Synapse, alice: MatrixClient) -> None:
    room = await alice.create_room("named", alias="named")
    async with running(synapse, room) as (network, _):
        assert await network.find("#named:hs.localhost") == RoomRef("mx", room)
        assert await network.find(room) == RoomRef("mx", room)
        assert await network.find("https://matrix.to/#/%23named:hs.localhost") == RoomRef(
            "mx", room
        )
        with pytest.raises(Rejected, match="#nobody:hs.localhost was not".replace(".", r"\.")):
            await network.find("#nobody:hs.localhost")
        with pytest.raises(Rejected, match="#alias:server"):
            await network.find("lounge")
