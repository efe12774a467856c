"""The TCP or TLS connection under an IRC connection: bytes to lines, in little memory."""

import asyncio
import ssl
import tempfile
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from typing import Protocol, cast

LONGEST = 16 * 1024
"""Bytes of a line that we keep: 8191 of tags and 512 of message, with room to spare."""
HOPELESS = 1024 * 1024
"""Bytes without a line break after which the connection is given up."""


class Sink(Protocol):
    """Who is told what arrives."""

    def lines(self, lines: list[bytes]) -> None:
        """Take complete lines, without their line break (perhaps with CR)."""

    def closed(self, reason: str) -> None:
        """The connection is over; told once."""


class Wire(asyncio.Protocol):
    """One connection. Also what pydle takes for its own ``Connection``."""

    __slots__ = (
        "_buffer", "_pause", "_sink", "_skipped", "_transport", "hostname", "last_read", "port",
        "reason", "throttle",
    )  # fmt: skip

    def __init__(self, sink: Sink, hostname: str, port: int):
        self.hostname = hostname
        self.port = port
        self.throttle = False  # pydle sets it, and nothing reads it
        self.last_read = time.time()
        self.reason = ""
        self._sink = sink
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._skipped = 0
        self._pause: Callable[[Wire], bool] | None = None

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self._transport is not None

    async def open(self, context: ssl.SSLContext | None, source: str = "") -> None:
        """Connect (from an address of ours), and check the certificate if there is a context.
        Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        local = (source, 0) if source else None
        if context is None:
            await loop.create_connection(lambda: self, self.hostname, self.port, local_addr=local)
            return
        waiter: asyncio.Future[None] = loop.create_future()
        tls = _SmallTLS(loop, self, context, waiter, server_hostname=self.hostname)
        transport, _ = await loop.create_connection(
            lambda: tls, self.hostname, self.port, local_addr=local
        )
        try:
            await waiter
        except BaseException:
            transport.abort()
            raise

    def write(self, data: bytes) -> None:
        """Send ready bytes; ignored when the connection is over."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self, reason: str) -> None:
        """End the connection after what was written; ``closed`` follows soon."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.close()

    def abort(self, reason: str) -> None:
        """End the connection at once."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.abort()

    def read_lazily(self, pause: Callable[["Wire"], bool] | None) -> None:
        """Stop reading after each chunk for which ``pause`` says so, until ``resume``: fewer and
        larger reads for a connection whose lines are only drained. None: read at once."""
        self._pause = pause
        if pause is None:
            self.resume()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    # -- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self.last_read = time.time()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        lines = (self._buffer + data if self._buffer else data).split(b"\n")
        self._buffer = lines.pop()
        if self._skipped and lines:
            self._skipped = 0
            del lines[0]
        if len(data) > LONGEST:
            lines = [line for line in lines if len(line) <= LONGEST]
        if len(self._buffer) > LONGEST:
            self._skipped += len(self._buffer)
            self._buffer = b""
            if self._skipped > HOPELESS:
                self.abort(f"a line of more than {HOPELESS} bytes")
                return
        if lines:
            self.last_read = time.time()
            self._sink.lines(lines)
        if self._pause is not None and self._transport is not None and self._pause(self):
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._buffer = b""
        self._sink.closed(self.reason or _words(error))


class _SmallTLS(SSLProtocol):
    """asyncio's TLS with a read buffer of 4 KiB: the usual 256 KiB for each of hundreds of mostly
    silent connections is most of the daemon's memory. And with no more than that of unread bytes
    while reading is paused: a ``MemoryBIO`` that has grown never shrinks again."""

    max_size = 4 * 1024

    def _set_read_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        super()._set_read_buffer_limits(high or self.max_size, low)  # type: ignore[misc]


def _words(error: Exception | None) -> str:
    if error is None:
        return "the server closed the connection"
    return f"the connection broke: {error.__class__.__name__ if not str(error) else error}"


def explained(error: Exception) -> str:
    """Say why a connection could not be made."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    return str(error) or error.__class__.__name__


def context(
    *, verify: bool, ca_file: str | None = None, certificate: str | None = None,
    key: str | None = None,
) -> ssl.SSLContext:  # fmt: skip
    """Make the one TLS context for many connections. Raises ``OSError`` for unreadable files and
    ``ssl.SSLError`` (an ``OSError``) for wrong ones."""
    made = ssl.create_default_context(cafile=ca_file)
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    made.options |= ssl.OP_NO_TICKET
    if certificate:
        made.load_cert_chain(certificate, key)
    return made


def load_certificate(made: ssl.SSLContext, pem: str) -> None:
    """Show a certificate in a context. Raises ``OSError``.

    Python takes it from a file alone: it is there for this moment, for us alone.
    """
    with tempfile.NamedTemporaryFile("w", prefix="tercet-", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        made.load_cert_chain(file.name)
