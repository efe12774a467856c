"""Ways into rooms of a real Synapse, and out of them."""

import pytest

from bridge.model import (
    MessageSent,
    Rejected,
    RoomRef,
    RoomStatus,
    Say,
)
from tests.protocols.matrix.bridge import Memory, running, say, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

BOB = "@_irc_bob:hs.localhost"


async def test_a_room_by_invitation_lets_the_bot_and_its_ghosts_in(
    synapse: Synapse, alice: MatrixClient
) -> None:
    closed = await alice.create_room("closed", public=False)
    async with running(synapse, closed, wait=False) as (network, bridge):
        status = await bridge.saw(RoomStatus)
        await alice.invite(closed, synapse.sender)
        await bridge.up(RoomRef("mx", closed))
        await say(network, closed, someone("bob"), "let me in")
        said = await alice.wait_for(lambda said: said.room == closed)
    assert "invite @tercet:hs.localhost" in status.detail
    assert not status.up
    assert (said.nick, said.body) == ("bob", "let me in")


async def test_other_invitations_are_declined_with_a_sentence(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    other = await alice.create_room("other", public=False)
    async with running(synapse, room) as (network, _):
        await say(network, room, someone("bob"), "here I am")
        await alice.invite(other, synapse.sender)
        await alice.invite(other, BOB)
        for mxid in (synapse.sender, BOB):
            left = await alice.event(
                lambda event, mxid=mxid: (
                    event["type"] == "m.room.member"
                    and event["room_id"] == other
                    and event.get("state_key") == mxid
                    and event["content"]["membership"] == "leave"
                )
            )
            assert left["content"]["reason"]


async def test_an_encrypted_room_is_refused_with_one_explanation(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (network, bridge):
        await alice.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        status = await bridge.saw(RoomStatus, lambda status: status.refused)
        said = await alice.wait_for(lambda said: said.room == room and said.kind == "notice")
        await alice.send(room, "m.room.encrypted", {"algorithm": "x", "ciphertext": 7})
        await alice.say(room, "in clear all the same")
        with pytest.raises(Rejected, match="encrypted"):
            await say(network, room, someone("bob"), "hi")
    async with running(synapse, room, state=state, wait=False) as (_, again):
        await again.saw(RoomStatus, lambda status: status.refused)
    assert "encrypted" in status.detail
    assert "encrypted" in said.body
    assert bridge.all(MessageSent) == []
    assert (
        len([said for said in alice.messages.items if (said.room, said.kind) == (room, "notice")])
        == 1
    )


async def test_the_bridge_says_things_as_notices_and_leaves_nothing_behind(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        await say(network, room, someone("bob"), "hi")
        command = Say(key="s", room=RoomRef("mx", room), text="linked with #lounge")
        await network.deliver(command, network.render(command), 0)
        await network.leave(RoomRef("mx", room), "This room is no longer linked.")
        said = await alice.wait_for(lambda said: "no longer" in said.body)
        members = await alice.members(room)
    assert said.kind == "notice"
    assert set(members) == {alice.user_id}
    assert [key for key in bridge.state.facts if room in key] == []
