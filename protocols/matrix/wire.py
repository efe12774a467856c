"""HTTP/1.1 to one server, on a few connections that are kept.

A general client costs 240 µs of CPU for each request, most of what a message costs the daemon
beside its decisions; this one 80 µs. The parser is that of Node.js (llhttp). No proxies, redirects,
cookies or compression: a homeserver's client API needs none of them.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httptools
from msgspec import Struct

_CONNECTIONS = 32
_CONNECT_WITHIN = 5.0
_LONGEST = 64 * 1024 * 1024
_RETRY_AFTER = b"retry-after"


class Answer(Struct, frozen=True):
    """What the server said."""

    status: int
    body: bytes
    retry_after: str = ""


_JUST = 30.0
"""Seconds; servers give up connections that were idle for longer."""


class Broken(ConnectionError):
    """The connection ended, or what came over it is no HTTP. ``untouched``: before any answer."""

    def __init__(self, why: str, untouched: bool = False):
        super().__init__(why)
        self.untouched = untouched


class Wire:
    """Sends requests to the server of one URL. Cancelling a request gives its connection up.

    ``lost`` is called when the server gives up a connection that was just used: it may have ended.
    """

    def __init__(self, url: str, lost: Callable[[], None] = lambda: None):
        self._lost = lost
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        self._name = parts.netloc.rpartition("@")[2]
        self._context: ssl.SSLContext | None = None
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._free = asyncio.Semaphore(_CONNECTIONS)

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._all):
            connection.abort()

    async def request(self, method: str, target: str, headers: str, body: bytes | None) -> Answer:
        """Make one request; ``headers`` are whole lines, and hold nothing that strangers wrote.

        Raises ``OSError`` (also ``Broken``) if there is no answer. A kept connection that the
        server had given up is replaced once, unless the request must not be repeated.
        """
        data = self._written(method, target, headers, body)
        async with self._free:
            while self._idle:
                connection = self._idle.pop()
                if connection.closing:
                    continue
                try:
                    return await self._on(connection, data)
                except Broken as error:
                    if not error.untouched or method == "POST":
                        raise
                    break
            return await self._on(await self._connect(), data)

    def _written(self, method: str, target: str, headers: str, body: bytes | None) -> bytes:
        body = body or b""
        head = (
            f"{method} {self._path}{target} HTTP/1.1\r\nHost: {self._name}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    async def _on(self, connection: "_Connection", data: bytes) -> Answer:
        try:
            answer = await connection.ask(data)
        except BaseException:
            connection.abort()
            raise
        if connection.kept:
            self._idle.append(connection)
        else:
            connection.abort()
        return answer

    async def _connect(self) -> "_Connection":
        if self._tls and self._context is None:
            self._context = ssl.create_default_context()
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT_WITHIN):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._all, self._lost),
                self._host,
                self._port,
                ssl=self._context,
            )
        return connection


class _Connection(asyncio.Protocol):
    """One connection; it carries one request at a time."""

    def __init__(self, every: "set[_Connection]", lost: Callable[[], None]):
        self._every = every
        self._lost = lost
        self._used = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._parser: Any = None
        self._pieces: list[bytes] = []
        self._length = 0
        self._touched = False
        self._retry_after = ""
        self.kept = False

    @property
    def closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._transport is None or self._transport.is_closing()

    def ask(self, data: bytes) -> asyncio.Future[Answer]:
        """Send a request and return what will be its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._touched = self.kept = False
        self._begin()
        if self._transport is not None:
            self._transport.write(data)
        return self._answer

    def abort(self) -> None:
        """Give the connection up."""
        self.kept = False
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._pieces, self._length, self._retry_after = [], 0, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._every.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._every.discard(self)
        self._transport = None
        if self.kept and _now() - self._used < _JUST:
            self._lost()
        self._fail(str(exc or "the server closed the connection"), not self._touched)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody has asked
            self.abort()
            return
        self._touched = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"that is no HTTP: {error}")
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == _RETRY_AFTER:
            self._retry_after = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._length += len(body)
        if self._length > _LONGEST:
            self._fail("the answer is too long")
            self.abort()
            return
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser; also for ``100 Continue`` and its like, which are no answer."""
        status: int = self._parser.get_status_code()
        if status < 200:
            return
        if self._answer is not None and not self._answer.done():
            self.kept, self._used = bool(self._parser.should_keep_alive()), _now()
            self._answer.set_result(Answer(status, b"".join(self._pieces), self._retry_after))
        self._answer = None

    def _fail(self, why: str, untouched: bool = False) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken(why, untouched))
        self._answer = None


def _now() -> float:
    return asyncio.get_running_loop().time()
