"""What every network promises (bridge/model/network.py), shown with its real peer.

A new network adds itself to ``BENCHES``.
"""

import asyncio
import contextlib
import time

import pytest

from bridge.model import Capabilities, Delivered, Rejected, Send, Unavailable, from_text
from bridge.model.content import Content, Paragraph, Text
from tests.contract.benches import ANNA, BENCHES, Bench


@pytest.fixture(params=sorted(BENCHES))
async def bench(request):
    async with BENCHES[request.param](request) as bench:
        yield bench
        await bench.stop()


def send(bench: Bench, text: str, key: str = "mark.1.1", **more) -> Send:
    return Send(
        key=f"{key}.{bench.room.id}",
        room=bench.room,
        speaker=ANNA,
        content=from_text(text),
        time=time.time(),
        hop="mark",
        **more,
    )


async def deliver(bench: Bench, command: Send) -> Delivered:
    """As the outbox does it: again, in doubt, until it is settled."""
    parts = bench.network.render(command)
    async with asyncio.timeout(30):
        while True:
            try:
                return await bench.network.deliver(command, parts, 0)
            except Unavailable:
                await asyncio.sleep(0.2)


async def test_it_knows_its_capabilities_and_cannot_deliver_before_it_runs(bench):
    assert isinstance(bench.network.capabilities(bench.room), Capabilities)
    if bench.network.kind == "loopback":
        return
    command = send(bench, "too early")
    with pytest.raises(Unavailable):
        await bench.network.deliver(command, bench.network.render(command), 0)


async def test_it_reports_what_is_said_once_and_with_its_author(bench):
    await bench.run()
    await bench.up()
    await bench.native_says("hello there")
    await bench.until(bench.host.messages)
    await asyncio.sleep(0.2)
    [event] = bench.host.messages()
    assert event.room == bench.room
    assert event.content.blocks == (Paragraph((Text("hello there"),)),)
    assert event.author.user.network == bench.network.name
    assert event.author.name
    assert event.ids
    assert event.live
    assert abs(event.time - time.time()) < 30 or bench.network.kind == "loopback"


async def test_what_it_delivers_is_seen_and_never_comes_back_as_a_message(bench):
    await bench.run()
    await bench.up()
    command = send(bench, "from elsewhere")
    delivered = await deliver(bench, command)
    await bench.until(lambda: any("from elsewhere" in line for line in bench.native_saw()))
    await bench.until(lambda: any(delivered.parts) or bench.host.confirmed(command.key))
    await bench.native_says("after it")
    await bench.until(bench.host.messages)
    assert [event.content for event in bench.host.messages()] == [from_text("after it")]


async def test_what_is_in_doubt_but_was_said_is_not_said_again(bench):
    await bench.run()
    await bench.up()
    command = send(bench, "once is enough")
    first = await deliver(bench, command)
    again = send(bench, "once is enough", doubtful=True)
    second = await deliver(bench, again)
    await deliver(bench, send(bench, "the end", key="mark.2.1"))
    await bench.until(lambda: any("the end" in line for line in bench.native_saw()))
    assert sum("once is enough" in line for line in bench.native_saw()) == 1
    assert len(first.parts) == len(second.parts)


async def test_each_speakers_order_is_kept(bench):
    await bench.run()
    await bench.up()
    for number in range(10):
        await deliver(bench, send(bench, f"number {number}", key=f"mark.{number}.1"))
    await bench.until(lambda: len([line for line in bench.native_saw() if "number" in line]) >= 10)
    seen = [line[-8:] for line in bench.native_saw() if "number" in line]
    assert seen == [f"number {number}" for number in range(10)]


@pytest.mark.parametrize(
    "text",
    ["\x00\x01\x02", "\r\nQUIT :x\r\n", "\x01VERSION\x01", "<script>x</script>]]>", "é" * 400, "‮x"],
)
async def test_hostile_text_is_delivered_or_refused_and_the_connection_survives(bench, text):
    await bench.run()
    await bench.up()
    with contextlib.suppress(Rejected):
        await deliver(bench, send(bench, text))
    await deliver(bench, send(bench, "still here", key="mark.2.1"))
    await bench.until(lambda: any("still here" in line for line in bench.native_saw()))


async def test_an_address_that_is_none_is_refused_with_words(bench):
    await bench.run()
    await bench.up()
    with pytest.raises(Rejected) as refusal:
        await bench.network.find(bench.nonsense)
    assert len(str(refusal.value)) > 10


async def test_a_room_that_is_left_is_quiet(bench):
    await bench.run()
    await bench.up()
    await bench.network.leave(bench.room, "goodbye")
    await bench.native_says("anybody there?")
    await asyncio.sleep(0.5)
    assert bench.network.kind == "loopback" or bench.host.messages() == []


async def test_it_stops_within_two_seconds_when_cancelled(bench):
    await bench.run()
    await bench.up()
    start = time.monotonic()
    bench.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bench.task
    assert time.monotonic() - start < 2.5


async def test_nothing_that_is_said_as_content_without_text_breaks_it(bench):
    await bench.run()
    await bench.up()
    empty = Send(
        key=f"mark.9.{bench.room.id}",
        room=bench.room,
        speaker=ANNA,
        content=Content(()),
        time=time.time(),
    )
    with contextlib.suppress(Rejected):
        await deliver(bench, empty)
