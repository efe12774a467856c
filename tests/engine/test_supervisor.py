"""A network that falls over is started again."""

import asyncio

import pytest

from bridge.engine.supervisor import supervise


class Stumbles:
    name = "x"

    def __init__(self):
        self.runs = 0

    async def run(self, host):
        self.runs += 1
        if self.runs == 1:
            raise RuntimeError("oops")
        if self.runs > 2:
            await asyncio.Event().wait()


async def test_it_says_why_and_tries_again_until_cancelled(monkeypatch):
    monkeypatch.setattr("bridge.engine.supervisor._PAUSES", (0.01,))
    network, said = Stumbles(), []
    task = asyncio.create_task(supervise(network, None, said.append))
    async with asyncio.timeout(5):
        while network.runs < 3:
            await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "RuntimeError: oops" in said[0].detail
    assert "stopped by itself" in said[1].detail
    assert not said[0].up
