"""What the homeserver pushes, over HTTP: answered 200 only once the journal has it."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from cachetools import LRUCache

from bridge.model import Event, Host, StorageFailed
from protocols.matrix import decode
from protocols.matrix.decode import Envelope

log = logging.getLogger(__name__)

_KEPT = 64
_SAVE_EVERY = 5.0
_PATIENCE = 20.0
"""Seconds a transaction waits at the start until rooms are known."""
_LONGEST = 64 * 1024 * 1024
_STATE_KEY = "transactions"

Read = Callable[[list[Envelope | None]], Awaitable[list[Event]]]
Exists = Callable[[str], Awaitable[bool]]
Hear = Callable[[bytes], None]
"""Takes note of what a transaction tells beside its events, of which nothing is kept."""


class AppService:
    """The homeserver's side of the application service API (Matrix specification, also MSC2659).

    Not mautrix's handler: that one answers 200 before the work is done, and remembers every
    transaction for ever.
    """

    def __init__(self, token: str, address: str, read: Read, exists: Exists, hear: Hear):
        self._token = token.encode()
        self._prefix = urlsplit(address).path.rstrip("/")
        self._read = read
        self._exists = exists
        self._hear = hear
        self.accepted: Callable[[], None] = lambda: None
        """Called when what was read last is in the journal."""
        self.counted: Callable[[str], None] = lambda name: None
        """Called with the id of each new transaction, before it is read."""
        self._host: Host | None = None
        self.opened = asyncio.Event()
        """Set once rooms are known: before, transactions wait a little."""
        self.turn = asyncio.Lock()
        """Held while a transaction is read and accepted: one after the other, in their order."""
        self._running: dict[str, asyncio.Future[bool]] = {}
        self._done: LRUCache[str, bool] = LRUCache(_KEPT)
        self._unsaved = False
        self._closed = False
        self.transactions = 0
        self.repeated = 0
        self.pings = 0

    def mount(self, host: Host) -> None:
        """Take the paths: those of today, and those of before version 1 without a prefix."""
        self._host = host
        add = host.routes.add
        for start in (f"{self._prefix}/_matrix/app/v1", self._prefix):
            add("PUT", f"{start}/transactions/{{id}}", self._transaction)
            add("GET", f"{start}/users/{{id}}", self._user)
            add("GET", f"{start}/rooms/{{id}}", self._room)
        add("POST", f"{self._prefix}/_matrix/app/v1/ping", self._ping)

    async def load(self) -> None:
        """Recall the last transactions, so that one which is repeated over a restart is known."""
        kept = self._host and await self._host.state.get(_STATE_KEY)
        for mark in (kept or "").split():
            self._done[mark] = True

    async def keep_marks(self) -> None:
        """Write the marks down now and then. Not with each transaction, which would cost one more
        commit for each event: the bridge knows an event that is repeated by its id anyway."""
        while True:
            await asyncio.sleep(_SAVE_EVERY)
            try:
                await self.save()
            except StorageFailed:
                log.warning("the last transactions could not be noted")

    async def close(self) -> None:
        """Take no more in: the homeserver keeps what it is not answered 200 for."""
        self._closed = True
        self.opened.set()
        await self.save()

    async def save(self) -> None:
        """Keep what ``load`` recalls."""
        if self._host is not None and self._unsaved:
            self._unsaved = False
            await self._host.state.put(_STATE_KEY, " ".join(self._done))

    def _allowed(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization", "")
        given = header[7:] if header[:7].lower() == "bearer " else ""
        given = given or request.query.get("access_token", "")
        if not given:
            return _error(401, "M_MISSING_TOKEN", "no token")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token):
            log.warning("%s showed a wrong hs_token", request.remote)
            return _error(403, "M_FORBIDDEN", "wrong token")
        return None

    async def _transaction(self, request: web.Request) -> web.Response:
        if refused := self._allowed(request):
            return refused
        body = await _body(request)
        try:
            envelopes = read_transaction(body)
        except ValueError:
            return _error(400, "M_NOT_JSON", "that is no transaction")
        try:
            if not self.opened.is_set():
                async with asyncio.timeout(_PATIENCE):
                    await self.opened.wait()
            if self._closed:
                return _error(503, "M_UNKNOWN", "shutting down")
            await self._once(request.match_info["id"], envelopes)
            self._hear(body)
        except StorageFailed:
            log.error("a transaction could not be journaled; the homeserver will repeat it")
            return _error(503, "M_UNKNOWN", "cannot be stored now")
        except TimeoutError:
            return _error(503, "M_UNKNOWN", "not ready yet")
        return web.json_response({})

    async def _once(self, name: str, envelopes: list[Envelope | None]) -> None:
        """Take a transaction in unless it has been, or wait for the same one that is under way."""
        mark = _mark(name, envelopes)
        if mark in self._done:
            self.repeated += 1
            return
        if running := self._running.get(mark):
            self.repeated += 1
            if not await asyncio.shield(running):
                raise StorageFailed("the same transaction has just failed")
            return
        # No task of its own: each hop through the loop costs as much as the decoding.
        running = self._running[mark] = asyncio.get_running_loop().create_future()
        try:
            await self._take(name, mark, envelopes)
        finally:
            running.set_result(mark in self._done)
            del self._running[mark]

    async def _take(self, name: str, mark: str, envelopes: list[Envelope | None]) -> None:
        assert self._host is not None
        async with self.turn:
            self.counted(name)
            if events := await self._read(envelopes):
                await self._host.accept(*events)
            self.accepted()
        self.transactions += 1
        self._done[mark] = self._unsaved = True

    async def _user(self, request: web.Request) -> web.Response:
        if refused := self._allowed(request):
            return refused
        if await self._exists(request.match_info["id"]):
            return web.json_response({})
        return _error(404, "M_NOT_FOUND", "nobody we know")

    async def _room(self, request: web.Request) -> web.Response:
        return self._allowed(request) or _error(404, "M_NOT_FOUND", "no room of ours")

    async def _ping(self, request: web.Request) -> web.Response:
        if refused := self._allowed(request):
            return refused
        self.pings += 1
        return web.json_response({})


async def _body(request: web.Request) -> bytes:
    """Read the body in pieces: transactions of 100 events are longer than the megabyte that
    aiohttp allows, and one that is refused for its length would be repeated for ever."""
    pieces: list[bytes] = []
    left = _LONGEST
    async for piece in request.content.iter_any():
        left -= len(piece)
        if left < 0:
            raise web.HTTPRequestEntityTooLarge(_LONGEST, _LONGEST - left)
        pieces.append(piece)
    return b"".join(pieces)


def read_transaction(body: bytes) -> list[Envelope | None]:
    """Read a transaction; raises ``ValueError`` if it is none."""
    try:
        return decode.transaction(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return decode.transaction_by_halves(body)


def _mark(transaction_id: str, envelopes: list[Envelope | None]) -> str:
    """Name a transaction by its id and its events: a homeserver that was set up anew counts its
    transactions from 1 again."""
    ids = " ".join(envelope.event_id for envelope in envelopes if envelope)
    return hashlib.sha256(f"{transaction_id} {ids}".encode("utf-8", "replace")).hexdigest()[:32]


def _error(status: int, code: str, text: str) -> web.Response:
    body: dict[str, Any] = {"errcode": code, "error": text}
    return web.json_response(body, status=status)
