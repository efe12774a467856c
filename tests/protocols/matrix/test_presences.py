"""Ghosts that come and go."""

from bridge.model import (
    Announcement,
    Presence,
    PuppetNamed,
    RoomRef,
)
from tests.protocols.matrix.bridge import running, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


async def test_presence_lets_ghosts_come_and_go(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    mxid = "@_irc_guest:hs.localhost"
    ref = RoomRef("mx", room)
    async with running(synapse, room) as (network, bridge):
        network.show(Presence(ref, someone("guest"), present=True))
        await bridge.saw(PuppetNamed, lambda named: named.name == "guest")
        assert mxid in await alice.members(room)
        network.show(Presence(ref, someone("guest"), present=False, reason="Quit: tea"))
        await bridge.saw(PuppetNamed, lambda named: named.name == "")
        network.show(Presence(ref, someone("stranger"), present=False))
        network.show(Announcement(ref, "the disk is full"))
        await alice.wait_for(lambda said: said.body == "the disk is full")
        left = await alice.event(
            lambda event: (
                event.get("state_key") == mxid and event["content"].get("membership") == "leave"
            )
        )
        assert set(await alice.members(room)) == {alice.user_id, synapse.sender}
    assert left["content"]["reason"] == "Quit: tea"
