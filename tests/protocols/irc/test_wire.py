"""Bytes to lines."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.wire import HOPELESS, LONGEST, Wire, context


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.paused = self.aborted = False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def abort(self) -> None:
        self.aborted = True


class Sink:
    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.reasons: list[str] = []

    def lines(self, lines: list[bytes]) -> None:
        self.got += lines

    def closed(self, reason: str) -> None:
        self.reasons.append(reason)


def wired() -> tuple[Wire, Sink, Transport]:
    sink, transport = Sink(), Transport()
    wire = Wire(sink, "host", 1)
    wire.connection_made(transport)
    return wire, sink, transport


@given(st.lists(st.binary().filter(lambda b: b"\n" not in b)), st.lists(st.integers(1, 40)))
def test_lines_come_whole_however_they_are_cut(lines: list[bytes], sizes: list[int]) -> None:
    wire, sink, _ = wired()
    data = b"".join(line + b"\n" for line in lines)
    for size in sizes:
        wire.data_received(data[:size])
        data = data[size:]
    wire.data_received(data)
    assert sink.got == lines


def test_a_line_too_long_is_left_out() -> None:
    wire, sink, transport = wired()
    wire.data_received(b"a\n" + b"x" * (LONGEST + 1) + b"\nb\n")
    wire.data_received(b"y" * (LONGEST + 1))
    wire.data_received(b"rest\nc\n")
    assert sink.got == [b"a", b"b", b"c"]
    assert not transport.aborted


def test_a_line_without_end_ends_the_connection() -> None:
    wire, sink, transport = wired()
    for _ in range(HOPELESS // 65536 + 2):
        wire.data_received(b"x" * 65536)
    assert transport.aborted
    wire.connection_lost(None)
    assert "a line of more than" in sink.reasons[0]
    assert not wire.connected


def test_the_reason_is_the_first_that_was_given() -> None:
    wire, sink, _ = wired()
    wire.abort("mine")
    wire.connection_lost(ConnectionResetError("theirs"))
    other, heard, _ = wired()
    other.connection_lost(ConnectionResetError())
    assert sink.reasons == ["mine"]
    assert heard.reasons == ["the connection broke: ConnectionResetError"]
    wire.write(b"ignored")


def test_lazy_reading_pauses_after_each_chunk() -> None:
    wire, sink, transport = wired()
    wire.read_lazily(lambda _: True)
    wire.data_received(b"a\n")
    assert transport.paused
    wire.resume()
    assert not transport.paused
    wire.read_lazily(None)
    wire.data_received(b"b\n")
    assert not transport.paused
    assert sink.got == [b"a", b"b"]


async def test_a_paused_connection_keeps_few_bytes(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    secret = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(secret)
    stuck = asyncio.Event()

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        try:
            while True:
                writer.write((b"x" * 1023 + b"\n") * 64)
                async with asyncio.timeout(1):
                    await writer.drain()
        except TimeoutError:
            stuck.set()
        writer.transport.abort()

    server = await asyncio.start_server(flood, "localhost", 0, ssl=secret)
    port = server.sockets[0].getsockname()[1]
    wire = Wire(Sink(), "localhost", port)
    wire.read_lazily(lambda _: True)
    await wire.open(context(verify=True, ca_file=str(tmp_path / "ca.pem")))
    async with asyncio.timeout(30):
        await stuck.wait()
    transport: Any = wire._transport
    assert transport.get_read_buffer_size() < 12 * 1024
    wire.abort("enough")
    server.close()


def test_certificates_are_checked_unless_switched_off(tmp_path: Path) -> None:
    assert context(verify=True).check_hostname
    assert not context(verify=False).check_hostname
    with pytest.raises(OSError, match="No such file"):
        context(verify=True, ca_file=str(tmp_path / "missing.pem"))
