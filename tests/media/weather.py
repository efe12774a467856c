"""A web server as bad as they come, on this machine, for tests of who opens what it offers."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.servers.ports import reserve

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
TEN_GB = 10 * 10**9


class Storm:
    """Remembers who asked for what, and how much it has sent of the endless."""

    def __init__(self) -> None:
        self.port = reserve()
        self.asked: list[web.Request] = []
        self.sent = 0
        self.stopped = asyncio.Event()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        path = request.match_info["path"]
        if path.startswith("to/"):
            raise web.HTTPFound(request.query["url"])
        if path.startswith("round/"):
            raise web.HTTPFound(f"/round/{int(path[6:]) + 1}")
        if path == "huge":
            return await self._flood(request, {"Content-Length": str(TEN_GB)})
        if path == "large":
            return await self._large(request)
        if path == "endless":
            return await self._flood(request, {})
        if path == "gone":
            raise web.HTTPNotFound
        if path == "broken":
            raise web.HTTPBadGateway
        if path == "nowhere":
            return web.Response(status=302)
        if path == "silent":
            await asyncio.sleep(3600)
        if path == "slow":
            return await self._drip(request)
        if path == "short":
            return await self._break_off(request)
        if path == "bomb":
            body = gzip.compress(bytes(10**7))
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        if path == "page.png":
            return web.Response(text="<html>hi</html>", content_type="image/png")
        response = web.Response(body=PNG, content_type="text/html")
        response.set_cookie("who", "you")
        return response

    async def _flood(self, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1 << 16))
                self.sent += 1 << 16
        finally:
            self.stopped.set()

    async def _large(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100000000"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(bytes(100_000))
        return response

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.01)
        finally:
            self.stopped.set()

    async def _break_off(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000000"})
        await response.prepare(request)
        await response.write(PNG)
        assert request.transport
        request.transport.abort()
        return response


@asynccontextmanager
async def storm() -> AsyncIterator[Storm]:
    """Let it rage."""
    found = Storm()
    application = web.Application()
    application.router.add_get("/{path:.*}", found.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    for host in ("127.0.0.1", "::1"):
        await web.TCPSite(runner, host, found.port).start()
    try:
        yield found
    finally:
        await runner.cleanup()
