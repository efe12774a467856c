"""Ghosts that come and go."""

import asyncio

from bridge.model import Announcement, LegPolicy, Presence, PuppetNamed, RoomRef
from tests.protocols.matrix.bridge import running, say, someone
from tests.protocols.matrix.fake import error, misbehaving
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


async def test_only_the_last_wish_counts_and_nothing_is_done_twice() -> None:
    ref = RoomRef("mx", "!r")
    async with misbehaving() as fake, running(fake, "!r") as (network, bridge):
        for _ in range(50):
            network.show(Presence(ref, someone("bob"), present=True))
            network.show(Presence(ref, someone("eve"), present=True))
            network.show(Presence(ref, someone("eve"), present=False))
        network.show(Presence(RoomRef("mx", "!other"), someone("eve"), present=True))
        network.show(Presence(ref, someone("last"), present=True))
        await bridge.saw(PuppetNamed, lambda named: named.name == "last")
        assert network.figures()["presences_waiting"] == 0
        joined = [query["user_id"] for _, path, query, _ in fake.seen if path.endswith("/join")]
    assert joined == ["@_irc_bob:hs", "@_irc_last:hs"]


async def test_a_wish_waits_while_the_homeserver_has_trouble() -> None:
    ref = RoomRef("mx", "!r")
    async with misbehaving() as fake, running(fake, "!r") as (network, bridge):
        fake.next("/register", error(502, "M_UNKNOWN"))
        network.show(Presence(ref, someone("bob"), present=True))
        await bridge.saw(PuppetNamed, lambda named: named.name == "bob")


async def test_where_one_relay_speaks_for_all_nobody_is_shown() -> None:
    ref, policy = RoomRef("mx", "!r"), LegPolicy(puppets="off")
    async with misbehaving() as fake, running(fake, "!r", policy=policy) as (network, _):
        network.show(Presence(ref, someone("bob"), present=True))
        await say(network, "!r", someone("bob"), "hi")
        while network.figures()["presences_waiting"]:
            await asyncio.sleep(0.01)
        assert not [path for _, path, _, _ in fake.seen if path.endswith("/join")]
