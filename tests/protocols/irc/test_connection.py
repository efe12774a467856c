"""The conversation with the server while a connection begins."""

import asyncio

from protocols.irc.connection import IrcConnection
from protocols.irc.decode import parse
from protocols.irc.sasl import Credentials
from protocols.irc.wire import Wire
from tests.protocols.irc.bridge import running
from tests.protocols.irc.faulty import Faulty, faulty


class Owner:
    login: Credentials | None = None
    login_required = False
    told = 0

    def receive(self, lines: list[bytes]) -> None:
        raise AssertionError("not on a wire")

    def next_nick(self, refused: str, numeric: str) -> str | None:
        return None

    def announced(self) -> None:
        self.told += 1

    def lost(self, reason: str) -> None:
        raise AssertionError("not on a wire")


def registered(*lines: str) -> tuple[IrcConnection, Owner]:
    owner = Owner()
    connection = IrcConnection(owner, "relay", "relay", "Relay")
    connection.encoding = "utf-8"
    connection.connection = Wire(connection, "host", 1)
    feed(connection, ":irc 001 relay_ :hi", *lines, ":irc 376 relay_ :end")
    return connection, owner


def feed(connection: IrcConnection, *lines: str) -> None:
    for text in lines:
        line = parse(text.encode())
        assert line is not None
        connection.feed(line)


async def test_the_nick_is_what_the_server_says_and_its_traits_are_read() -> None:
    connection, _ = registered(
        ":irc 005 relay_ CASEMAPPING=ascii NICKLEN=20 WHOX PREFIX=(ov)@+ :are supported",
        ":irc 005 relay_ CASEMAPPING=klingon2 CHANMODES=b,k,l,imnpst TOPICLEN :are supported",
    )
    assert connection.ready.done()
    assert connection.nickname == "relay_"
    assert connection.traits.nick_length == 20
    assert connection.traits.whox


async def test_traits_that_change_later_are_told_to_the_owner() -> None:
    connection, owner = registered(":irc 005 relay_ CASEMAPPING=ascii WHOX :are supported")
    feed(connection, ":irc 005 relay_ CASEMAPPING=rfc1459 -WHOX NICKLEN=9 :are supported")
    assert owner.told == 1
    assert connection.traits.casemapping == "rfc1459"
    assert not connection.traits.whox


async def test_a_lost_capability_is_not_used_any_more() -> None:
    connection, owner = registered()
    connection.caps = frozenset({"batch", "labeled-response"})
    feed(connection, ":irc CAP relay_ DEL :labeled-response", ":irc CAP relay_ NEW :x")
    assert connection.caps == {"batch"}
    assert owner.told == 1


async def test_a_new_capability_is_used_once_the_server_agrees() -> None:
    connection, owner = registered()
    connection.caps = frozenset({"batch"})
    sent: list[bytes] = []
    connection.write = sent.append
    feed(connection, ":irc CAP relay_ NEW :message-tags sasl=PLAIN x echo-message batch")
    assert sent == [b"CAP REQ :message-tags\r\n"]
    assert connection.caps == {"batch"}
    feed(connection, ":irc CAP relay_ ACK :message-tags ", ":irc CAP relay_ NAK :x")
    assert connection.caps == {"batch", "message-tags"}
    feed(connection, ":irc CAP relay_ NEW :labeled-response echo-message")
    assert set(sent[1].decode().split(":")[1].split()) == {"labeled-response", "echo-message"}
    assert owner.told == 1


async def test_a_registered_connection_keeps_little_of_pydle() -> None:
    connection, _ = registered(":irc 005 relay_ NETWORK=Test :are supported")
    assert len(vars(connection)) < 20


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
