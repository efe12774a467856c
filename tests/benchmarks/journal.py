"""Durable journal writes in a second, beside plain sqlite3 on the same disk."""

import asyncio
import sqlite3
import time
from pathlib import Path

from bridge.store import Store
from bridge.store.database import open_writer
from bridge.store.messages import encode_event
from tests.benchmarks.figures import Figure, Section, percentile
from tests.benchmarks.loopbacks import message

CALLERS = (1, 10, 100)
_INSERT = "INSERT INTO inbox (id, received_at, body) VALUES (?, ?, ?)"


async def measure(folder: Path, quick: bool) -> Section:
    """One write is one event in the inbox: what a Matrix transaction waits for."""
    body = encode_event(message("a", "r", "anna", 1))
    figures = []
    for callers in CALLERS:
        writes = min(20_000, callers * (100 if quick else 1000))
        plain = await asyncio.to_thread(
            _plain, folder / f"plain-{callers}.db", writes, callers, body
        )
        speed, waits = await _journal(folder / f"journal-{callers}.db", writes, callers, body)
        who = "1 caller" if callers == 1 else f"{callers} callers"
        raw = "a commit for each" if callers == 1 else f"{callers} to a commit"
        figures += [
            Figure(
                name=f"{who}", value=speed, unit="writes/s", beside=plain, raw=f"sqlite3, {raw}"
            ),
            Figure(name=f"{who}, median wait", value=percentile(waits, 0.5) * 1e3, unit="ms"),
            Figure(name=f"{who}, p99 wait", value=percentile(waits, 0.99) * 1e3, unit="ms"),
        ]
    return Section(
        name="journal",
        title="group commit from an event loop, WAL, synchronous=FULL",
        figures=tuple(figures),
        notes=(
            f"A write is an event of {len(body)} bytes. Each caller waits for its write to be on",
            "the disk before the next. Beside it: the same rows, without a loop and a thread.",
        ),
    )


async def _journal(path: Path, writes: int, callers: int, body: bytes) -> tuple[float, list[float]]:
    store = await Store.open(path)
    waits: list[float] = []

    async def call() -> None:
        for _ in range(writes // callers):
            begun = time.perf_counter()
            await store.journal.accepted((store.number("inbox"), begun, body))
            waits.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    spent = time.perf_counter() - begun
    await store.close()
    return len(waits) / spent, waits


def _plain(path: Path, writes: int, batch: int, body: bytes) -> float:
    db: sqlite3.Connection = open_writer(path)
    begun = time.perf_counter()
    for first in range(0, writes, batch):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(_INSERT, [(first + n + 1, begun, body) for n in range(batch)])
        db.execute("COMMIT")
    spent = time.perf_counter() - begun
    db.close()
    return writes / spent
