"""The daemon's own CPU for each message under a steady load, beside the least that could relay."""

import asyncio
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks import voices
from tests.benchmarks.bare_relay import Settings
from tests.benchmarks.figures import Figure, Section, percentile
from tests.benchmarks.traffic import Ears, Heard, Say, speak
from tests.benchmarks.usage import cpu_seconds, resident
from tests.live.stage import SIDES, Stage
from tests.servers.process import PROJECT, Process

THREE = 8.0
"""Messages a second from each of three sides: 24 events a second for the homeserver."""
TWO = 40.0
"""Messages a second from each of two sides, where no homeserver holds back."""


class Load(Struct):
    """What one load came to."""

    messages: int
    seconds: float
    used: dict[str, float]
    """Seconds of CPU by process; ``relay`` is the one that passed the messages on."""
    waits: list[float]
    """Seconds from sending to receipt, for each message and receiver."""

    def each(self, name: str) -> float:
        """Return milliseconds of CPU for each message."""
        return self.used[name] / self.messages * 1e3


async def measure(folder: Path, quick: bool) -> Section:
    """A portal of three networks, one without Matrix, and both without Tercet."""
    seconds = 10 if quick else 60
    stage = Stage(folder)
    async with AsyncExitStack() as clients:
        clients.push_async_callback(stage.close)
        await stage.open(backlog={"lines": 100_000})
        pid = stage.tercet.pid
        three = await _load(stage, pid, voices.natives(stage), THREE, seconds)
        answers = await _load(stage, pid, await voices.answers(stage), THREE, seconds, "answer")
        before = resident(pid)
        two = await _load(stage, pid, await _second_portal(stage), TWO, seconds)
        after = resident(pid)
        await asyncio.to_thread(stage.tercet.stop)
        least = {}
        for sides, rate in ((SIDES, THREE), (SIDES[:2], TWO)):
            bare, says = await _bare_relay(stage, sides)
            clients.callback(bare.kill)
            least[len(sides)] = await _load(stage, bare.pid, says, rate, min(seconds, 30))
            bare.kill()
    return Section(
        name="sustained",
        title=f"{seconds} s of messages into one portal",
        figures=(
            *_figures("three sides", three, least[3]),
            Figure(
                name="three sides: CPU of an answer with a quote and a mention",
                value=answers.each("relay"),
                unit="ms",
                beside=three.each("relay"),
                raw="a plain message",
                target=f"< {1.5 * three.each('relay'):.2f}",
            ),
            *_figures("without Matrix", two, least[2]),
            Figure(
                name="memory at the end",
                value=after,
                unit="MB",
                beside=before,
                raw="after the first load",
            ),
        ),
        notes=(
            f"Three sides: {THREE:.0f} messages a second from each of MUC, channel, Matrix room.",
            f"Without Matrix: {TWO:.0f} from each of a MUC and a channel, linked with a second",
            "channel. So each message has two other legs. CPU is user and system time of all",
            "threads, from /proc. Bare relay: asyncio and aiohttp, one bot in each room, no",
            "journal, no proof of delivery, no puppets (tests/benchmarks/bare_relay.py), at the",
            "same rates on the same servers.",
            f"All CPU, three sides: {_shares(three)}.",
            f"All CPU, without Matrix: {_shares(two)}.",
        ),
    )


async def _load(
    stage: Stage,
    relay: int,
    says: Mapping[str, Say],
    rate: float,
    seconds: float,
    word: str = "n",
) -> Load:
    """Let everybody speak for two seconds, and then measure for ``seconds``."""
    everybody = {"relay": relay, **{name: s.pid for name, s in stage.servers.items()}}
    word = f"{word}{len(says)}x{relay}"
    await _all_speak(stage, says, f"{word}warm", int(2 * rate), rate)
    used = {name: cpu_seconds(pid) for name, pid in everybody.items()}
    begun = time.perf_counter()
    heard = await _all_speak(stage, says, word, int(seconds * rate), rate)
    spent = time.perf_counter() - begun
    return Load(
        messages=sum(len(h.said) for h in heard),
        seconds=spent,
        used={name: cpu_seconds(pid) - used[name] for name, pid in everybody.items()},
        waits=[wait for h in heard for ear in h.came for wait in h.latencies(ear)],
    )


