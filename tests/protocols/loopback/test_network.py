"""The smallest network. What it shares with all others is in ``tests/contract``."""

import asyncio

import pytest

from bridge.model import LegPolicy, MediaRefused, Rejected, RoomRef, RoomStatus, Say, Unavailable
from protocols.loopback.network import LoopbackNetwork
from tests.contract.benches import Recorder

ROOM = RoomRef("x", "r")


async def test_it_can_be_taken_down_and_refuses_what_it_is_told_to():
    network, host = LoopbackNetwork("x"), Recorder(None)
    network.visit(ROOM, LegPolicy())
    with pytest.raises(Unavailable):
        await network.say()
    task = asyncio.create_task(network.run(host))
    await asyncio.sleep(0)
    network.set_up(False)
    assert host.states[-1] == RoomStatus(ROOM, False)
    say = Say(key="k", room=ROOM, text="hi")
    with pytest.raises(Unavailable):
        await network.deliver(say, network.render(say), 0)
    network.set_up(True)
    network.refused["k"] = "no"
    with pytest.raises(Rejected, match="no"):
        await network.deliver(say, network.render(say), 0)
    task.cancel()


async def test_another_one_goes_on_where_it_stopped():
    first, second = LoopbackNetwork("x"), LoopbackNetwork("x")
    say = Say(key="k", room=ROOM, text="hi")
    before = await first.deliver(say, ("k",), 0)
    second.adopt(first)
    assert await second.deliver(say, ("k",), 0) == before
    assert second.delivered == [say]


async def test_it_holds_files_for_others():
    network = LoopbackNetwork("x")
    network.files["cat"] = bytes(range(256)) * 1000
    async with network.fetch("cat", 10, 99_999) as stream:
        assert (stream.start, stream.size) == (10, 256_000)
        assert b"".join([piece async for piece in stream]) == network.files["cat"][10:100_000]
    with pytest.raises(MediaRefused):
        async with network.fetch("dog"):
            pass
