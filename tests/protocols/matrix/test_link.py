"""Homeservers and bridges that go away and come back."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from bridge.model import (
    LegPolicy,
    MessageSent,
    NetworkStatus,
    RoomRef,
    RoomStatus,
    Roster,
    Unavailable,
    plain,
)
from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import Bridge, Memory, config, person, running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


def messages(bridge: Bridge) -> list[str]:
    return [plain(event.content) for event in bridge.all(MessageSent)]


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


async def test_the_homeserver_may_restart_in_the_middle(
    new_synapse: Callable[[], Synapse],
) -> None:
    synapse, state = new_synapse(), Memory()
    async with person(synapse, "alice") as alice:
        room = await alice.create_room("lounge")
        async with running(synapse, room, state=state) as (network, bridge):
            first = await say(network, room, someone("bob"), "before", key="b")
            await asyncio.to_thread(synapse.stop)
            with pytest.raises(Unavailable, match="cannot be reached"):
                await say(network, room, someone("bob"), "lost?")
            down = await bridge.saw(NetworkStatus, lambda status: not status.up)
            await asyncio.to_thread(synapse.start)
            await bridge.up(RoomRef("mx", room), bridge.states.index(down))
            await alice.say(room, "I am back")
            await bridge.event(MessageSent)
        # We forget what we sent; only the homeserver can know that it has this one already.
        async with running(synapse, room, state=state) as (network, _):
            again = await say(network, room, someone("bob"), "before", key="b")
            await say(network, room, someone("bob"), "after")
            await alice.wait_for(lambda said: said.body == "after", 20)
    assert first == again
    assert [said.body for said in alice.messages.items] == ["before", "I am back", "after"]


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


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_a_homeserver_that_cannot_reach_us_is_asked_until_it_can(fake: Fake) -> None:
    failed = error(502, "M_CONNECTION_FAILED", "Connection refused")
    fake.next("/ping", failed, error(400, "M_URL_NOT_SET"))
    async with running(fake, "!r") as (_, bridge):
        told = await bridge.saw(NetworkStatus, lambda status: status.detail)
        await bridge.until(lambda: bridge.states[-1] == NetworkStatus("mx", True))
    assert told.up
    assert f"http://127.0.0.1:{fake.as_port} (Connection refused)" in told.detail
    assert len(fake.asked("/ping")) == 3


async def test_a_homeserver_without_pings_is_not_asked_again(fake: Fake) -> None:
    fake.next("/ping", error(404, "M_UNRECOGNIZED"))
    async with running(fake, "!r") as (network, _):
        for _ in range(100):
            if fake.asked("/ping"):
                break
            await asyncio.sleep(0.01)
        await say(network, "!r", someone("bob"), "x")
    assert len(fake.asked("/ping")) == 1


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (error(401, "M_UNKNOWN_TOKEN", "Unknown token"), "as_token"),
        (web.json_response({"user_id": "@other:hs"}), "as_token belongs to @other:hs"),
        (web.json_response([]), "no JSON object"),
        (error(502, "M_UNKNOWN", "starting"), "trouble: starting"),
    ],
)
async def test_what_is_wrong_at_the_start_is_told_and_tried_again(
    answer: web.Response, detail: str
) -> None:
    async with misbehaving() as fake:
        fake.next("/whoami", answer)
        async with running(fake, "!r") as (_, bridge):
            down = bridge.states[0]
    assert isinstance(down, NetworkStatus)
    assert not down.up
    assert detail in down.detail


async def test_one_failed_request_does_not_take_a_homeserver_down(fake: Fake) -> None:
    async with running(fake, "!r") as (network, bridge):
        fake.next("/send/", error(502, "M_UNKNOWN", "hiccup"))
        with pytest.raises(Unavailable, match="hiccup"):
            await say(network, "!r", someone("bob"), "x")
        asked = len(fake.asked("/whoami"))
        while len(fake.asked("/whoami")) == asked:
            await asyncio.sleep(0.01)
        await say(network, "!r", someone("bob"), "x")
        assert not [state for state in bridge.states if getattr(state, "up", True) is False]


async def test_rooms_are_not_read_again_when_the_homeserver_comes_back(fake: Fake) -> None:
    async with running(fake, "!r") as (network, bridge):
        fake.next("/send/", error(503, "M_UNKNOWN"))
        fake.next("/whoami", *(error(503, "M_UNKNOWN", "restarting") for _ in range(2)))
        with pytest.raises(Unavailable):
            await say(network, "!r", someone("bob"), "x")
        down = await bridge.saw(RoomStatus, lambda status: not status.up)
        await bridge.up(RoomRef("mx", "!r"), bridge.states.index(down))
    assert "restarting" in down.detail
    assert len(fake.asked("/joined_members")) == 1


async def test_the_network_can_be_run_again(fake: Fake) -> None:
    network = MatrixNetwork("mx", config(fake))
    network.visit(RoomRef("mx", "!r"), LegPolicy())
    for _ in range(2):
        bridge = Bridge()
        task = asyncio.create_task(network.run(bridge))
        await bridge.saw(Roster)
        await bridge.up(RoomRef("mx", "!r"))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
