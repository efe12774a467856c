"""Commands, carried out on a real Synapse and on one that misbehaves."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web

from bridge.model import (
    Account,
    Command,
    Content,
    CopyConfirmed,
    LegPolicy,
    Mention,
    MessageSent,
    Paragraph,
    Rejected,
    RoomRef,
    RoomStatus,
    Send,
    SetTopic,
    Tell,
    Text,
    TopicChanged,
    Unavailable,
    UserRef,
    from_text,
)
from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

BOB = "@_irc_bob:hs.localhost"


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


async def test_a_relay_speaks_for_all_where_the_policy_says_so(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    policy = LegPolicy(puppets="off", relay="[{name}] ")
    async with running(synapse, room, policy=policy) as (network, _):
        await say(network, room, someone("bob"), "hi")
        said = await alice.wait_for(lambda said: said.body == "[bob] hi")
    assert said.raw["sender"] == synapse.sender


def a_send(room: str, key: str = "k", **more: Any) -> Send:
    settings = {"time": 1_000_000.0} | more
    return Send(
        key=key,
        room=RoomRef("mx", room),
        speaker=someone("bob"),
        content=from_text("hello"),
        **settings,
    )


async def deliver(network: MatrixNetwork, command: Command) -> str:
    delivered = await network.deliver(command, network.render(command), 0)
    return delivered.parts[0][0]


NASTY = {
    "a megabyte": "x" * 1_000_000,
    "quotes": '"' * 60_000,
    "lines": "é\n" * 40_000,
    "control": "\x01VERSION\x01 \x00 /quit \r\n\x02b \x7f",
    "cats": "🐈‍⬛" * 20_000,
    "right to left": "\u202e\u2066evil\u2069",
    "html": "<script>alert(1)</script> &amp; <mx-reply>",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
async def test_a_homeserver_takes_whatever_is_said(
    synapse: Synapse, alice: MatrixClient, room: str, text: str
) -> None:
    name = "a\n<b>\u202e\x00" + "é" * 200
    async with running(synapse, room) as (network, _):
        account = Account(UserRef("irc", "nasty\x00\u202e[]"), name)
        event_id = await say(network, room, account, text, key=text[:5], more="All: https://x/1")
        seen = await alice.event(lambda event: event["event_id"] == event_id)
    body = seen["content"]["body"]
    assert "\x00" not in body
    assert "\x01" not in body
    assert body.endswith("All: https://x/1") or len(body) <= len(text)


async def test_a_message_in_doubt_is_found_in_the_room_if_nobody_remembers_it(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        old = a_send(room, "old", time=time.time() - 2 * 86_400)
        first = await deliver(network, old)
        state = bridge.state
        for number in range(5):
            await say(network, room, someone("bob"), f"later {number}")
    async with running(synapse, room, state=state) as (network, _):
        again = await deliver(network, msgspec.structs.replace(old, doubtful=True))
        assert network.figures()["looked_back"] == 1
    assert first == again


async def test_a_message_in_doubt_that_never_arrived_is_sent(synapse: Synapse, room: str) -> None:
    async with running(synapse, room) as (network, _):
        event_id = await deliver(network, a_send(room, "new", doubtful=True, time=0.0))
    assert event_id.startswith("$")


async def test_the_first_part_is_reported_before_the_second_is_sent(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        event_id = await alice.say(room, "too rude")
        tell = Tell(
            key="t",
            room=RoomRef("mx", room),
            user=UserRef("mx", alice.user_id),
            text="no",
            about=(event_id,),
        )
        parts = network.render(tell)
        both = await network.deliver(tell, parts, 0)
        rest = await network.deliver(tell, parts, 1)
    (confirmed,) = bridge.all(CopyConfirmed)
    assert (confirmed.part, confirmed.ids) == (0, both.parts[0])
    assert rest.parts == both.parts[1:]


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_a_refused_ghost_is_made_sure_of_once_and_then_speaks(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        await deliver(network, a_send("!r", "first"))
        fake.next("/send/", error(403, "M_FORBIDDEN", "not in the room"))
        fake.seen.clear()
        await deliver(network, a_send("!r", "second"))
    asked = [path.rpartition("/")[2] for _, path, _, _ in fake.seen]
    assert asked.count("register") == asked.count("join") == 1
    assert len(fake.asked("/send/")) == 2


async def test_a_ghost_that_is_refused_twice_tells_its_person_why(fake: Fake) -> None:
    muted = [error(403, "M_FORBIDDEN", "You are muted") for _ in range(2)]
    async with running(fake, "!r") as (network, _):
        fake.next("/send/", *muted)
        with pytest.raises(Rejected, match="hs says: You are muted"):
            await deliver(network, a_send("!r"))


async def test_who_cannot_enter_speaks_through_the_bot(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        fake.next("/join", *(error(403, "M_FORBIDDEN", "banned") for _ in range(2)))
        await deliver(network, a_send("!r"))
        await deliver(network, a_send("!r", "again"))
    first, second = fake.asked("/send/")
    assert b'"body":"<bob> hello"' in first[3]
    assert "user_id" not in second[2] or second[2]["user_id"] == fake.sender
    assert len([path for _, path, _, _ in fake.seen if path.endswith("/join")]) == 2


async def test_a_device_that_is_gone_is_made_again(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        await deliver(network, a_send("!r", "first"))
        fake.next("/send/", error(400, "M_UNKNOWN_DEVICE"))
        await deliver(network, a_send("!r", "second"))
    assert len([path for _, path, query, _ in fake.asked("/devices/") if "_irc" in str(query)]) == 2


async def test_without_devices_what_is_in_doubt_is_looked_for(fake: Fake) -> None:
    fake.next("/devices/", *(error(404, "M_NOT_FOUND") for _ in range(9)))
    fake.chunk = [
        "odd",
        {"event_id": "$no", "content": []},
        {"event_id": "$0", "content": {"dev.tercet.key": "other"}},
        {"event_id": "$found", "content": {"dev.tercet.key": "k"}},
    ]
    async with running(fake, "!r") as (network, _):
        event_id = await deliver(network, a_send("!r", doubtful=True, time=time.time()))
        assert event_id == "$found"
        fake.chunk = fake.chunk[:3]
        await deliver(network, a_send("!r", "k2", doubtful=True, time=time.time()))
    assert len([query for _, _, query, _ in fake.asked("/messages") if "filter" in query]) == 1 + 3
    assert len(fake.asked("/send/")) == 1
    assert "device_id" not in fake.asked("/send/")[0][2]


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ([error(413, "M_TOO_LARGE")], Rejected),
        ([error(400, "M_BAD_JSON")], Rejected),
        ([error(404, "M_UNRECOGNIZED")], Unavailable),
        ([error(502, "M_UNKNOWN")], Unavailable),
        ([error(401, "M_UNKNOWN_TOKEN")], Unavailable),
        ([ConnectionResetError(), ConnectionResetError()], Unavailable),
        ([web.json_response({})], Unavailable),
    ],
)
async def test_each_answer_means_never_or_later(
    answers: list[web.Response | Exception], raised: type[Exception]
) -> None:
    async with misbehaving() as fake, running(fake, "!r") as (network, _):
        fake.next("/send/", *answers)
        with pytest.raises(raised):
            await deliver(network, a_send("!r"))


async def test_nothing_is_sent_to_rooms_that_are_not_visited_or_not_open(fake: Fake) -> None:
    fake.next("/join", *(error(403, "M_FORBIDDEN") for _ in range(9)))
    fake.next("/joined_members", *(error(403, "M_FORBIDDEN") for _ in range(9)))
    async with running(fake, "!r", wait=False) as (network, bridge):
        await bridge.saw(RoomStatus)
        with pytest.raises(Unavailable, match="invite"):
            await deliver(network, a_send("!r"))
        with pytest.raises(Rejected, match="not linked"):
            await deliver(network, a_send("!other"))


async def test_our_own_event_that_is_pushed_after_a_crash_is_a_confirmation(fake: Fake) -> None:
    own = {
        "type": "m.room.message",
        "room_id": "!r",
        "sender": "@_irc_bob:hs",
        "event_id": "$mine",
        "content": {"body": "hello", "dev.tercet.key": "k"},
    }
    async with running(fake, "!r", ghost_prefixes={"irc": "_irc_"}) as (network, bridge):
        for number in range(2):
            await fake.push(number, own, own | {"event_id": "$odd", "content": {"body": "hi"}})
        assert await deliver(network, a_send("!r", doubtful=True)) == "$mine"
    (confirmed,) = bridge.events
    assert confirmed == CopyConfirmed(room=RoomRef("mx", "!r"), key="k", part=0, ids=("$mine",))
    assert fake.asked("/send/") == []
