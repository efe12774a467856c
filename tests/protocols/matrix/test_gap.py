"""What was said while the daemon was away is read from the rooms, in its order."""

import asyncio
from collections.abc import Callable
from typing import cast

from bridge.model import CopyConfirmed, Event, MessageSent, plain
from protocols.matrix.decode import Envelope
from protocols.matrix.gap import Gap
from protocols.matrix.site import Site
from tests.protocols.matrix.bridge import Bridge, Memory, person, running, say, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


def messages(bridge: Bridge) -> list[str]:
    return [plain(event.content) for event in bridge.all(MessageSent)]


async def test_what_was_missed_comes_in_order_before_anything_that_is_pushed(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (_, bridge):
        await alice.say(room, "heard")
        await bridge.event(MessageSent)
    assert state.facts[f"heard:{room}"]
    for number in range(5):
        await alice.say(room, f"line {number}")
    async with running(synapse, room, state=state) as (_, bridge):
        await alice.say(room, "live")
        await bridge.until(lambda: "live" in messages(bridge))
        await asyncio.sleep(1)  # what is pushed as well comes by now
    assert messages(bridge) == ["heard", *(f"line {n}" for n in range(5)), "live"]


async def test_what_was_said_before_the_link_is_nobodys_business(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    await alice.say(room, "among ourselves")
    state = Memory()
    async with running(synapse, room, state=state) as (_, bridge):
        await alice.say(room, "hello")
        await bridge.event(MessageSent)
    assert messages(bridge) == ["hello"]


async def test_our_own_copies_are_found_as_evidence(synapse: Synapse, room: str) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (network, _):
        event_id = await say(network, room, someone("bob"), "mine", key="k1")
    async with (
        person(synapse, "bob") as bob,
        running(synapse, room, state=state) as (_, bridge),
    ):
        await bob.join(room)
        await bob.say(room, "after it")
        await bridge.event(MessageSent)
    confirmed = [event for event in bridge.all(CopyConfirmed) if event.key == "k1"]
    assert [event.ids for event in confirmed][:1] == [(event_id,)]
    assert messages(bridge) == ["after it"]


async def test_a_room_that_is_left_is_forgotten(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (network, bridge):
        await alice.say(room, "heard")
        event = await bridge.event(MessageSent)
        await network.leave(event.room, "")
    assert f"heard:{room}" not in state.facts


async def test_what_a_restarted_homeserver_forgot_to_push_is_found(
    new_synapse: Callable[[], Synapse],
) -> None:
    """COMPAT(Synapse 1.163): what waits in its memory for a transaction is gone when it ends."""
    synapse, state = new_synapse(), Memory()
    async with person(synapse, "alice") as alice:
        room = await alice.create_room("lounge")
        async with running(synapse, room, state=state) as (_, bridge):
            await alice.say(room, "before")
            await bridge.event(MessageSent)
            for number in range(8):  # as fast as it can be said: some of it is not pushed yet
                await alice.say(room, f"line {number}")
            await asyncio.to_thread(synapse.kill)
            await asyncio.to_thread(synapse.start)
            await alice.say(room, "after")
            await bridge.until(lambda: "after" in messages(bridge), timeout=60)
            await bridge.until(lambda: len(set(messages(bridge))) == 10, timeout=30)
    assert list(dict.fromkeys(messages(bridge))) == [
        "before",
        *(f"line {number}" for number in range(8)),
        "after",
    ]


async def test_what_a_homeserver_leaves_behind_comes_before_what_it_pushes(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    """A push is withheld, as Synapse does now and then just after an outage."""
    state = Memory()
    async with running(synapse, room, state=state) as (network, bridge):
        await alice.say(room, "before")
        await bridge.event(MessageSent)
    async with running(synapse, room, state=state) as (network, bridge):
        await alice.say(room, "first")
        await bridge.until(lambda: "first" in messages(bridge))
        assert network._live is not None
        gap = network._live.gap
        read, dropped = gap.read, []

        async def forgetful(envelopes):  # type: ignore[no-untyped-def]
            kept = [e for e in envelopes if dropped or b"left behind" not in bytes(e.content)]
            dropped.extend(e for e in envelopes if e not in kept)
            return await read(kept)

        network._live.appservice._read = forgetful
        await alice.say(room, "left behind")
        await alice.say(room, "pushed")
        await bridge.until(lambda: "pushed" in messages(bridge))
    assert dropped
    assert messages(bridge)[-3:] == ["first", "left behind", "pushed"]


async def test_a_copy_that_is_dated_back_hides_nothing_below_it(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (_, bridge):
        await alice.say(room, "heard")
        await bridge.event(MessageSent)
    await alice.say(room, "missed")
    heard = state.facts[f"heard:{room}"]
    async with running(synapse, room, state=Memory()) as (network, _):
        await say(network, room, someone("bob"), "long ago", time=1_600_000_000.0)
    assert state.facts[f"heard:{room}"] == heard
    async with running(synapse, room, state=state) as (_, bridge):
        await bridge.until(lambda: "missed" in messages(bridge))


async def test_a_transaction_that_is_left_out_puts_pushes_in_doubt() -> None:
    async def read(envelopes: list[Envelope | None]) -> list[Event]:
        return []

    def counted(*names: str) -> bool:
        gap = Gap(cast(Site, None), read)
        for name in names:
            gap.count(name)
        return gap.unsure

    assert counted("7", "8", "9", "10", "12")
    assert not counted("7", "8", "9", "10", "11")
    assert not counted("7", "8", "9", "10", "9")  # repeated
    assert not counted("10", "20", "30", "40")  # they are no numbers one after the other
    assert not counted("a1", "a2", "a3", "a5")
    assert not counted("5000", "5001", "5002", "5003", "1", "2")  # a server that was set up anew