async def _all_speak(
    stage: Stage, says: Mapping[str, Say], word: str, count: int, rate: float
) -> list[Heard]:
    clients = {"xmpp": stage.alice, "irc": stage.bob, "matrix": stage.carol}
    ears: Ears = {side: clients[side].messages for side in says}

    def others(side: str) -> Ears:
        return {name: ear for name, ear in ears.items() if name != side}

    return await asyncio.gather(
        *(speak(f"{side}{word}", say, others(side), count, rate) for side, say in says.items())
    )


async def _second_portal(stage: Stage) -> dict[str, Say]:
    muc, channel = f"annex@{stage.prosody.muc}", "#annex"
    says = await _enter(stage, muc, channel)
    rooms = (f"xmpp:{muc}", f"irc:{channel}", "irc:#balcony")
    await asyncio.to_thread(stage.tercet.command, "link", *rooms)
    await stage.up(("xmpp", "irc"))
    return says


async def _enter(stage: Stage, muc: str, channel: str) -> dict[str, Say]:
    await stage.alice.join(muc, "alice")
    await stage.bob.join(channel)
    return {
        "xmpp": voices.in_muc(stage.alice.client, muc),
        "irc": voices.in_channel(stage.bob, channel),
    }


async def _bare_relay(stage: Stage, sides: tuple[str, ...]) -> tuple[Process, dict[str, Say]]:
    """Start the bare relay in rooms of its own."""
    name = f"bare{len(sides)}"
    muc, channel, room = f"{name}@{stage.prosody.muc}", f"#{name}", ""
    says = await _enter(stage, muc, channel)
    if "matrix" in sides:
        room = await stage.carol.create_room(name)
        says["matrix"] = voices.MatrixVoice(stage.carol, room).say
    settings = Settings(
        irc_port=stage.inspircd.port,
        channels=(channel,) if room else (channel, "#barebalcony"),
        component_port=stage.prosody.component_port,
        component=stage.prosody.component,
        secret=stage.prosody.component_secret,
        muc=muc,
        matrix_url=stage.synapse.url,
        as_port=stage.synapse.as_port,
        as_token=stage.synapse.as_token,
        sender=stage.synapse.sender,
        room=room,
    )
    words = [sys.executable, "-m", "tests.benchmarks.bare_relay", msgspec.json.encode(settings)]
    argv = [word.decode() if isinstance(word, bytes) else word for word in words]
    process = Process(name, argv, stage.folder, {"PYTHONPATH": str(PROJECT)})
    await asyncio.to_thread(process.start, lambda: "ready" in process.tail())
    return process, says


def _figures(label: str, load: Load, least: Load) -> list[Figure]:
    raw = "bare relay"
    figures = [
        Figure(
            name=f"{label}: CPU of a message",
            value=load.each("relay"),
            unit="ms",
            beside=least.each("relay"),
            raw=raw,
            target="< 1.0",
        ),
        Figure(
            name=f"{label}: carried",
            value=load.messages / load.seconds,
            unit="messages/s",
            beside=least.messages / least.seconds,
            raw=raw,
        ),
    ]
    for share in (0.5, 0.99):
        figures.append(
            Figure(
                name=f"{label}: p{share * 100:.0f}",
                value=percentile(load.waits, share) * 1e3,
                unit="ms",
                beside=percentile(least.waits, share) * 1e3,
                raw=raw,
            )
        )
    return figures


def _shares(load: Load) -> str:
    names = {"relay": "Tercet", "xmpp": "Prosody", "irc": "InspIRCd", "matrix": "Synapse"}
    shares = (f"{names[name]} {load.each(name):.2f}" for name in load.used)
    return f"{', '.join(shares)} ms a message ({load.messages:,} messages)"
