"""A process of its own that holds idle IRC connections and says what they take.

``python -m tests.benchmarks.connections {tercet,bare} PORT COUNT [CA_FILE]`` prints pairs of
(connections, megabytes) as JSON. With a CA file the connections are TLS. ``tercet``: puppets of
the IRC network. ``bare``: an asyncio protocol that answers PING and nothing else.
"""

import asyncio
import gc
import json
import os
import ssl
import sys
from itertools import pairwise
from pathlib import Path

from bridge.model import Account, Event, LegPolicy, Observation, Presence, RoomRef, UserRef
from protocols.irc.network import IrcConfig, IrcNetwork
from tests.benchmarks.usage import resident

CHANNEL = "#idle"
WARM = 50
"""Connections before the first measurement: what is loaded once is not of interest here."""
Points = list[tuple[int, float]]


class _Facts(dict[str, str]):
    """Durable facts that live as long as the process."""

    async def get(self, key: str) -> str | None:  # type: ignore[override]
        return super().get(key)

    async def put(self, key: str, value: str) -> None:
        self[key] = value

    async def delete(self, key: str) -> None:
        self.pop(key, None)

    async def items(self, prefix: str = "") -> list[tuple[str, str]]:  # type: ignore[override]
        return sorted(pair for pair in super().items() if pair[0].startswith(prefix))


class _Host:
    """A bridge that listens to nobody."""

    def __init__(self) -> None:
        self.state = _Facts()

    async def accept(self, *events: Event) -> None:
        """Forget events."""

    def report(self, event: Event) -> None:
        """Forget an event."""

    def observe(self, state: Observation) -> None:
        """Look away."""


class Tercet:
    """Connections as the daemon makes them for its puppets."""

    def __init__(self, port: int, ca_file: str) -> None:
        server = {"host": "127.0.0.1", "port": port, "tls": bool(ca_file)}
        settings = {
            "servers": [server],
            "puppets": "always",
            "puppet_limit": 10_000,
            "puppet_interval": 0,
            "flood": {"burst": 1000, "rate": 0},
        }
        if ca_file:
            settings["tls_ca_file"] = ca_file
        self.network = IrcNetwork("irc", IrcConfig.model_validate(settings))
        self.room = RoomRef("irc", CHANNEL)
        self._task: asyncio.Task[None] | None = None

    async def grow(self, first: int, last: int) -> None:
        """Have puppets for the people ``first`` to ``last``, in the channel."""
        if self._task is None:
            self.network.visit(self.room, LegPolicy(puppets="always", members="all"))
            self._task = asyncio.create_task(self.network.run(_Host()))
            while not self.network.figures()["connections"]:
                await asyncio.sleep(0.05)
        for number in range(first, last):
            user = UserRef("xmpp", f"user{number}@localhost")
            self.network.show(Presence(self.room, Account(user, f"user{number}"), True))
        while self.network.figures()["puppets"] < last:
            await asyncio.sleep(0.05)


class _Bare(asyncio.Protocol):
    """Registers, joins, answers PING, and keeps nothing."""

    def __init__(self, nick: str, channel: str, joined: asyncio.Event) -> None:
        self.nick, self.channel, self.joined = nick, channel, joined
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(f"NICK {self.nick}\r\nUSER {self.nick} 0 * :x\r\n".encode())

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            if line.startswith(b"PING"):
                self.transport.write(b"PONG" + line[4:] + b"\r\n")
            elif b" 001 " in line:
                self.transport.write(f"JOIN {self.channel}\r\n".encode())
            elif b" 366 " in line:
                self.joined.set()


class Bare:
    """Connections as asyncio makes them."""

    def __init__(self, port: int, ca_file: str = "", channel: str = CHANNEL) -> None:
        self.port = port
        self.channel = channel
        self.context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self.transports: list[asyncio.Transport] = []

    async def grow(self, first: int, last: int) -> None:
        """Connect ``first`` to ``last``, in the channel."""
        await asyncio.gather(*(self._connect(f"user{number}") for number in range(first, last)))

    def leave(self) -> None:
        """Break all connections off, as a netsplit does."""
        while self.transports:
            self.transports.pop().abort()

    async def _connect(self, nick: str) -> None:
        joined = asyncio.Event()
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: _Bare(nick, self.channel, joined), "127.0.0.1", self.port, ssl=self.context
        )
        self.transports.append(transport)
        await asyncio.wait_for(joined.wait(), 60)


async def hold(kind: str, port: int, count: int, ca_file: str) -> Points:
    """Connect step by step and measure in between."""
    crowd = {"tercet": Tercet, "bare": Bare}[kind](port, ca_file)
    points: Points = []
    steps = [0, WARM, WARM + count // 2, WARM + count]
    for first, last in pairwise(steps):
        await crowd.grow(first, last)
        await asyncio.sleep(1)  # what the joins caused has been read
        gc.collect()
        points.append((last, resident(os.getpid())))
    return points


def _main() -> None:
    kind, port, count, *ca_file = sys.argv[1:]
    points = asyncio.run(hold(kind, int(port), int(count), "".join(ca_file)))
    Path("/dev/stdout").write_text(json.dumps(points))
    os._exit(0)  # the connections need no farewell


if __name__ == "__main__":
    _main()
