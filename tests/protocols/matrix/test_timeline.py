"""What happens in rooms of a real Synapse, as the bridge is told of it."""

import asyncio

from bridge.model import (
    MembersChanged,
    MessageSent,
    PuppetRemoved,
    RoomRef,
    Roster,
    UserRef,
    plain,
)
from tests.protocols.matrix.bridge import Memory, person, running, say, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


async def test_what_is_said_on_matrix_is_reported_with_its_author(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (_, bridge):
        event_id = await alice.say(room, "hi all", "hi <b>all</b>")
        said = await bridge.event(MessageSent)
    assert said.room == RoomRef("mx", room)
    assert said.author.user == UserRef("mx", "@alice:hs.localhost")
    assert said.author.name == "alice"
    assert said.ids == (event_id,)
    assert plain(said.content) == "hi all"
    assert said.hop == ""


async def test_members_are_told_once_and_then_as_changes(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (_, bridge), person(synapse, "dave") as dave:
        roster = await bridge.saw(Roster)
        await dave.join(room)
        joined = await bridge.saw(MembersChanged)
        await alice.kick(room, dave.user_id, "bye")
        left = await bridge.saw(MembersChanged, lambda change: change.left)
    assert [who.name for who in roster.members] == ["alice"]
    assert [who.name for who in joined.joined] == ["dave"]
    assert left.left == (UserRef("mx", "@dave:hs.localhost"),)
    assert left.reason == "kicked by alice: bye"


async def test_a_kicked_ghost_stays_out_and_its_person_speaks_through_the_bot(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state, mxid = Memory(), "@_irc_carl:hs.localhost"
    async with running(synapse, room, state=state) as (network, bridge):
        await say(network, room, someone("carl"), "one")
        await alice.kick(room, mxid, "flood")
        removed = await bridge.event(PuppetRemoved)
        await say(network, room, someone("carl"), "two")
        await alice.wait_for(lambda said: said.body == "<carl> two")
        assert mxid not in await alice.members(room)
    async with running(synapse, room, state=state) as (network, _):
        await say(network, room, someone("carl"), "three")
        relayed = await alice.wait_for(lambda said: said.body == "<carl> three")
        await alice.invite(room, mxid)
        await alice.event(
            lambda event: (
                event.get("state_key") == mxid and event["content"].get("membership") == "invite"
            )
        )
        async with asyncio.timeout(10):
            while network.figures()["ghosts_in_rooms"] == 0:
                await say(network, room, someone("carl"), f"{asyncio.get_running_loop().time()}")
                await asyncio.sleep(0.05)
    assert relayed.raw["sender"] == synapse.sender
    assert (removed.user, removed.by, removed.reason) == (UserRef("irc", "carl"), "alice", "flood")
    assert not removed.banned
