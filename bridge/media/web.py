"""Opens files on the web that strangers named, and nothing that only this machine can reach."""

import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from bridge import __version__
from bridge.media import addresses
from bridge.media.addresses import Place
from bridge.model import MediaRefused

_REDIRECTS = 3
_AT_ONCE = 16
_PATIENCE = aiohttp.ClientTimeout(total=900, sock_connect=10, sock_read=30)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": f"Tercet/{__version__}"}
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({401, 403, 404, 405, 410, 451})


class _Private(OSError):
    """An address that a stranger has no business with."""


class Body:
    """A file on the web on its way (``bridge.model.Stream``)."""

    start = 0

    def __init__(self, response: aiohttp.ClientResponse):
        self.mime = response.headers.get("Content-Type", "")
        self.size = response.content_length
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give it piece by piece. Raises ``MediaRefused`` if it breaks off."""
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except TimeoutError:
            raise MediaRefused("the web server was too slow", lasting=False) from None
        except (aiohttp.ClientError, OSError):
            raise MediaRefused("the web server broke off", lasting=False) from None


class Web:
    """The daemon as a reader of the web: no cookies, no tokens, no proxies."""

    def __init__(self, allow: Collection[Place] = (), patience: aiohttp.ClientTimeout = _PATIENCE):
        """``allow`` lists who may be at any address and port."""
        self._allow, self._patience = allow, patience
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def open(self, address: str) -> AsyncIterator[Body]:
        """Begin to read; entering raises ``MediaRefused``."""
        response = await self._follow(addresses.web_address(address))
        try:
            yield Body(response)
        finally:
            response.close()

    async def close(self) -> None:
        """Break off what is being read."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _follow(self, url: URL) -> aiohttp.ClientResponse:
        for _ in range(_REDIRECTS + 1):
            response = await self._ask(url)
            if response.status not in _MOVED:
                return _checked(response)
            location = response.headers.get("Location", "")
            response.close()
            url = _joined(url, location)
        raise MediaRefused("the web server sends the bridge from one place to the next")

    async def _ask(self, url: URL) -> aiohttp.ClientResponse:
        trusted = addresses.listed(url, self._allow)
        if not trusted:
            addresses.check_port(url)
        try:
            return await self._session(trusted).get(url, allow_redirects=False)
        except TimeoutError:
            raise MediaRefused("the web server does not answer", lasting=False) from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Private):
                raise MediaRefused("the bridge does not open private addresses") from None
            raise MediaRefused("the web server cannot be reached", lasting=False) from None
        except aiohttp.InvalidURL:
            raise MediaRefused("that is no web address") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise MediaRefused("the web server answers nonsense", lasting=False) from None

    def _session(self, trusted: bool) -> aiohttp.ClientSession:
        if trusted not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=_AT_ONCE,
                force_close=True,
                happy_eyeballs_delay=None,
                socket_factory=_any_socket if trusted else _public_socket,
            )
            self._sessions[trusted] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                timeout=self._patience,
                auto_decompress=False,  # a small body must not become a large one
                trust_env=False,
            )
        return self._sessions[trusted]


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Make the socket that is about to be connected to this address. Looking at it here leaves no
    room for names that change what they mean, nor for odd spellings of numbers."""
    if not addresses.public(info[4][0]):
        raise _Private("private address")
    return _any_socket(info)


def _any_socket(info: tuple[Any, ...]) -> socket.socket:
    return socket.socket(family=info[0], type=info[1], proto=info[2])


def _joined(url: URL, location: str) -> URL:
    try:
        return addresses.web_address(str(url.join(URL(location)))) if location else _nowhere()
    except ValueError:
        return _nowhere()


def _nowhere() -> URL:
    raise MediaRefused("the web server sends the bridge nowhere")


def _checked(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    if response.status == 200 and response.headers.get("Content-Encoding", "identity") in (
        "identity",
        "",
    ):
        return response
    status = response.status
    response.close()
    if status == 200:
        raise MediaRefused("the web server packs the file in a way that the bridge does not open")
    if status in _GONE:
        raise MediaRefused(f"the web server does not give the file (it answers {status})")
    raise MediaRefused(f"the web server answers {status}", lasting=False)
