"""A component port that misbehaves in ways that no real server would."""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='bridge.localhost'>"
)


class FaultyServer:
    """Accepts one component after the other; ``greeting`` is what follows a handshake."""

    def __init__(self, secret: str = "secret", greeting: str = "<handshake/>") -> None:
        self.greeting = greeting
        self.port = 0
        self.heard = ""
        self.connections = 0
        self.done = asyncio.Event()
        self._digest = hashlib.sha1(f"s1{secret}".encode()).hexdigest()
        self._writer: asyncio.StreamWriter | None = None
        self._news = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.done.clear()
        self._writer = writer
        await reader.readuntil(b">")
        self.send(HEADER)
        with contextlib.suppress(ConnectionError):
            await self._listen(reader)
        writer.close()
        self.done.set()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            self.heard += data.decode()
            if re.search(f"<handshake[^>]*>{self._digest}</handshake>", self.heard):
                self.heard = ""
                self.send(self.greeting)
            self._news.set()

    def send(self, text: str) -> None:
        assert self._writer
        self._writer.write(text.encode())

    def hang_up(self) -> None:
        assert self._writer
        self._writer.transport.abort()

    async def hears(self, pattern: str, timeout: float = 5.0) -> re.Match[str]:
        """Wait until the component has sent something like this."""
        async with asyncio.timeout(timeout):
            while not (found := re.search(pattern, self.heard)):
                self._news.clear()
                await self._news.wait()
        self.heard = self.heard[found.end() :]
        return found


@asynccontextmanager
async def faulty(greeting: str = "<handshake/>") -> AsyncIterator[FaultyServer]:
    """Run such a port."""
    server = FaultyServer(greeting=greeting)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        if server._writer:
            server._writer.transport.abort()
            await server.done.wait()
