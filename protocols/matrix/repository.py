"""The homeserver's media repository: files out of it and into it, piece by piece."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bridge.model import MediaRefused, Unavailable
from protocols.matrix.client import segment
from protocols.matrix.mxc import Address, parse

PIECE = 65_536
_TIMES = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60)
_LONGEST_UPLOAD = 900.0
_LONGEST_ANSWER = 16_384
_REDIRECTS = 3
_THUMBNAIL = {"width": "800", "height": "600", "method": "scale"}
_LATER = "the homeserver cannot hand the file out now"


class UploadRefused(Exception):
    """The homeserver will never take this file; the text is its reason, for people."""


class Piecemeal:
    """An answer on its way; see ``bridge.model.Stream``."""

    def __init__(self, answer: aiohttp.ClientResponse):
        self._answer = answer
        self.mime = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.start, self.size = _extent(answer)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come."""
        try:
            async for piece in self._answer.content.iter_chunked(PIECE):
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MediaRefused("the homeserver broke off in the file", lasting=False) from error


class Repository:
    """Asks as our application service. Tokens never leave for another host: aiohttp leaves them
    out when it follows a redirect there."""

    def __init__(self, url: str, token: str):
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "Tercet"}
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Break off whatever is on its way."""
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(
                timeout=_TIMES, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._http

    # -- out of it

    @asynccontextmanager
    async def download(
        self, source: str, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Piecemeal]:
        """Begin to read a file (Matrix specification, "Client-server API", "Content repository").
        A homeserver need not know ranges: Synapse begins at the beginning.

        Raises ``MediaRefused``.
        """
        address = parse(source)
        if address is None:
            raise MediaRefused("that is no address of a file on Matrix")
        headers = dict(self._headers)
        if first or last is not None:
            headers["Range"] = f"bytes={first}-{'' if last is None else last}"
        answer = await self._ask(address, headers)
        try:
            yield Piecemeal(answer)
        finally:
            answer.close()  # what nobody reads any more need not come

    async def _ask(self, address: Address, headers: dict[str, str]) -> aiohttp.ClientResponse:
        # COMPAT(homeservers before Matrix 1.11): files are handed out without a token only.
        for start in ("client/v1/media", "media/v3"):
            answer = await self._get(start, address, headers)
            if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                return answer
            refusal = await _refusal(answer)
            if (refusal.get("errcode"), start) != ("M_UNRECOGNIZED", "client/v1/media"):
                break
        raise _refused(answer.status, refusal)

    async def _get(
        self, start: str, address: Address, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        kind, query = ("thumbnail", _THUMBNAIL) if address.thumbnail else ("download", {})
        place = f"{segment(address.server)}/{segment(address.media)}"
        try:
            return await self._session().get(
                f"{self._url}/_matrix/{start}/{kind}/{place}",
                params=query | {"allow_redirect": "true"},
                headers=headers,
                max_redirects=_REDIRECTS,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise MediaRefused(_LATER, lasting=False) from error

    # -- into it

    async def upload(
        self, name: str, mime: str, size: int, pieces: AsyncIterator[bytes], query: dict[str, str]
    ) -> str:
        """Hand a file in, of exactly ``size`` bytes, and return its address.

        Raises ``UploadRefused``; ``Unavailable`` if the homeserver cannot take it now; whatever
        ``pieces`` raises.
        """
        sent = _Counted(pieces, size)
        headers = self._headers | {"Content-Type": mime, "Content-Length": str(size)}
        try:
            async with asyncio.timeout(_LONGEST_UPLOAD):
                answer = await self._session().post(
                    f"{self._url}/_matrix/media/v3/upload",
                    params={**query, "filename": name},
                    headers=headers,
                    data=sent,
                )
                found = await _refusal(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if sent.failed:
                raise sent.failed from error
            raise Unavailable(f"a file cannot be uploaded: {error}", sent=False) from error
        return _uploaded(answer.status, found)


class _Counted:
    """The pieces of a file that must have as many bytes as was said: a homeserver would wait for
    those that are missing."""

    def __init__(self, pieces: AsyncIterator[bytes], size: int):
        self._pieces = pieces
        self._left = size
        self.failed: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                self._left -= len(piece)
                if self._left < 0:
                    break
                yield piece
            if self._left:
                raise MediaRefused("it has not the size that was said", lasting=False)
        except Exception as error:
            self.failed = error
            raise


def _extent(answer: aiohttp.ClientResponse) -> tuple[int, int | None]:
    """Tell with which byte an answer begins and how many the whole file has (RFC 9110, 14.4)."""
    length = answer.headers.get("Content-Length", "")
    whole = int(length) if length.isdecimal() else None
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return 0, whole
    span, _, total = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    first = span.partition("-")[0]
    if not first.isdecimal():
        raise MediaRefused("the homeserver sends a part, but not which one", lasting=False)
    return int(first), int(total) if total.isdecimal() else None


async def _refusal(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Read a short answer as an object; what is none is empty."""
    try:
        found = msgspec.json.decode(await answer.content.read(_LONGEST_ANSWER))
    except (msgspec.MsgspecError, RecursionError):
        found = None
    finally:
        answer.release()
    return found if isinstance(found, dict) else {}


def _refused(status: int, refusal: dict[str, Any]) -> MediaRefused:
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return MediaRefused("the file is not there any more")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return MediaRefused("the file has no such part")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return MediaRefused(_LATER, lasting=False)
    return MediaRefused(f"the homeserver does not hand the file out: {_words(status, refusal)}")


def _uploaded(status: int, found: dict[str, Any]) -> str:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        address = found.get("content_uri")
        if parse(address) is None:
            raise Unavailable("the homeserver does not say where the file is", sent=False)
        return str(address)
    said = _words(status, found)
    passing = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if passing or found.get("errcode") in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
        raise Unavailable(f"a file cannot be uploaded now: {said}", sent=False)
    raise UploadRefused(said)


def _words(status: int, found: dict[str, Any]) -> str:
    said = found.get("error")
    return said[:200] if isinstance(said, str) else f"HTTP {status}"
