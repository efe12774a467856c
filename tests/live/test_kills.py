"""The daemon dies without warning; what it had accepted arrives all the same, once."""

import asyncio
import random

import pytest

from tests.live.stage import SIDES
from tests.live.traffic import Traffic


@pytest.mark.timeout(1200)
async def test_the_daemon_is_killed_at_random_moments_under_load(stage, long, capsys):
    kills = 20 if long else 4
    rate = 20 if long else 12
    dice = random.Random(20261122)
    stage.history = 500
    await stage.open(backlog={"lines": 50_000, "age": "1h"}, irc={"reconnect": [0.2]})
    traffic = Traffic(stage)
    speakers = [asyncio.create_task(traffic.speak(side, 10**6, rate)) for side in SIDES]
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0.3, 3.0))
        await asyncio.to_thread(stage.tercet.kill)
        await asyncio.to_thread(stage.tercet.start)
        await stage.up()
    await asyncio.sleep(1)
    for side in SIDES:
        await traffic.open[side].acquire()  # everybody finishes their sentence
    for speaker in speakers:
        speaker.cancel()
    await traffic.arrived(600 if long else 180)
    status = await asyncio.to_thread(stage.tercet.command, "status")
    with capsys.disabled():
        print(f"\n{kills} kills, said {traffic.said}, in doubt {status['in_doubt']}")
        print(f"faults: {traffic.faults()}")
    assert traffic.faults() == {}
