"""The least that could relay between three rooms: what a message costs before Tercet does anything.

One process, one event loop, one bot in each room; what is said in one is said in the others. No
journal, no evidence, no puppets, no formatting, and it does not survive anything.

``python -m tests.benchmarks.bare_relay SETTINGS``, a JSON object (see ``Settings``).
"""

import asyncio
import hashlib
import sys
from itertools import count
from urllib.parse import quote
from xml.etree.ElementTree import Element, XMLPullParser
from xml.sax.saxutils import escape

import aiohttp
import msgspec
from aiohttp import web

_MUC = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
_BODY = "{jabber:component:accept}body"
_MESSAGE = "{jabber:component:accept}message"


class Settings(msgspec.Struct):
    """Where everything is."""

    irc_port: int
    channels: tuple[str, ...]
    component_port: int
    component: str
    secret: str
    muc: str
    matrix_url: str
    as_port: int
    as_token: str
    sender: str
    room: str
    """Empty: leave Matrix out."""


class Relay:
    """Passes texts from one side to the two others."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.irc = Irc(self)
        self.xmpp = Xmpp(self)
        self.matrix = Matrix(self)
        self.sides = [self.irc, self.xmpp, *([self.matrix] if settings.room else [])]

    async def run(self) -> None:
        """Connect; say ``ready``; relay for ever."""
        settings, loop = self.settings, asyncio.get_running_loop()
        await loop.create_connection(lambda: self.irc, "127.0.0.1", settings.irc_port)
        await loop.create_connection(lambda: self.xmpp, "127.0.0.1", settings.component_port)
        if settings.room:
            await self.matrix.open()
        await asyncio.gather(self.irc.joined.wait(), self.xmpp.joined.wait())
        print("ready", flush=True)
        await asyncio.Event().wait()

    def heard(self, side: object, text: str) -> None:
        """Say on the other sides what was said on one."""
        for other in self.sides:
            if other is not side:
                other.say(text)


class Irc(asyncio.Protocol):
    """A nick in one or more channels."""

    def __init__(self, relay: Relay):
        self.relay, self.joined, self.rest = relay, asyncio.Event(), b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(b"NICK bare\r\nUSER bare 0 * :bare\r\n")

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            _, command, target, *text = (*line.split(b" ", 3), b"", b"", b"")[:4]
            if line.startswith(b"PING"):
                self.transport.write(b"PONG" + line[4:] + b"\r\n")
            elif command == b"001":
                channels = ",".join(self.relay.settings.channels)
                self.transport.write(f"JOIN {channels}\r\n".encode())
            elif command == b"366":
                self.joined.set()
            elif command == b"PRIVMSG" and target.startswith(b"#"):
                said = text[0].removeprefix(b":").decode()
                self.say(said, target.decode())
                self.relay.heard(self, said)

    def say(self, text: str, besides: str = "") -> None:
        """Write a line to every channel but one."""
        for channel in self.relay.settings.channels:
            if channel != besides:
                self.transport.write(f"PRIVMSG {channel} :{text}\r\n".encode())


class Xmpp(asyncio.Protocol):
    """A component with one occupant (XEP-0114, XEP-0045)."""

    def __init__(self, relay: Relay):
        self.relay, self.joined = relay, asyncio.Event()
        self.parser, self.depth = XMLPullParser(("start", "end")), 0
        self.numbers = count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        streams = "http://etherx.jabber.org/streams"
        transport.write(
            f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='{streams}'"
            f" to='{self.relay.settings.component}'>".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.parser.feed(data)
        for event, element in self.parser.read_events():
            self.depth += 1 if event == "start" else -1
            if event == "start" and self.depth == 1:
                secret = element.get("id", "") + self.relay.settings.secret
                proof = hashlib.sha1(secret.encode()).hexdigest()
                self.transport.write(f"<handshake>{proof}</handshake>".encode())
            elif event == "end" and self.depth == 1:
                self._take(element)
                element.clear()

    def _take(self, element: Element) -> None:
        muc, sender = self.relay.settings.muc, f"bare@{self.relay.settings.component}"
        came = element.get("from", "")
        if element.tag.endswith("handshake"):
            entry = f"<presence from='{sender}' to='{muc}/bare'>{_MUC}</presence>"
            self.transport.write(entry.encode())
            self.head = f"<message from='{sender}' to='{muc}' type='groupchat' id='b"
        elif came == f"{muc}/bare" and element.tag.endswith("presence"):
            self.joined.set()
        elif element.tag == _MESSAGE and came.startswith(muc) and not came.endswith("/bare"):
            self.relay.heard(self, element.findtext(_BODY) or "(no text)")

    def say(self, text: str) -> None:
        """Send a stanza."""
        stanza = f"{self.head}{next(self.numbers)}'><body>{escape(text)}</body></message>"
        self.transport.write(stanza.encode())


class Matrix:
    """An application service with its bot."""

    def __init__(self, relay: Relay):
        self.relay, self.numbers = relay, count()
        self.tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen for transactions, and join the room."""
        settings = self.relay.settings
        application = web.Application()
        application.router.add_put("/_matrix/app/v1/transactions/{id}", self._transaction)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.as_port).start()
        headers = {"Authorization": f"Bearer {settings.as_token}"}
        self.session = aiohttp.ClientSession(settings.matrix_url, headers=headers)
        async with self.session.post(f"/_matrix/client/v3/join/{quote(settings.room)}", json={}):
            pass

    async def _transaction(self, request: web.Request) -> web.Response:
        settings = self.relay.settings
        for event in msgspec.json.decode(await request.read())["events"]:
            ours = event["sender"] == settings.sender
            there = event["room_id"] == settings.room
            if event["type"] == "m.room.message" and there and not ours:
                self.relay.heard(self, event["content"]["body"])
        return web.json_response({})

    def say(self, text: str) -> None:
        """Put an event, in the background."""
        task = asyncio.create_task(self._put(text))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _put(self, text: str) -> None:
        room, number = quote(self.relay.settings.room), next(self.numbers)
        path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/bare{number}"
        body = {"msgtype": "m.text", "body": text}
        async with self.session.put(path, data=msgspec.json.encode(body)) as answer:
            await answer.read()


async def _main() -> None:
    await Relay(msgspec.json.decode(sys.argv[1], type=Settings)).run()


if __name__ == "__main__":
    asyncio.run(_main())
