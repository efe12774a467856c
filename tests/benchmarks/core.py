"""The core alone: three loopback networks, one portal, the journal on disk."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import structs

from bridge.app import collect_seldom
from bridge.model import MessageSent, RoomRef, Roster, from_text
from bridge.store import Store
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.loopbacks import NETWORKS, Loopbacks, message

Written = tuple[str, tuple[tuple[Any, ...], ...]]
"""A statement of the journal and its rows."""
_BATCH = 256
"""What a portal decides in one transaction at most."""


async def measure(folder: Path, quick: bool) -> Section:
    """A message comes from each network in turn and goes to the two others."""
    collect_seldom()  # as the daemon does
    count = 2_000 if quick else 30_000
    written = await _written(folder / "written.db", count // 3)
    floor = await _floor(folder / "floor.db", written, count // 3)
    raw = f"the journal alone, the same rows, {_BATCH} messages to a commit"
    figures = []
    for authors, accepted in ((30, False), (1, False), (30, True)):
        label = f"{authors} authors" if authors > 1 else "1 author"
        label += ", inbox" if accepted else ""
        path = folder / f"{authors}-{accepted}.db"
        speed, cpu = await _core(path, count, authors, accepted)
        target = "" if accepted else ">= 10000"
        figures += [
            Figure(
                name=label, value=speed, unit="messages/s", beside=floor[0], raw=raw, target=target
            ),
            Figure(name=f"{label}, CPU", value=cpu, unit="us/message", beside=floor[1], raw=raw),
        ]
    plain, answer = await _answers(folder / "answers.db", count // 2)
    figures.append(
        Figure(
            name="an answer with a quote and a mention, CPU",
            value=answer,
            unit="us/message",
            beside=plain,
            raw="a plain message, the same people",
            target=f"< {1.5 * plain:.0f}",
        )
    )
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


async def _answers(path: Path, count: int) -> tuple[float, float]:
    """Return the CPU of a plain message, and of an answer that calls somebody by name."""
    authors, sides = 30, len(NETWORKS)
    async with Loopbacks(path) as house:
        for network in NETWORKS:
            people = [message(network, "r0", f"user{n}", n).author for n in range(authors)]
            house.bridge.observe(Roster(RoomRef(network, "r0"), tuple(people)))
        known = 2 * sides * authors
        await house.carry(_messages(range(known), authors))
        used = [time.process_time()]
        await house.carry(_messages(range(known, known + count), authors))
        used.append(time.process_time())
        plain = _messages(range(known + count, known + 2 * count), authors)
        await house.carry([_answering(event, known - sides) for event in plain])
        used.append(time.process_time())
    return tuple((b - a) / count * 1e6 for a, b in pairwise(used))  # type: ignore[return-value]


def _answering(event: MessageSent, before: int) -> MessageSent:
    """Let it answer a message of the person who speaks next, who has said more since."""
    network, _, number = event.ids[0].partition("-")
    text = f"user7: message {number:>08} says what people say"
    parent = f"{network}-{int(number) - before}"
    return structs.replace(event, content=from_text(text), reply_to=parent)


def _messages(numbers: range, authors: int) -> list[MessageSent]:
    sides = len(NETWORKS)
    return [message(NETWORKS[n % sides], "r0", f"user{n // sides % authors}", n) for n in numbers]


async def _written(path: Path, count: int) -> list[Written]:
    """Return what the core gives the journal for ``count`` messages."""
    written: list[Written] = []
    async with Loopbacks(path) as house:
        journal = house.store.journal
        add = journal.add

        def note(statement: str, *rows: tuple[Any, ...]) -> None:
            written.append((statement, rows))
            add(statement, *rows)

        journal.add = note  # type: ignore[method-assign]
        await house.carry(_messages(range(count), 30))
    return written


async def _floor(path: Path, written: list[Written], count: int) -> tuple[float, float]:
    """Write the same rows again, with nothing decided or delivered."""
    store = await Store.open(path)
    batch = len(written) * _BATCH // count
    begun, used = time.perf_counter(), time.process_time()
    for first in range(0, len(written), batch):
        for statement, rows in written[first : first + batch]:
            store.journal.add(statement, *rows)
        await store.journal.committed()
    spent, used = time.perf_counter() - begun, time.process_time() - used
    await store.close()
    return count / spent, used / count * 1e6
