"""The six directions through real servers: bursts and latency, beside the servers alone."""

from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks import voices
from tests.benchmarks.figures import Figure, Section, percentile
from tests.benchmarks.traffic import Ears, Heard, Say, speak
from tests.live.stage import SIDES, Stage

_STEADY = 5.0
"""Messages a second while latency is measured."""


async def measure(folder: Path, quick: bool) -> Section:
    """One person at a time speaks; both other sides are listened to."""
    burst, steady = (50, 15) if quick else (200, 75)
    stage = Stage(folder)
    async with AsyncExitStack() as clients:
        clients.push_async_callback(stage.close)
        await stage.open(backlog={"lines": 10_000})
        servers = await voices.servers(stage, clients)
        raw = {
            side: await _both(f"raw{side}", s.say, {side: s.ear}, burst, steady)
            for side, s in servers.items()
        }
        ears = {
            "xmpp": stage.alice.messages,
            "irc": stage.bob.messages,
            "matrix": stage.carol.messages,
        }
        bridged = {
            side: await _both(
                side, say, {s: ear for s, ear in ears.items() if s != side}, burst, steady
            )
            for side, say in voices.natives(stage).items()
        }
    figures = [figure for side in SIDES for figure in _alone(side, raw[side])]
    for side in SIDES:
        for other in SIDES:
            if other != side:
                figures += _direction(side, other, bridged[side], raw)
    return Section(
        name="directions",
        title=f"bursts of {burst}, latency at {_STEADY:.0f} messages a second",
        figures=tuple(figures),
        notes=(
            "Times are from a client's send to another client's receipt. Alone: Prosody from a",
            "component's occupant to a client's, InspIRCd from client to client, Synapse from",
            "PUT (8 at once) to another client's sync. A message through Tercet passes through",
            "both servers: beside a rate stands the slower of the two, beside a time their sum.",
            "One person speaks, and each line waits for the proof that the one before arrived.",
        ),
    )


async def _both(word: str, say: Say, ears: Ears, burst: int, steady: int) -> tuple[Heard, Heard]:
    await speak(f"{word}warm", say, ears, 5, _STEADY)
    return (
        await speak(f"{word}burst", say, ears, burst),
        await speak(f"{word}steady", say, ears, steady, _STEADY),
    )


def _alone(side: str, heard: tuple[Heard, Heard]) -> list[Figure]:
    name = f"{side} alone"
    waits = heard[1].latencies(side)
    return [
        Figure(name=f"{name}: burst", value=heard[0].rate(side), unit="messages/s"),
        Figure(name=f"{name}: p50", value=percentile(waits, 0.5) * 1e3, unit="ms"),
        Figure(name=f"{name}: p99", value=percentile(waits, 0.99) * 1e3, unit="ms"),
    ]


def _direction(
    side: str, other: str, heard: tuple[Heard, Heard], raw: dict[str, tuple[Heard, Heard]]
) -> list[Figure]:
    name, both = f"{side} -> {other}", (side, other)
    figures = [
        Figure(
            name=f"{name}: burst",
            value=heard[0].rate(other),
            unit="messages/s",
            beside=min(raw[s][0].rate(s) for s in both),
            raw="the slower server alone",
        )
    ]
    for share in (0.5, 0.99):
        figures.append(
            Figure(
                name=f"{name}: p{share * 100:.0f}",
                value=percentile(heard[1].latencies(other), share) * 1e3,
                unit="ms",
                beside=sum(percentile(raw[s][1].latencies(s), share) for s in both) * 1e3,
                raw="both servers alone",
            )
        )
    return figures
