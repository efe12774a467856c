"""Requests to the homeserver, as the bot or as any ghost, and what its answers mean."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from mautrix.errors import MatrixRequestError, make_request_error

from bridge.model import Unavailable
from protocols.matrix.wire import Answer, Wire

log = logging.getLogger(__name__)

_PATIENCE = 30.0
"""Seconds a request may wait for rate limits to pass before the bridge is asked to come again."""
_LONGEST_REQUEST = 60.0
_encoder = msgspec.json.Encoder()


def segment(text: str) -> str:
    """Write an id as one piece of a path. Ids are opaque: any letter may be in them."""
    return quote(text, safe="!@:$~-._")


class Homeserver:
    """The homeserver's client API, with our application service's token (or as a stranger).

    mautrix names the refusals. Its client is not used: an intent for each ghost costs 14 KB for
    ever, none of them waits out a rate limit, and a request costs four times as much (``wire``).
    """

    def __init__(self, url: str, token: str = ""):
        self._wire = Wire(url, self._doubt)
        self._headers = "User-Agent: Tercet\r\nContent-Type: application/json\r\n"
        if token:
            self._headers += f"Authorization: Bearer {token}\r\n"
        self.trouble = asyncio.Event()
        """Set when a request has failed in a way that makes one doubt that the homeserver is up."""
        self.requests = 0
        self.waits = 0

    def _doubt(self) -> None:
        self.trouble.set()

    async def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Ask as the bot; see ``call``."""
        return await self.call("GET", path, None, query)

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        wait: float = _PATIENCE,
        limit: float = _LONGEST_REQUEST,
    ) -> dict[str, Any]:
        """Make one request below ``/_matrix/client`` and return the answer's object.

        ``user_id`` and ``device_id`` in the query say for whom we speak (Matrix 1.17, "Identity
        assertion"). Rate limits are waited out, for at most ``wait`` seconds; one request may take
        ``limit`` seconds.

        Raises ``MatrixRequestError`` if the homeserver refuses (4xx), ``Unavailable`` if it is
        down, busy, or does not know our token.
        """
        tail = f"?{urlencode(query)}" if query else ""
        target = f"/_matrix/client{path}{tail}"
        data = _encoder.encode(body) if isinstance(body, dict) else body
        left = wait
        while True:
            self.requests += 1
            pause, answer = await self._once(method, target, data, limit)
            if answer is not None:
                return answer
            if (left := left - pause) < 0:
                raise Unavailable("the homeserver limits how fast we may speak")
            self.waits += 1
            await asyncio.sleep(pause)

    async def _once(
        self, method: str, target: str, data: bytes | None, limit: float
    ) -> tuple[float, dict[str, Any] | None]:
        try:
            async with asyncio.timeout(limit):
                answer = await self._wire.request(method, target, self._headers, data)
            if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                return 0, _object(answer.body)
            return _refused(answer), None
        except Unavailable:
            self.trouble.set()
            raise
        except (TimeoutError, OSError) as error:
            self.trouble.set()
            reason = str(error) or "no answer in time"
            raise Unavailable(f"the homeserver cannot be reached: {reason}") from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the homeserver's answer is no JSON object; is something in between?")
    return found


def _refused(answer: Answer) -> float:
    """Return how long to wait, or raise what the answer means."""
    data = answer.body[:16_384]
    try:
        error = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        error = None
    error = error if isinstance(error, dict) else {}
    code, words = error.get("errcode"), error.get("error")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _pause(answer.retry_after, error.get("retry_after_ms"))
    said = words if isinstance(words, str) else f"HTTP {answer.status}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not _about_us(code):
        raise Unavailable(f"the homeserver has trouble: {said}")
    if code in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
        raise Unavailable(f"the homeserver does not know our as_token: {said}")
    if not isinstance(code, str) and answer.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise Unavailable(f"that is no homeserver, or something is in between: {said}")
    raise make_request_error(
        http_status=answer.status,
        text=data.decode(errors="replace"),
        errcode=code if isinstance(code, str) else "M_TOO_LARGE",
        message=said,
    )


def _about_us(code: object) -> bool:
    """The answer to a ping says in a 5xx what the homeserver met when it called us."""
    return code in ("M_CONNECTION_FAILED", "M_CONNECTION_TIMEOUT", "M_BAD_STATUS")


def _pause(header: str, milliseconds: object) -> float:
    """Read ``Retry-After`` in seconds, or the older field in the body; at least a moment."""
    seconds = 1.0
    if header.isdecimal():
        seconds = float(header)
    elif isinstance(milliseconds, int | float):
        seconds = milliseconds / 1000
    return max(seconds, 0.05)


def error_code(error: MatrixRequestError) -> str:
    """Return the ``M_…`` code of a refusal."""
    return str(getattr(error, "errcode", None) or "M_UNKNOWN")


def words(error: MatrixRequestError) -> str:
    """Return the homeserver's own words."""
    return str(getattr(error, "message", None) or error)
