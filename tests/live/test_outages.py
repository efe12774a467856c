"""Servers go away and come back in mid-conversation; nothing is lost, doubled or out of order."""

import asyncio

import pytest

from tests.live.stage import SIDES, Stage
from tests.live.traffic import Traffic


async def reconnect(stage: Stage, side: str) -> None:
    """Bring a side's own client back, and wait until the bridge is visibly in the room again."""
    if side == "xmpp":
        await stage.alice.closed(30)
        await _until_connected(stage.alice.connect)
        await stage.alice.occupants(stage.muc, {"tercet"}, 60)
    elif side == "irc":
        await stage.bob.closed(30)
        await _until_connected(stage.bob.connect)
        start = len(stage.bob.lines.items)
        await stage.enter_channel()
        if "tercet" not in await stage.bob.names(stage.channel):
            joined = ("JOIN", "tercet")
            await stage.bob.line(lambda line: (line.command, line.nick) == joined, 60, start)


async def _until_connected(connect) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                return await connect()
            except (OSError, TimeoutError):
                await asyncio.sleep(0.05)


async def outage(stage: Stage, traffic: Traffic, sides: tuple[str, ...], away: float) -> None:
    for side in SIDES:
        await traffic.open[side].acquire()
    if "irc" in sides:
        # An IRC server that ends takes lines with it that it has shown to us and not yet to others.
        await traffic.arrived_at("irc", 60)
    for side in sides:
        await asyncio.to_thread(stage.servers[side].stop)
    for side in SIDES:
        if side not in sides:
            traffic.open[side].release()
    await asyncio.sleep(away)
    await asyncio.gather(*(asyncio.to_thread(stage.servers[side].start) for side in sides))
    await asyncio.gather(*(reconnect(stage, side) for side in sides))
    for side in sides:
        traffic.open[side].release()


@pytest.mark.timeout(400)
async def test_each_server_goes_away_in_turn_and_then_all_together(stage, long):
    count, away = (200, 5.0) if long else (200, 2.0)
    await stage.open(backlog={"lines": 5000, "age": "1h"})
    traffic = Traffic(stage)
    async with asyncio.TaskGroup() as group:
        for side in SIDES:
            group.create_task(traffic.speak(side, count, 15))
        for sides in (("xmpp",), ("irc",), ("matrix",), SIDES):
            await asyncio.sleep(1)
            await outage(stage, traffic, sides, away)
    assert traffic.said == dict.fromkeys(SIDES, count)
    await traffic.arrived(120)
    assert traffic.faults() == {}
