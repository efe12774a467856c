"""How connections come, break and come back."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from bridge.model import LegPolicy, NetworkStatus, RoomRef
from tests.protocols.irc.bridge import person, running, say, send
from tests.protocols.irc.faulty import Faulty, faulty
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd


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
        network.visit(RoomRef("net", "#y"), LegPolicy())  # so that the relay is still needed
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
