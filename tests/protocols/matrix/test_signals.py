"""Typing and read marks, from and to a real Synapse."""

import asyncio
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

from bridge.model import LegPolicy, MessageSent, ReadUpTo, RoomRef, Typing
from protocols.matrix import signals
from tests.protocols.matrix.bridge import Bridge, person, running, say, someone
from tests.protocols.matrix.fake import misbehaving
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

API = "/_matrix/client/v3"
BOB = someone("bob")
_ASKED = count(1)
GHOST = "@_irc_bob:hs.localhost"


async def _type(client: MatrixClient, room: str, typing: bool) -> None:
    path = f"{API}/rooms/{quote(room)}/typing/{quote(client.user_id)}"
    await client.request("PUT", path, {"typing": typing, "timeout": 30_000})


async def _ephemeral(client: MatrixClient, room: str, kind: str) -> dict[str, Any]:
    """Return what somebody who comes back now is told. Synapse repeats an answer for two minutes
    to those who ask the same again."""
    asked = quote(f'{{"room":{{"timeline":{{"limit":{next(_ASKED)}}}}}}}')
    answer = await client.request("GET", f"{API}/sync?timeout=0&filter={asked}")
    found = answer["rooms"]["join"][room]["ephemeral"]["events"]
    return next((dict(event["content"]) for event in found if event["type"] == kind), {})


async def _until_typing(client: MatrixClient, room: str, *users: str) -> None:
    async with asyncio.timeout(10):
        while (await _ephemeral(client, room, "m.typing")).get("user_ids", []) != list(users):
            await asyncio.sleep(0.05)


async def _heard(client: MatrixClient, room: str, bridge: Bridge) -> int:
    """Wait until Synapse pushes again what it drops for a service that was away."""
    async with asyncio.timeout(30):
        while not any(isinstance(state, Typing) for state in bridge.states):
            await _type(client, room, True)
            await _type(client, room, False)
            await asyncio.sleep(0.2)
    return len(bridge.states)


async def test_people_type_and_stop(synapse: Synapse, alice: MatrixClient, room: str) -> None:
    async with running(synapse, room) as (_, bridge):
        start = await _heard(alice, room, bridge)
        await _type(alice, room, True)
        started = await bridge.saw(Typing, lambda typing: typing.active, start)
        await _type(alice, room, False)
        stopped = await bridge.saw(Typing, lambda typing: not typing.active, start)
    assert (started.room, started.account.name, started.active) == (
        RoomRef("mx", room),
        "alice",
        True,
    )
    assert stopped.account == started.account
    changes = [state.active for state in bridge.states if isinstance(state, Typing)]
    assert changes == [number % 2 == 0 for number in range(len(changes))]


async def test_a_ghost_types_until_its_person_stops_or_has_spoken(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    ref = RoomRef("mx", room)
    async with running(synapse, room) as (network, bridge):
        network.show(Typing(ref, BOB, active=True))  # nobody enters a room for that
        await say(network, room, BOB, "hi")
        network.show(Typing(ref, BOB, active=True))
        await _until_typing(alice, room, GHOST)
        network.show(Typing(ref, BOB, active=False))
        await _until_typing(alice, room)
        network.show(Typing(ref, BOB, active=True))
        await _until_typing(alice, room, GHOST)
        await say(network, room, BOB, "done")
        await _until_typing(alice, room)
        assert not [state for state in bridge.states if isinstance(state, Typing)]


async def test_what_was_read_is_told_and_shown(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    ref = RoomRef("mx", room)
    async with running(synapse, room) as (network, bridge), person(synapse, "carol") as carol:
        await carol.join(room)
        await _heard(alice, room, bridge)
        ours = await say(network, room, BOB, "read this")
        theirs = await alice.say(room, "and this")
        await bridge.event(MessageSent)
        path = f"{API}/rooms/{quote(room)}/receipt/m.read/{quote(ours)}"
        await carol.request("POST", path, {})
        mark = await bridge.saw(ReadUpTo)
        network.show(ReadUpTo(ref, BOB, (theirs,)))
        async with asyncio.timeout(10):
            while GHOST not in str(receipts := await _ephemeral(alice, room, "m.receipt")):
                await asyncio.sleep(0.05)
    assert (mark.room, mark.account.name, mark.ids) == (ref, "carol", (ours,))
    assert "thread_id" not in receipts[theirs]["m.read"][GHOST]
    assert all(
        state.account.name != "bob" for state in bridge.states if isinstance(state, ReadUpTo)
    )


async def test_only_the_last_wish_counts_and_typing_is_not_repeated_all_the_time() -> None:
    ref = RoomRef("mx", "!r")
    async with misbehaving() as fake, running(fake, "!r") as (network, _):
        await say(network, "!r", BOB, "hi")
        for _ in range(50):
            network.show(ReadUpTo(ref, BOB, ("$1",)))
            network.show(Typing(ref, BOB, active=True))
        network.show(ReadUpTo(ref, BOB, ()))
        network.show(Typing(RoomRef("mx", "!other"), BOB, active=True))
        async with asyncio.timeout(10):
            while not fake.asked("/typing/"):
                await asyncio.sleep(0.01)
        network.show(Typing(ref, BOB, active=True))
        network.show(ReadUpTo(ref, BOB, ("$2",)))
        async with asyncio.timeout(10):
            while not fake.asked("/receipt/"):
                await asyncio.sleep(0.01)
    assert len(fake.asked("/typing/")) == 1
    (receipt,) = fake.asked("/receipt/")
    assert receipt[1].endswith("/receipt/m.read/$2")


async def test_who_goes_on_typing_is_reported_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_REPEAT", 0.05)
    typing = {"type": "m.typing", "room_id": "!r", "content": {"user_ids": ["@alice:hs", "@x:hs"]}}
    async with misbehaving() as fake, running(fake, "!r") as (_, bridge):
        await fake.push(1, ephemeral=[typing])
        await bridge.until(lambda: sum(isinstance(s, Typing) for s in bridge.states) > 2)
    assert {s.account.name for s in bridge.states if isinstance(s, Typing)} == {"alice"}


async def test_where_one_relay_speaks_for_all_nobody_types() -> None:
    async with misbehaving() as fake:
        policy = LegPolicy(puppets="off")
        async with running(fake, "!r", policy=policy) as (network, _):
            can = network.capabilities(RoomRef("mx", "!r"))
    assert not can.typing
    assert not can.read_marks
