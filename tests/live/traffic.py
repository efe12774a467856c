"""Numbered messages, and the proof that each came once and in order."""

import asyncio
import contextlib
from collections import Counter
from itertools import pairwise

from tests.live.stage import SIDES, Stage


class Traffic:
    """Speaks on all three sides; each side can be held while its server is away."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.open = {side: asyncio.Lock() for side in SIDES}
        """Held while a side cannot speak."""
        self.said = dict.fromkeys(SIDES, 0)

    async def speak(self, side: str, count: int, rate: float) -> None:
        """Say ``count`` numbered messages, ``rate`` a second, whenever the side is open."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            due = loop.time() + 1 / rate
            async with self.open[side]:
                await self.stage.say(side, f"{side[0]}{self.said[side]}")
                self.said[side] += 1
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def arrived(self, seconds: float) -> None:
        """Wait until every message is on both other sides, or time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not all(self._complete(at, of) for at in SIDES for of in SIDES if at != of):
                    await asyncio.sleep(0.2)
        await asyncio.sleep(1)  # a double would come now

    async def arrived_at(self, side: str, seconds: float) -> None:
        """Wait until one side has seen all that was said on the others."""
        async with asyncio.timeout(seconds):
            while not all(self._complete(side, of) for of in SIDES if of != side):
                await asyncio.sleep(0.05)

    def _complete(self, at: str, of: str) -> bool:
        return len(set(self.stage.numbers(at, of))) >= self.said[of]

    def faults(self) -> dict[str, dict[str, list[int]]]:
        """Return what went wrong, by ``sender -> receiver``: missing, doubled, out of order."""
        found = {}
        for at in SIDES:
            for of in SIDES:
                if at != of:
                    got = self.stage.numbers(at, of)
                    faults = _faults(got, self.said[of])
                    if faults:
                        found[f"{of} -> {at}"] = faults
        return found


def _faults(got: list[int], count: int) -> dict[str, list[int]]:
    first = list(dict.fromkeys(got))
    faults = {
        "missing": sorted(set(range(count)) - set(got)),
        "doubled": sorted(n for n, times in Counter(got).items() if times > 1),
        "late": [b for a, b in pairwise(first) if b < a],
    }
    return {name: numbers for name, numbers in faults.items() if numbers}
