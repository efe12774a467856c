"""The Matrix network on a real Synapse."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.model import (
    Announcement,
    Content,
    LegPolicy,
    MembersChanged,
    Mention,
    MessageSent,
    NetworkStatus,
    Paragraph,
    Presence,
    PuppetNamed,
    PuppetRemoved,
    Rejected,
    RoomRef,
    RoomStatus,
    Roster,
    Say,
    SetTopic,
    Tell,
    Text,
    TopicChanged,
    Unavailable,
    UserRef,
    plain,
)
from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import Bridge, Memory, person, running, say, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

BOB = "@_irc_bob:hs.localhost"


@pytest.fixture
async def alice(synapse: Synapse) -> AsyncIterator[MatrixClient]:
    async with person(synapse, "alice") as client:
        yield client


@pytest.fixture
async def room(alice: MatrixClient) -> str:
    return await alice.create_room("lounge")


def messages(bridge: Bridge) -> list[str]:
    return [plain(event.content) for event in bridge.all(MessageSent)]


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


async def test_a_person_of_another_network_speaks_as_a_ghost_at_their_own_time(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        event_id = await say(network, room, someone("bob"), "hello", key="k1", hop="here")
        seen = await alice.event(lambda event: event["event_id"] == event_id)
        named = await bridge.saw(PuppetNamed)
        await say(network, room, someone("bob"), "again")
        await alice.wait_for(lambda said: said.body == "again")
    assert seen["sender"] == BOB
    assert seen["origin_server_ts"] == 1_785_578_400_000
    assert seen["content"]["m.mentions"] == {}
    assert seen["content"]["dev.tercet.key"] == "k1"
    assert seen["content"]["dev.tercet.hop"] == "here"
    assert (named.user, named.name) == (UserRef("irc", "bob"), "bob")
    assert bridge.all(MessageSent) == []


async def test_a_ghost_is_made_named_and_joined_once_even_over_a_restart(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state, mxid = Memory(), "@_irc_once:hs.localhost"
    for text in ("one", "two"):
        async with running(synapse, room, state=state) as (network, _):
            await say(network, room, someone("once"), text)
            await say(network, room, someone("once"), text + " more")
            await alice.wait_for(lambda said, text=text: said.body == text + " more")
    entered = [
        event["content"]["membership"]
        for event in alice.events.items
        if event["type"] == "m.room.member" and event["state_key"] == mxid
    ]
    assert entered == ["join"]


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


async def test_a_transaction_that_cannot_be_stored_is_sent_again(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (_, bridge):
        bridge.full = True
        await alice.say(room, "keep this")
        await bridge.until(lambda: bridge.refused)
        bridge.full = False
        await bridge.event(MessageSent)
        await alice.say(room, "and this")
        await bridge.until(lambda: len(bridge.all(MessageSent)) == 2)
    assert messages(bridge) == ["keep this", "and this"]


async def test_what_was_said_while_we_were_away_comes_at_once_after_the_start(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state):
        pass
    for number in range(3):
        await alice.say(room, f"line {number}")
    async with running(synapse, room, state=state) as (_, bridge):
        await bridge.until(lambda: len(bridge.all(MessageSent)) >= 3, timeout=10)
    assert messages(bridge) == ["line 0", "line 1", "line 2"]


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


async def test_topics_cross_both_ways_and_do_not_come_back(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        await alice.topic(room, "tea")
        changed = await bridge.event(TopicChanged)
        command = SetTopic(
            key="t1", room=RoomRef("mx", room), topic="coffee", speaker=someone("bob")
        )
        with pytest.raises(Rejected, match="power"):
            await network.deliver(command, network.render(command), 0)
        assert not network.capabilities(RoomRef("mx", room)).topics
        await alice.set_state(room, "m.room.power_levels", {"users": {synapse.sender: 50}})
        await _power(network, room)
        await network.deliver(command, network.render(command), 0)
        await alice.wait_for(lambda said: said.body == "coffee")
        await alice.say(room, "mark")
        await bridge.event(MessageSent)
    assert (changed.topic, changed.author and changed.author.name) == ("tea", "alice")
    assert len(bridge.all(TopicChanged)) == 1


async def _power(network: MatrixNetwork, room: str) -> None:
    async with asyncio.timeout(10):
        while not network.capabilities(RoomRef("mx", room)).topics:
            await asyncio.sleep(0.01)


async def test_a_refusal_is_told_as_a_status_and_as_an_answer(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        event_id = await alice.say(room, "too rude")
        await bridge.event(MessageSent)
        command = Tell(
            key="tell-1",
            room=RoomRef("mx", room),
            user=UserRef("mx", alice.user_id),
            text="#lounge is moderated",
            about=(event_id,),
        )
        parts = network.render(command)
        delivered = await network.deliver(command, parts, 0)
        status = await alice.event(lambda event: event["type"] == "com.beeper.message_send_status")
        answer = await alice.wait_for(lambda said: said.room == room and said.kind == "notice")
    assert len(delivered.parts) == len(parts) == 2
    assert status["content"]["status"] == "FAIL_PERMANENT"
    assert status["content"]["m.relates_to"]["event_id"] == event_id
    assert answer.body == "#lounge is moderated"
    assert answer.raw["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == event_id


async def test_mentions_are_pills_in_both_directions(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        await say(network, room, someone("bob"), "here")
        await alice.say(room, "bob: hi", f'<a href="https://matrix.to/#/{BOB}">bob</a>: hi')
        said = await bridge.event(MessageSent)
        spans = (
            Mention("alice", UserRef("mx", alice.user_id)),
            Text(" and "),
            Mention("bob", UserRef("irc", "bob")),
            Text(" and "),
            Mention("eve", UserRef("irc", "eve")),
        )
        await say(
            network, room, someone("carol"), "", key="m", content=Content((Paragraph(spans),))
        )
        seen = await alice.wait_for(lambda said: said.body == "alice and bob and eve")
    first = said.content.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.children == (Mention("bob", UserRef("irc", "bob")), Text(": hi"))
    content = seen.raw["content"]
    assert content["m.mentions"]["user_ids"] == [alice.user_id, BOB]
    assert f'<a href="https://matrix.to/#/{BOB}">bob</a> and eve' in content["formatted_body"]


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


async def test_a_relay_speaks_for_all_where_the_policy_says_so(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    policy = LegPolicy(puppets="off", relay="[{name}] ")
    async with running(synapse, room, policy=policy) as (network, _):
        await say(network, room, someone("bob"), "hi")
        said = await alice.wait_for(lambda said: said.body == "[bob] hi")
    assert said.raw["sender"] == synapse.sender


async def test_the_homeserver_may_restart_in_the_middle(
    new_synapse: type[Synapse],
) -> None:
    synapse = new_synapse()
    async with person(synapse, "alice") as alice:
        room = await alice.create_room("lounge")
        async with running(synapse, room) as (network, bridge):
            first = await say(network, room, someone("bob"), "before", key="b")
            await asyncio.to_thread(synapse.stop)
            with pytest.raises(Unavailable, match="cannot be reached"):
                await say(network, room, someone("bob"), "lost?")
            await bridge.saw(NetworkStatus, lambda status: not status.up)
            start = len(bridge.states)
            await asyncio.to_thread(synapse.start)
            await bridge.up(RoomRef("mx", room), start)
            # Forgotten by us: only the homeserver can know that it has this one already.
            network._live.delivery._own = type(network._live.delivery._own)()  # type: ignore[union-attr]
            again = await say(network, room, someone("bob"), "before", key="b")
            await alice.say(room, "I am back")
            await bridge.event(MessageSent)
            await say(network, room, someone("bob"), "after")
            await alice.wait_for(lambda said: said.body == "after", 20)
    assert first == again
    assert [said.body for said in alice.messages.items] == ["before", "I am back", "after"]
