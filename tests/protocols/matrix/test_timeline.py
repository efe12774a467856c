"""What happens in rooms, as the bridge is told of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.model import (
    Account,
    MembersChanged,
    MessageSent,
    PuppetRemoved,
    RoomRef,
    RoomStatus,
    Roster,
    TopicChanged,
    UserRef,
    plain,
)
from protocols.matrix.timeline import Changes, Own
from tests.protocols.matrix.bridge import Memory, person, running, say, someone
from tests.protocols.matrix.fake import Fake, misbehaving
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


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


def event(kind: str, content: object, sender: str = "@alice:hs", **more: Any) -> dict[str, Any]:
    raw = {"type": kind, "room_id": "!r", "sender": sender, "content": content}
    return raw | {"event_id": f"${len(str(raw))}"} | more


def text(body: str, sender: str = "@alice:hs", **more: Any) -> dict[str, Any]:
    return event("m.room.message", {"msgtype": "m.text", "body": body}, sender, **more)


def member(who: str, now: str, by: str = "", was: str = "", **content: Any) -> dict[str, Any]:
    more: dict[str, Any] = {"state_key": who}
    if was:
        more["unsigned"] = {"prev_content": {"membership": was}}
    return event("m.room.member", {"membership": now} | content, by or who, **more)


async def test_a_transaction_of_poison_holds_nothing_up(fake: Fake) -> None:
    poison: list[Any] = [
        5,
        None,
        [],
        {"type": []},
        event("m.room.member", {"membership": []}, state_key="@x:hs"),
        event("m.room.member", [], state_key=5),
        event("m.room.topic", {"topic": {"a": []}}, state_key=""),
        event("m.room.power_levels", {"users": []}, state_key=""),
        event("m.room.message", {"body": [], "m.relates_to": {"m.in_reply_to": 5}}),
        event("m.room.message", "x"),
        event("m.room.encrypted", {"ciphertext": [1]}),
        event("m.room.redaction", {}),
        event("m.reaction", {"m.relates_to": None}),
        text("elsewhere", room_id="!other"),
        text("no room at all", room_id=7),
    ]
    async with running(fake, "!r") as (network, bridge):
        assert await fake.push(1, text("before"), *poison, text("after")) == 200
        assert network.figures()["events_unreadable"] >= 4
    assert [plain(event.content) for event in bridge.all(MessageSent)] == ["before", "after"]


async def test_members_are_followed_by_what_was_known(fake: Fake) -> None:
    async with running(fake, "!r") as (_, bridge):
        await fake.push(
            1,
            member("@alice:hs", "join", displayname="Alice"),
            member("@bob:hs", "join"),
            member("@bob:hs", "join"),
            member("@carl:hs", "invite", by="@alice:hs"),
            member("@dan:hs", "leave"),
            member("@bob:hs", "leave", reason="tea"),
            member("@eve:hs", "join"),
        )
        await fake.push(2, text("hi"), member("@eve:hs", "ban", by="@alice:hs"))
        said = await bridge.event(MessageSent)
    changes = [state for state in bridge.states if isinstance(state, MembersChanged)]
    joined = [[who.name for who in change.joined] for change in changes]
    assert said.author.name == "Alice"
    assert joined == [["bob"], [], ["eve"], []]
    assert [who.name for who in changes[0].renamed] == ["Alice"]
    assert [(change.left, change.reason) for change in changes if change.left] == [
        ((UserRef("mx", "@bob:hs"),), "tea"),
        ((UserRef("mx", "@eve:hs"),), "banned by Alice"),
    ]


async def test_many_changes_are_told_as_one(fake: Fake) -> None:
    async with running(fake, "!r") as (_, bridge):
        await fake.push(1, *(member(f"@u{number}:hs", "join") for number in range(500)))
        (change,) = [state for state in bridge.states if isinstance(state, MembersChanged)]
    assert len(change.joined) == 500


async def test_a_ban_of_a_ghost_is_told_even_if_it_was_not_there(fake: Fake) -> None:
    ghost = "@_irc_bob:hs"
    async with running(fake, "!r", ghost_prefixes={"irc": "_irc_"}) as (_, bridge):
        await fake.push(
            1,
            member(ghost, "leave", by="@alice:hs", was="invite"),
            member(ghost, "leave", by=fake.sender, was="join"),
            member(ghost, "leave", was="join"),
            member(ghost, "ban", by="@alice:hs", reason="spam"),
        )
        removed = await bridge.event(PuppetRemoved)
    assert removed.banned
    assert len(bridge.events) == 1
    assert bridge.state.facts.keys() >= {f"removed:!r:{ghost}"}


async def test_our_own_topics_and_people_unknown_to_us_are_no_riddle(fake: Fake) -> None:
    async with running(fake, "!r") as (_, bridge):
        await fake.push(
            1,
            event("m.room.topic", {"topic": "ours"}, fake.sender, state_key=""),
            event("m.room.topic", {"topic": "theirs"}, "@stranger:hs", state_key=""),
            text("hi", "@stranger:hs"),
        )
        said = await bridge.event(MessageSent)
    (changed,) = bridge.all(TopicChanged)
    assert changed.topic == "theirs"
    assert said.author.name == "stranger"


async def test_a_room_that_was_replaced_is_closed_with_a_hint(fake: Fake) -> None:
    async with running(fake, "!r") as (_, bridge):
        gone = {"replacement_room": "!new", "body": "moved"}
        await fake.push(1, event("m.room.tombstone", gone, state_key=""), text("anyone?"))
        status = await bridge.saw(RoomStatus, lambda status: status.refused)
    assert "!new" in status.detail
    assert bridge.all(MessageSent) == []


async def test_the_bot_that_is_put_out_stays_out_until_it_is_invited(fake: Fake) -> None:
    state = Memory()
    async with running(fake, "!r", state=state) as (_, bridge):
        await fake.push(1, member(fake.sender, "leave", by="@alice:hs", was="join", reason="no"))
        status = await bridge.saw(RoomStatus, lambda status: status.refused)
    async with running(fake, "!r", state=state, wait=False) as (_, bridge):
        await bridge.saw(RoomStatus, lambda status: status.refused)
        await fake.push(2, member(fake.sender, "invite", by="@alice:hs"))
        await bridge.up(RoomRef("mx", "!r"))
    assert "kicked by alice: no; invite it again" in status.detail


def test_changes_of_one_person_keep_their_order() -> None:
    room, bob = RoomRef("mx", "!r"), Account(UserRef("mx", "@b:hs"), "bob")
    changes = Changes()
    changes.add(room, "left", bob.user)
    changes.add(room, "joined", bob)
    assert [(len(change.left), len(change.joined)) for change in changes.all()] == [(1, 0), (0, 1)]


def test_what_is_expected_or_known_needs_no_confirmation() -> None:
    own = Own()
    own.expected.add(("k", 0))
    assert not own.note("k", 0, "$1")
    assert own.note("k", 1, "$2")
    assert not own.note("k", 1, "$2")
    assert own.get("k", 0) == "$1"
