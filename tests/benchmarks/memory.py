"""Memory of the daemon at rest, and of each further idle IRC connection."""

import asyncio
import json
import sys
from pathlib import Path

from tests.benchmarks.figures import Figure, Section, slope
from tests.benchmarks.usage import resident
from tests.live.stage import Stage
from tests.servers.inspircd import InspIRCd
from tests.servers.process import PROJECT, Process

_LIBRARIES = "aiohttp, click, lxml.etree, mautrix.client, msgspec, nh3, pydantic, pydle, slixmpp"


async def measure(folder: Path, quick: bool) -> Section:
    """The daemon has three networks, one portal, and has carried a few messages."""
    megabytes = await _daemon(folder / "stage")
    imports = await asyncio.to_thread(_imports, folder)
    raw = "Python with the libraries imported"
    figures = [
        Figure(
            name="daemon at rest",
            value=megabytes,
            unit="MB",
            beside=imports,
            raw=raw,
            target="< 100",
        )
    ]
    inspircd = InspIRCd(folder / "inspircd")
    await asyncio.to_thread(inspircd.start)
    try:
        for name, port, ca_file, target in (
            ("plain", inspircd.port, "", "< 25"),
            ("TLS", inspircd.tls_port, str(inspircd.ca_file), "< 60"),
        ):
            count = 60 if quick else 200
            each = [await _connections(kind, port, count, ca_file) for kind in ("tercet", "bare")]
            figures.append(
                Figure(
                    name=f"each IRC connection, {name}",
                    value=each[0],
                    unit="kB",
                    beside=each[1],
                    raw="a bare asyncio protocol",
                    target=target,
                )
            )
    finally:
        await asyncio.to_thread(inspircd.kill)
    return Section(
        name="memory",
        title="resident memory",
        figures=tuple(figures),
        notes=(
            "Each connection: the slope of a process's memory over its connections, all in one",
            "channel on InspIRCd, registered and idle. Tercet's are puppets with their nicks,",
            "masks, buckets and the channel's shared roster.",
        ),
    )


async def _daemon(folder: Path) -> float:
    stage = Stage(folder)
    try:
        await stage.open()
        for side, client in (("xmpp", stage.bob), ("irc", stage.carol), ("matrix", stage.alice)):
            await stage.say(side, f"hello from {side}")
            await client.wait_for(lambda said: "hello from" in said.body, 30)
        await asyncio.sleep(3)
        return resident(stage.tercet.pid)
    finally:
        await stage.close()


def _imports(folder: Path) -> float:
    """Return what an interpreter takes that has only imported what the daemon stands on."""
    code = f"import {_LIBRARIES}, sys; print(flush=True); sys.stdin.read()"
    process = Process(
        "imports", [sys.executable, "-c", f"{code}; import time; time.sleep(60)"], folder
    )
    process.start(lambda: bool(process.tail()))
    try:
        return resident(process.pid)
    finally:
        process.kill()


async def _connections(kind: str, port: int, count: int, ca_file: str) -> float:
    """Return kilobytes for each further connection, held by a process of its own."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.connections"),
        *(kind, str(port), str(count), ca_file),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await asyncio.wait_for(child.communicate(), 180)
    finally:
        if child.returncode is None:
            child.kill()
    return slope([(number, size) for number, size in json.loads(printed)]) * 1e3
