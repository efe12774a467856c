"""A server of lines that does what a script says: only for faults that no real one shows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

Script = Callable[["Faulty", asyncio.StreamReader, asyncio.StreamWriter], Any]


class Faulty:
    """A server that does what a script says, for faults that no real one shows on demand."""

    def __init__(self, script: Script):
        self.script = script
        self.port = 0
        self.connections = 0
        self.lines: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.script(self, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader, *commands: str) -> str:
        """Read up to a line with one of these commands."""
        while data := await reader.readline():
            line = data.decode().strip()
            self.lines.append(line)
            if line.split(" ")[0] in commands:
                return line
        raise asyncio.IncompleteReadError(b"", None)

    async def greet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *isupport: str
    ) -> None:
        """Register a client that must ask for no capabilities, and let it join."""
        await self.read(reader, "USER")
        tokens = " ".join(isupport) or "CASEMAPPING=ascii"
        writer.write(b":irc.fault 421 * CAP :Unknown command\r\n")
        writer.write(
            f":irc.fault 001 relay :hi\r\n:irc.fault 005 relay {tokens} :are supported\r\n"
            ":irc.fault 422 relay :no MOTD\r\n".encode()
        )
        join = await self.read(reader, "JOIN")
        channel = join.split(" ")[1].lstrip(":")
        writer.write(
            f":relay!r@host JOIN {channel}\r\n"
            f":irc.fault 353 relay = {channel} :@relay anna\r\n"
            f":irc.fault 366 relay {channel} :End\r\n".encode()
        )
        await self.pong(reader, writer)

    async def pong(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ping = await self.read(reader, "PING")
        writer.write(f":irc.fault PONG irc.fault {ping.split(' ')[1]}\r\n".encode())


@asynccontextmanager
async def faulty(script: Script) -> AsyncIterator[Faulty]:
    fault = Faulty(script)
    server = await asyncio.start_server(fault.serve, "127.0.0.1", 0)
    fault.port = server.sockets[0].getsockname()[1]
    try:
        yield fault
    finally:
        server.close()
