"""What linked portals cost that nobody speaks in: start, memory, CPU, with 10, 100 and 1,000."""

import asyncio
import time
from pathlib import Path

from bridge.model import MessageSent
from bridge.store import Store
from tests.benchmarks.figures import Figure, Section, slope
from tests.benchmarks.loopbacks import NETWORKS, Loopbacks, link, message
from tests.benchmarks.usage import cpu_seconds, resident
from tests.servers import ports
from tests.servers.tercet import Tercet

SIZES = (10, 100, 1000)


async def measure(folder: Path, quick: bool) -> Section:
    """Each portal has three legs. The daemon is real, its networks are loopbacks."""
    seconds = 2 if quick else 15
    bare = await _daemon(folder / "none", 0, seconds)
    alone = await _busy(folder / "alone.db", 1)
    figures = []
    memory = [(0.0, bare[1])]
    for size in SIZES:
        start, megabytes, idle = await _daemon(folder / f"{size}", size, seconds)
        memory.append((size, megabytes))
        busy = await _busy(folder / f"busy-{size}.db", size)
        none = "no portal"
        figures += [
            Figure(name=f"{size:,}: start", value=start, unit="s", beside=bare[0], raw=none),
            Figure(name=f"{size:,}: memory", value=megabytes, unit="MB", beside=bare[1], raw=none),
            Figure(name=f"{size:,}: idle CPU", value=idle, unit="ms/s", beside=bare[2], raw=none),
            Figure(
                name=f"{size:,}: CPU, all of them busy",
                value=busy,
                unit="us/message",
                beside=alone,
                raw="one portal",
            ),
        ]
    each = slope(memory) * 1e3
    figures.append(Figure(name="each further portal: memory", value=each, unit="kB"))
    return Section(
        name="portals",
        title=f"portals of {len(NETWORKS)} rooms each on loopback networks",
        figures=tuple(figures),
        notes=(
            "Start: from exec to the health page's ready. Idle CPU: milliseconds in each second.",
            "Busy: messages from 30 authors, spread evenly, each with two other legs.",
        ),
    )


async def _daemon(folder: Path, portals: int, seconds: float) -> tuple[float, float, float]:
    """Return seconds to start, megabytes, and milliseconds of CPU in each idle second."""
    networks = {name: {"kind": "loopback"} for name in NETWORKS}
    tercet = Tercet(folder, networks, ports.reserve())
    store = await Store.open(folder / "tercet.db")
    await link(store, portals)
    await store.close()
    begun = time.perf_counter()
    await asyncio.to_thread(tercet.start)
    start = time.perf_counter() - begun
    try:
        await asyncio.sleep(1)
        used = cpu_seconds(tercet.pid)
        await asyncio.sleep(seconds)
        used = cpu_seconds(tercet.pid) - used
        return start, resident(tercet.pid), used / seconds * 1e3
    finally:
        await asyncio.to_thread(tercet.stop)


async def _busy(path: Path, portals: int) -> float:
    """Return microseconds of CPU for each message when all portals are spoken in."""
    async with Loopbacks(path, portals) as house:

        def messages(first: int, count: int) -> list[MessageSent]:
            # The three sides of a portal first, then the next portal.
            return [
                message(NETWORKS[n % 3], f"r{n // 3 % portals}", f"user{n // 3 % 30}", n)
                for n in range(first, first + count)
            ]

        await house.carry(messages(0, 3 * max(portals, 300)))
        events = messages(3 * max(portals, 300), 6_000)
        used = time.process_time()
        await house.carry(events)
        return (time.process_time() - used) / len(events) * 1e6
