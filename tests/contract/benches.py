"""Each network with a real peer, in one shape: what a contract test needs of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

from bridge.model import (
    Account,
    CopyConfirmed,
    LegPolicy,
    MessageSent,
    Network,
    RoomRef,
    RoomStatus,
    UserRef,
    from_text,
    plain,
)
from protocols.irc.network import IrcNetwork
from protocols.loopback.network import LoopbackNetwork
from protocols.matrix.network import MatrixNetwork
from protocols.xmpp.network import XmppNetwork
from tests.listening import Bridge
from tests.servers.clients import IrcClient, MatrixClient, Occupant
from tests.servers.tercet import irc_section, matrix_section, xmpp_section

_rooms = count(1)


class Recorder(Bridge):
    """A host that remembers what it is told."""

    def __init__(self, routes: Any):
        super().__init__(routes=routes)

    def messages(self) -> list[MessageSent]:
        return self.all(MessageSent)

    def confirmed(self, key: str) -> list[CopyConfirmed]:
        return [event for event in self.all(CopyConfirmed) if event.key == key]


class Bench:
    """A network under test, its room, and somebody native in that room."""

    def __init__(self, network: Network, room: RoomRef, host: Recorder):
        self.network, self.room, self.host = network, room, host
        self.task: asyncio.Task[None] | None = None

    nonsense = ""
    """An address that is none."""

    async def run(self) -> None:
        self.network.visit(self.room, LegPolicy())
        self.task = asyncio.create_task(self.network.run(self.host))
        await asyncio.sleep(0)
        if isinstance(self.host.routes, _Routes):
            await self.host.routes.start()

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def up(self) -> None:
        await self.until(lambda: RoomStatus(self.room, True) in self.host.states)

    async def until(self, condition: Any, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)


ANNA = Account(UserRef("elsewhere", "anna@example.org"), "anna", about="anna@example.org")


class _Loopback(Bench):
    async def native_says(self, text: str) -> None:
        bob = Account(UserRef("loopback", "bob"), "bob")
        event = MessageSent(
            room=self.room, author=bob, ids=(text,), content=from_text(text), time=1.0
        )
        await self.network.say(event)

    def native_saw(self) -> list[str]:
        return [plain(command.content) for command in self.network.delivered]


class _Xmpp(Bench):
    nonsense = "no room at all"
    client: Occupant

    async def native_says(self, text: str) -> None:
        await self.client.say(self.room.id, text)

    def native_saw(self) -> list[str]:
        return [said.body for said in self.client.messages.items if said.kind != "subject"]


class _Irc(Bench):
    nonsense = "no channel at all"
    client: IrcClient

    async def native_says(self, text: str) -> None:
        await self.client.say(self.room.id, text)

    def native_saw(self) -> list[str]:
        here = (said for said in self.client.messages.items if said.room == self.room.id)
        return [said.body for said in here]


class _Matrix(Bench):
    nonsense = "no room at all"
    client: MatrixClient

    async def native_says(self, text: str) -> None:
        await self.client.say(self.room.id, text)

    def native_saw(self) -> list[str]:
        here = (said for said in self.client.messages.items if said.room == self.room.id)
        return [said.body for said in here if said.kind != "subject"]


@asynccontextmanager
async def loopback(request: Any) -> AsyncIterator[Bench]:
    yield _Loopback(LoopbackNetwork("loopback"), RoomRef("loopback", "r"), Recorder(None))


@asynccontextmanager
async def xmpp(request: Any) -> AsyncIterator[Bench]:
    server = request.getfixturevalue("prosody")
    section = {k: v for k, v in xmpp_section(server).items() if k != "kind"}
    network = XmppNetwork("xmpp", XmppNetwork.Config(**section))
    bench = _Xmpp(network, RoomRef("xmpp", f"contract{next(_rooms)}@{server.muc}"), Recorder(None))
    bench.client = Occupant("alice", server.c2s_port)
    await bench.client.connect()
    await bench.client.join(bench.room.id, "alice")
    yield bench
    await bench.client.close()


@asynccontextmanager
async def irc(request: Any) -> AsyncIterator[Bench]:
    server = request.getfixturevalue("inspircd")
    number = next(_rooms)
    section = {k: v for k, v in irc_section(server, nick=f"tercet{number}").items() if k != "kind"}
    network = IrcNetwork("irc", IrcNetwork.Config(**section))
    bench = _Irc(network, RoomRef("irc", f"#contract{number}"), Recorder(None))
    bench.client = IrcClient(f"native{number}", server.port)
    await bench.client.connect()
    await bench.client.join(bench.room.id)
    yield bench
    await bench.client.close()


@asynccontextmanager
async def matrix(request: Any) -> AsyncIterator[Bench]:
    server = request.getfixturevalue("synapse")
    section = {k: v for k, v in matrix_section(server).items() if k != "kind"}
    app = web.Application(client_max_size=1 << 26)
    routes = _Routes(app)
    client = MatrixClient(server.url, server.user_id("alice"), server.token("alice"))
    await client.connect()
    room = await client.create_room("contract", invite=(server.sender,))
    network = MatrixNetwork("matrix", MatrixNetwork.Config(**section))
    bench = _Matrix(network, RoomRef("matrix", room), Recorder(routes))
    bench.client = client
    routes.port = server.as_port
    yield bench
    await routes.stop()
    await client.close()


class _Routes:
    """Mounts a network's routes and serves them where the homeserver looks."""

    def __init__(self, app: Any):
        self._app = app
        self._runner: Any = None
        self.port = 0

    def add(self, method: str, path: str, handler: Any) -> None:
        self._app.router.add_route(method, path, handler)

    async def start(self) -> None:
        self._runner = web.AppRunner(self._app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()


BENCHES = {"loopback": loopback, "xmpp": xmpp, "irc": irc, "matrix": matrix}
