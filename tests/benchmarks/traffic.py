"""Numbered messages from one voice, and when they came to each ear."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from tests.benchmarks.figures import rate
from tests.servers.clients import Said, Transcript

Say = Callable[[str], None]
"""Says something at once; whether and when it arrives is another matter."""
Ears = Mapping[str, Transcript[Said]]
Times = dict[int, float]
_PATIENCE = 15.0


class Heard(Struct):
    """When each message was said, and when it came to each ear."""

    said: Times
    came: dict[str, Times]

    def latencies(self, ear: str) -> list[float]:
        """Return seconds from one to the other, message by message."""
        return [at - self.said[number] for number, at in self.came[ear].items()]

    def rate(self, ear: str) -> float:
        """Return messages for each second, from the first word to the last arrival."""
        return rate(list(self.came[ear].values()), begun=min(self.said.values()))


async def speak(word: str, say: Say, ears: Ears, count: int, pace: float = 0.0) -> Heard:
    """Say ``WORD 0``, ``WORD 1``, …, ``pace`` a second or all at once; return when all have come.

    Raises ``TimeoutError`` if one does not.
    """
    starts = {name: len(ear.items) for name, ear in ears.items()}
    said: Times = {}
    listening = [
        asyncio.create_task(_listen(ear, starts[name], word, count)) for name, ear in ears.items()
    ]
    begun = time.perf_counter()
    for number in range(count):
        if pace:
            await asyncio.sleep(max(0.0, begun + number / pace - time.perf_counter()))
        said[number] = time.perf_counter()
        say(f"{word} {number}")
    came = await asyncio.gather(*listening)
    return Heard(said, dict(zip(ears, came, strict=True)))


async def _listen(ear: Transcript[Said], start: int, word: str, count: int) -> Times:
    pattern = re.compile(rf"\b{word} (\d+)$")
    came: Times = {}

    def take(said: Said) -> bool:
        if found := pattern.search(said.body):
            came.setdefault(int(found[1]), time.perf_counter())
        return len(came) == count

    await ear.wait_for(take, _PATIENCE + count / 10, start)
    return came
