"""The core alone: three loopback networks, one portal, the journal on disk."""

import time
from pathlib import Path

from bridge.model import MessageSent
from bridge.store import Store
from bridge.store.messages import encode_event
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.loopbacks import NETWORKS, Loopbacks, message

_BATCH = 256
"""What a portal decides in one transaction at most."""


async def measure(folder: Path, quick: bool) -> Section:
    """A message comes from each network in turn and goes to the two others."""
    count = 2_000 if quick else 30_000
    figures = []
    for authors, accepted in ((30, False), (1, False), (30, True)):
        label = f"{authors} authors" if authors > 1 else "1 author"
        label += ", inbox" if accepted else ""
        path = folder / f"{authors}-{accepted}.db"
        floor = await _floor(folder / f"floor-{path.name}", count)
        speed, cpu = await _core(path, count, authors, accepted)
        target = "" if accepted else ">= 10000"
        raw = f"the journal alone, the same rows, {_BATCH} messages to a commit"
        figures += [
            Figure(
                name=label, value=speed, unit="messages/s", beside=floor[0], raw=raw, target=target
            ),
            Figure(name=f"{label}, CPU", value=cpu, unit="us/message", beside=floor[1], raw=raw),
        ]
    return Section(
        name="core",
        title=f"{count:,} messages, each with two other legs, {NETWORKS[0]} to {NETWORKS[-1]}",
        figures=tuple(figures),
        notes=(
            "CPU is user and system time of all threads. A network reports what nobody waits for",
            "(XMPP, IRC); 'inbox' means accepted first, ten to a transaction (Matrix).",
        ),
    )


async def _core(path: Path, count: int, authors: int, accepted: bool) -> tuple[float, float]:
    async with Loopbacks(path) as house:
        # Everybody has spoken before: what a first message costs once is not what this is about.
        await house.carry(_messages(range(3 * authors), authors))
        events = _messages(range(3 * authors, 3 * authors + count), authors)
        begun, used = time.perf_counter(), time.process_time()
        await house.carry(events, accepted=accepted)
        spent, used = time.perf_counter() - begun, time.process_time() - used
    return count / spent, used / count * 1e6


def _messages(numbers: range, authors: int) -> list[MessageSent]:
    sides = len(NETWORKS)
    return [message(NETWORKS[n % sides], "r0", f"user{n // sides % authors}", n) for n in numbers]


async def _floor(path: Path, count: int) -> tuple[float, float]:
    """Write what ``count`` messages leave in the journal, with nothing decided or delivered."""
    store = await Store.open(path)
    journal = store.journal
    body = encode_event(message("a", "r0", "user1", 1))
    begun, used = time.perf_counter(), time.process_time()
    for first in range(1, count + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, count + 1))
        copies = [(2 * n + leg, n, 2 + leg) for n in numbers for leg in (0, 1)]
        journal.add("event", *((n, 1, 1, 1, "", "sent", begun, begun, body) for n in numbers))
        journal.add("copy", *((1, f"a-{n}", n, 0) for n in numbers))
        journal.add("copy", *((room, f"{number}", n, 0) for number, n, room in copies))
        waiting = (None, begun, None, 0, 0, 0.0)
        journal.add(
            "outbox", *((number, room, "a:user1", n, *waiting) for number, n, room in copies)
        )
        await journal.committed()
        journal.add("delivered", *((number,) for number, _, _ in copies))
    await journal.committed()
    spent, used = time.perf_counter() - begun, time.process_time() - used
    await store.close()
    return count / spent, used / count * 1e6
