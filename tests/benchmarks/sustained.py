"""The daemon's own CPU for each message under a steady load, beside the servers' CPU."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks import voices
from tests.benchmarks.figures import Figure, Section, percentile
from tests.benchmarks.traffic import Ears, Heard, Say, speak
from tests.benchmarks.usage import cpu_seconds, resident
from tests.live.stage import Stage
from tests.servers.process import Server

THREE = 10.0
"""Messages a second from each of three sides: 30 events a second for the homeserver."""
TWO = 100.0
"""Messages a second from each of two sides, where no homeserver holds back."""


async def measure(folder: Path, quick: bool) -> Section:
    """One portal of three rooms, then one of a MUC and a channel."""
    seconds = 10 if quick else 60
    stage = Stage(folder)
    async with AsyncExitStack() as clients:
        clients.push_async_callback(stage.close)
        await stage.open()
        ears: Ears = {
            "xmpp": stage.alice.messages,
            "irc": stage.bob.messages,
            "matrix": stage.carol.messages,
        }
        three = await _load(stage, voices.natives(stage), ears, THREE, seconds)
        before = resident(stage.tercet.pid)
        says, ears = await _second_portal(stage)
        two = await _load(stage, says, ears, TWO, seconds)
        after = resident(stage.tercet.pid)
    return Section(
        name="sustained",
        title=f"{seconds} s of messages into one portal",
        figures=(
            *_figures("three sides", three, "two other legs", "< 1.0"),
            *_figures("XMPP and IRC", two, "one other leg", ""),
            Figure(
                name="memory after all that",
                value=after,
                unit="MB",
                beside=before,
                raw="after the first load",
            ),
        ),
        notes=(
            f"Three sides: {THREE:.0f} messages a second from each; XMPP and IRC: {TWO:.0f} each.",
            "CPU is user and system time of all threads, from /proc. Beside it: what Prosody,",
            "InspIRCd and Synapse used together for the same messages.",
            *(f"CPU of {label}: {_shares(load)}." for label, load in _named(three, two)),
        ),
    )


class Load:
    """What one load came to."""

    def __init__(self, heard: Mapping[str, Heard], seconds: float, used: Mapping[str, float]):
        self.messages = sum(len(h.said) for h in heard.values())
        self.seconds = seconds
        self.used = used
        """Seconds of CPU by process."""
        self.waits = [w for h in heard.values() for ear in h.came for w in h.latencies(ear)]

    def each(self, *names: str) -> float:
        """Return milliseconds of CPU for each message of these processes."""
        return sum(self.used[name] for name in names) / self.messages * 1e3


async def _load(
    stage: Stage, says: Mapping[str, Say], ears: Ears, rate: float, seconds: float
) -> Load:
    everybody: dict[str, Server] = {"tercet": stage.tercet, **stage.servers}

    async def speaks(side: str, word: str, count: int) -> Heard:
        others = {name: ear for name, ear in ears.items() if name != side}
        return await speak(f"{side}{word}", says[side], others, count, rate)

    async def all_speak(word: str, count: int) -> dict[str, Heard]:
        heard = await asyncio.gather(*(speaks(side, word, count) for side in says))
        return dict(zip(says, heard, strict=True))

    word = f"n{len(says)}"
    await all_speak(f"{word}warm", int(2 * rate))
    used = {name: cpu_seconds(server.pid) for name, server in everybody.items()}
    begun = time.perf_counter()
    heard = await all_speak(word, int(seconds * rate))
    spent = time.perf_counter() - begun
    used = {name: cpu_seconds(s.pid) - used[name] for name, s in everybody.items()}
    return Load(heard, spent, used)


async def _second_portal(stage: Stage) -> tuple[dict[str, Say], Ears]:
    muc, channel = f"annex@{stage.prosody.muc}", "#annex"
    await stage.alice.join(muc, "alice")
    await stage.bob.join(channel)
    await asyncio.to_thread(stage.tercet.command, "link", f"xmpp:{muc}", f"irc:{channel}")
    await stage.up(("xmpp", "irc"))
    says = {
        "xmpp": voices.in_muc(stage.alice.client, muc),
        "irc": voices.in_channel(stage.bob, channel),
    }
    return says, {"xmpp": stage.alice.messages, "irc": stage.bob.messages}


def _figures(label: str, load: Load, legs: str, target: str) -> list[Figure]:
    servers = [name for name in load.used if name != "tercet"]
    return [
        Figure(
            name=f"{label}: CPU for a message with {legs}",
            value=load.each("tercet"),
            unit="ms",
            beside=load.each(*servers),
            raw="all servers together",
            target=target,
        ),
        Figure(name=f"{label}: carried", value=load.messages / load.seconds, unit="messages/s"),
        Figure(name=f"{label}: p50", value=percentile(load.waits, 0.5) * 1e3, unit="ms"),
        Figure(name=f"{label}: p99", value=percentile(load.waits, 0.99) * 1e3, unit="ms"),
    ]


def _named(three: Load, two: Load) -> list[tuple[str, Load]]:
    return [("three sides", three), ("XMPP and IRC", two)]


def _shares(load: Load) -> str:
    shares = (f"{name} {load.each(name):.2f}" for name in load.used)
    return f"{', '.join(shares)} ms a message, {load.messages:,} messages"
