"""A reverse proxy in front of a homeserver that counts what is asked of it."""

from collections import Counter

import aiohttp
from aiohttp import web

from tests.servers import ports

_HOP = {"transfer-encoding", "content-length", "content-encoding", "connection", "host"}


class CountingProxy:
    """Passes requests on; ``async with`` it. ``url`` is what to configure instead."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: Counter[str] = Counter()
        """By method and the end of the path's pattern: ``POST register``, ``PUT send``."""

    async def __aenter__(self) -> "CountingProxy":
        self._session = aiohttp.ClientSession(auto_decompress=False)
        application = web.Application(client_max_size=2**26)
        application.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    @property
    def total(self) -> int:
        """All requests so far."""
        return self.requests.total()

    async def _pass(self, request: web.Request) -> web.Response:
        self.requests[f"{request.method} {kind(request.path)}"] += 1
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        url = f"{self.target}{request.raw_path}"
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read()
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)


def kind(path: str) -> str:
    """Name what a client-server path is about, without its ids: ``join``, ``send``, ``profile``."""
    words = [word for word in path.split("/") if word]
    if "rooms" in words and words.index("rooms") + 2 < len(words):
        return words[words.index("rooms") + 2]
    return words[3] if len(words) > 3 else words[-1] if words else ""
