"""Ways into rooms, and out of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.model import Announcement, LegPolicy, MessageSent, Rejected, RoomRef, RoomStatus, Say
from tests.protocols.matrix.bridge import Memory, running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
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


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_a_closed_room_is_tried_again_when_it_is_linked_again(fake: Fake) -> None:
    fake.next("/joined_members", error(403, "M_FORBIDDEN"))
    fake.next("/join/", error(404, "M_UNKNOWN", "no servers"))
    ref = RoomRef("mx", "!r")
    async with running(fake, "!r", wait=False) as (network, bridge):
        status = await bridge.saw(RoomStatus)
        network.visit(ref, LegPolicy(puppets="off"))
        await bridge.up(ref)
    assert not status.up
    assert "cannot join: no servers" in status.detail


async def test_a_room_elsewhere_is_joined_by_way_of_who_knows_it(fake: Fake) -> None:
    state = Memory()
    await state.put("via:!r", "one.org two.org")
    fake.next("/joined_members", error(403, "M_FORBIDDEN"))
    async with running(fake, "!r", state=state):
        pass
    (join,) = fake.asked("/join/")
    assert join[2]["server_name"] == "one.org"


async def test_what_fails_while_leaving_does_not_stop_the_rest(fake: Fake) -> None:
    async with running(fake, "!r") as (network, bridge):
        await say(network, "!r", someone("bob"), "x")
        fake.next("/leave", error(500, "M_UNKNOWN"))
        fake.next("/send/", error(403, "M_FORBIDDEN"))
        await network.leave(RoomRef("mx", "!r"), "bye")
        await network.leave(RoomRef("mx", "!r"), "bye")
    assert len(fake.asked("/leave")) == 2
    assert not [key for key in bridge.state.facts if "!r" in key]


async def test_the_bridge_is_announced_in_state_once(fake: Fake) -> None:
    state = Memory()
    for _ in range(2):
        async with running(fake, "!r", state=state):
            async with asyncio.timeout(5):
                while len(fake.asked("/state/uk.half-shot.bridge/")) < 1:
                    await asyncio.sleep(0.01)
    (announced,) = fake.asked("/state/m.bridge/")
    assert b'"bridgebot":"@tercet:hs"' in announced[3]


async def test_a_hundred_rooms_are_entered_a_few_at_a_time(fake: Fake) -> None:
    rooms = [f"!r{number}" for number in range(100)]
    async with running(fake, *rooms) as (network, _):
        assert network.figures()["rooms_up"] == 100


async def test_the_same_announcement_can_be_made_twice(fake: Fake) -> None:
    ref = RoomRef("mx", "!r")
    async with running(fake, "!r") as (network, _):
        for count in (1, 2):
            network.show(Announcement(ref, "the disk is full"))
            async with asyncio.timeout(5):
                while len(fake.asked("/send/")) < count:
                    await asyncio.sleep(0.01)
    first, second = fake.asked("/send/")
    assert first[1] != second[1]
