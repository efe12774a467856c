"""What 10, 100 and 1,000 linked portals cost: start, memory, CPU at rest and busy."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from bridge.model import MessageSent
from bridge.store import Store
from tests.benchmarks.figures import Figure, Section, slope
from tests.benchmarks.loopbacks import NETWORKS, Loopbacks, link, message
from tests.benchmarks.usage import cpu_seconds, resident
from tests.servers import ports
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody
from tests.servers.tercet import Tercet, irc_section, xmpp_section

SIZES = (10, 100, 1000)
LOOPBACKS = {name: {"kind": "loopback"} for name in NETWORKS}
_ROOM = {"xmpp": "{}@" + Prosody.muc, "irc": "#{}"}
Networks = dict[str, dict[str, Any]]


async def measure(folder: Path, quick: bool) -> Section:
    """On loopbacks the bridge's own cost, on a Prosody and an InspIRCd that of being there."""
    seconds = 2 if quick else 15
    inspircd, prosody = InspIRCd(folder / "inspircd"), Prosody(folder / "prosody")
    real: Networks = {
        "xmpp": xmpp_section(prosody, joins_per_second=1000),
        "irc": irc_section(inspircd),
    }
    figures: list[Figure] = []
    try:
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in (inspircd, prosody)))
        figures += await _idle(folder / "loopback", "loopback", LOOPBACKS, seconds)
        figures += await _idle(folder / "real", "MUC + channel", real, seconds)
    finally:
        for server in (inspircd, prosody):
            await asyncio.to_thread(server.kill)
    alone = await _busy(folder / "alone.db", 1)
    for size in SIZES:
        cpu = await _busy(folder / f"busy-{size}.db", size)
        figures.append(
            Figure(
                name=f"loopback, {size:,}: CPU, all busy",
                value=cpu,
                unit="us/message",
                beside=alone,
                raw="one portal",
            )
        )
    return Section(
        name="portals",
        title=f"portals of {len(NETWORKS)} loopback rooms, and of a MUC and an IRC channel",
        figures=tuple(figures),
        notes=(
            "Start: from exec until every room is up, with joins and lines not held back",
            "(joins_per_second, flood). Idle CPU: milliseconds in each second.",
            "Busy: the core alone, messages of 30 authors spread evenly, each with two other legs.",
        ),
    )


async def _idle(folder: Path, label: str, networks: Networks, seconds: float) -> list[Figure]:
    """Start the daemon with more and more portals."""
    bare = await _daemon(folder / "0", networks, 0, seconds)
    units = ("s", "MB", "ms/s")
    figures, memory = [], [(0.0, bare[1])]
    for size in SIZES:
        got = await _daemon(folder / f"{size}", networks, size, seconds)
        memory.append((size, got[1]))
        for what, unit, value, beside in zip(
            ("start", "memory", "idle CPU"), units, got, bare, strict=True
        ):
            name = f"{label}, {size:,}: {what}"
            figures.append(
                Figure(name=name, value=value, unit=unit, beside=beside, raw="no portal")
            )
    each = slope(memory) * 1e3
    return [*figures, Figure(name=f"{label}, each further: memory", value=each, unit="kB")]


async def _daemon(
    folder: Path, networks: Networks, portals: int, seconds: float
) -> tuple[float, float, float]:
    """Return seconds to start, megabytes, and milliseconds of CPU in each idle second."""
    tercet = Tercet(folder, networks, ports.reserve())
    store = await Store.open(folder / "tercet.db")
    await link(store, portals, {name: _ROOM.get(name, "{}") for name in networks})
    await store.close()
    begun = time.perf_counter()
    await asyncio.to_thread(tercet.start)
    try:
        async with asyncio.timeout(120):
            while not all(leg["up"] for leg in await asyncio.to_thread(legs, tercet)):
                await asyncio.sleep(0.1)
        start = time.perf_counter() - begun
        await asyncio.sleep(2)
        used = cpu_seconds(tercet.pid)
        await asyncio.sleep(seconds)
        used = cpu_seconds(tercet.pid) - used
        return start, resident(tercet.pid), used / seconds * 1e3
    finally:
        await asyncio.to_thread(tercet.stop)


def legs(tercet: Tercet) -> list[dict[str, Any]]:
    """Return every linked room of a daemon as its health page shows it now."""
    try:
        portals = tercet.get("/healthz")["portals"]
    except HTTPError as error:  # it does not feel well, and says the same
        portals = json.load(error)["portals"]
    return [leg for portal in portals for leg in portal["legs"]]


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
