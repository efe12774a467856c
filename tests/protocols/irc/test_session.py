"""How connections come, break and come back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.model import MessageSent, NetworkStatus, plain
from tests.protocols.irc.bridge import person, running, say, send
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd

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


async def test_the_relay_comes_back_after_the_server_was_away(
    new_inspircd: Callable[..., InspIRCd],
) -> None:
    server = new_inspircd()
    async with running(server.port, "#back", nick="relay") as (network, bridge, (room,)):
        server.kill()
        down = await bridge.down(room)
        assert not down.refused
        server.start()
        await bridge.up(room)
        anna = IrcClient("anna", server.port)
        await anna.connect()
        await anna.join("#back")
        await say(network, send(room, person("bob"), "back"))
        await anna.wait_for(lambda s: "back" in s.body)
        statuses = [s.up for s in bridge.states if isinstance(s, NetworkStatus)]
        assert statuses[0]
        assert statuses[-1]
        assert False in statuses
        await anna.close()


async def test_the_next_address_is_tried_and_a_server_that_is_down_at_start_is_waited_for(
    new_inspircd: Callable[..., InspIRCd],
) -> None:
    server = new_inspircd(password="s3cret word")
    server.stop()
    servers = [
        {"host": "127.0.0.1", "port": 1, "tls": False},
        {"host": "127.0.0.1", "port": server.port, "tls": False, "password": "s3cret word"},
    ]
    async with running(0, "#later", nick="relay", servers=servers, wait=False) as (
        _,
        bridge,
        (room,),
    ):
        await bridge.down(room)
        server.start()
        await bridge.up(room)


async def test_a_kicked_relay_comes_back_and_says_why_it_was_out(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna20", inspircd.port)
    await anna.connect()
    await anna.join("#out")
    async with running(inspircd.port, "#out", nick="relay20") as (_, bridge, (room,)):
        anna.send("KICK #out relay20 :go away")
        down = await bridge.down(room)
        assert down.detail == "kicked by anna20: go away"
        await bridge.up(room)
        anna.send("MODE #out +b relay20!*@*", "KICK #out relay20 :for good")
        await bridge.until(lambda: (s := bridge.status(room)) is not None and s.refused)
        status = bridge.status(room)
        assert status is not None
        assert "(474); ask an operator" in status.detail
        anna.send("MODE #out -b relay20!*@*", "INVITE relay20 #out")
        await bridge.up(room)
    await anna.close()


async def test_a_reset_is_noticed_and_a_two_line_cap_list_is_read_whole() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.read(reader, "USER")
        writer.write(
            b":irc.fault CAP * LS * :server-time batch message-tags evil/cap\r\n"
            b":irc.fault CAP * LS :labeled-response echo-message sts=port=6697 tls\r\n"
        )
        request = await fault.read(reader, "CAP")
        fault.lines.append(f"asked {request}")
        writer.write(f":irc.fault CAP * ACK :{request.partition(':')[2]}\r\n".encode())
        await fault.read(reader, "CAP")
        writer.write(b":irc.fault 001 relay :hi\r\n:irc.fault 376 relay :end\r\n")
        await fault.read(reader, "JOIN")
        transport = writer.transport
        transport.get_extra_info("socket").setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")
        transport.abort()

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay", wait=False) as (
            _,
            bridge,
            _,
        ),
    ):
        await bridge.until(lambda: fault.connections >= 2)
        asked = next(line for line in fault.lines if line.startswith("asked"))
        assert set(asked.partition(":")[2].split()) == {
            "server-time", "batch", "message-tags", "labeled-response", "echo-message",
        }  # fmt: skip


async def test_a_silent_server_is_given_up() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.greet(reader, writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await fault.read(reader, "PING")

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay", ping_interval=0.5, ping_timeout=0.5) as (
            _,
            bridge,
            (room,),
        ),
    ):
        await bridge.down(room)
        await bridge.until(lambda: fault.connections >= 2)
        told = [s.detail for s in bridge.states if isinstance(s, NetworkStatus)]
        assert any("no answer to a PING" in detail for detail in told)


async def test_a_server_that_never_greets_is_given_up() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay", wait=False, connect_timeout=0.3) as (
            _,
            bridge,
            (room,),
        ),
    ):
        await bridge.until(lambda: fault.connections >= 2)
        assert "no answer in time" in (await bridge.down(room)).detail


async def test_garbage_and_endless_lines_do_not_hurt() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.greet(reader, writer)
        writer.write(b"\r\n:\r\n@\r\n@a\r\n:x\r\n   \r\n\xff\xfe\r\n:a!b@c PRIVMSG\r\nKICK\r\n")
        writer.write(b":a!b@c PRIVMSG #x\r\nJOIN\r\nNICK\r\n:anna NICK\r\n353\r\nMODE #x\r\n")
        writer.write(
            b":irc CAP\r\n005\r\n001\r\n433\r\nBATCH\r\nBATCH -\r\nPONG\r\nFAIL\r\n404\r\n"
        )
        writer.write(b"@time=nonsense;msgid :anna!a@h PRIVMSG #x :odd \xe9\r\n")
        writer.write(b":anna!a@h PRIVMSG #x :" + b"x" * 100_000 + b"\r\n")
        writer.write(b":anna!a@h PRIVMSG #x :after\r\n")
        await fault.read(reader, "QUIT" if fault.connections > 1 else "NOTICE")
        for _ in range(64):
            writer.write(b"y" * 65536)
            await writer.drain()

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay") as (
            network,
            bridge,
            (room,),
        ),
    ):
        await bridge.heard(room, "after")
        assert bridge.texts(room) == ["odd é", "after"]
        await network.leave(room, "and now a line without end")
        await bridge.until(lambda: fault.connections >= 2)
        told = [s.detail for s in bridge.states if isinstance(s, NetworkStatus)]
        assert any("a line of more than" in detail for detail in told)


async def test_an_old_server_without_capabilities_gives_a_pong_as_evidence() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.greet(reader, writer)
        for answer in (b"", b":irc.fault 404 relay #x :Cannot send to channel\r\n"):
            await fault.read(reader, "PRIVMSG")
            writer.write(answer)
            await fault.pong(reader, writer)
        await reader.read()

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay") as (
            network,
            _,
            (room,),
        ),
    ):
        assert await say(network, send(room, person("bob"), "one")) == ((),)
        with pytest.raises(Exception, match=r"Cannot send to channel \(404\)"):
            await say(network, send(room, person("bob"), "two"))


async def test_a_refused_nick_is_replaced_without_a_storm() -> None:
    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.read(reader, "USER")
        for _ in range(100):
            writer.write(b":irc.fault 433 * nick :in use\r\n")
            await fault.read(reader, "NICK")

    async with (
        faulty(script) as fault,
        running(fault.port, "#x", nick="relay", wait=False, reconnect=[30]) as (_, bridge, (room,)),
    ):
        assert "every nick was refused" in (await bridge.down(room)).detail
        tried = [line.split(" :")[-1].split(" ")[-1] for line in fault.lines if "NICK" in line]
        assert 5 < len(tried) < 20
        assert len(set(tried)) == len(tried)


async def test_a_stranger_who_takes_a_nick_is_somebody_else(inspircd: InspIRCd) -> None:
    anna, other = IrcClient("anna21", inspircd.port), IrcClient("other21", inspircd.port)
    await asyncio.gather(anna.connect(), other.connect())
    await anna.join("#who")
    await other.join("#who")
    async with running(inspircd.port, "#who", nick="relay21") as (_, bridge, (room,)):
        await anna.say("#who", "one")
        await anna.rename("anna21away")
        await anna.say("#who", "two")
        await other.rename("anna21")
        await other.say("#who", "three")
        await anna.close()
        await bridge.heard(room, "three")
        said: list[MessageSent] = bridge.messages(room)
        who = {plain(m.content): (m.author.user.id, m.author.name) for m in said}
        assert who == {
            "one": ("nick:anna21", "anna21"),
            "two": ("nick:anna21", "anna21away"),
            "three": ("nick:other21", "anna21"),
        }
        third = IrcClient("other21", inspircd.port)
        await third.connect()
        await third.join("#who")
        await third.say("#who", "four")
        four = await bridge.heard(room, "four")
        assert four.author.user.id == "nick:other21/2"
        assert four.author.authority != said[2].author.authority
        await third.close()
    await other.close()
