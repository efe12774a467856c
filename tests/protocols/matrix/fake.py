"""A homeserver that misbehaves on command. Only for what a real one will not do when asked to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.servers import ports

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def error(status: int, code: str, text: str = "no", **headers: str) -> web.Response:
    """Make a refusal as the specification has it."""
    body = {"errcode": code, "error": text}
    return web.json_response(body, status=status, headers=headers)


class Fake:
    """Answers with what ``script`` holds for a path's end, then as a willing homeserver."""

    def __init__(self) -> None:
        self.port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name, self.sender = "hs", "@tercet:hs"
        self.as_token, self.hs_token = "our-token", "their-token"
        self.as_port = ports.reserve()
        self.script: list[tuple[str, web.Response | Exception]] = []
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.room_state: dict[str, dict[str, Any]] = {}
        self.chunk: list[dict[str, Any]] = []

    def next(self, part: str, *answers: web.Response | Exception) -> None:
        """Answer requests whose path holds ``part`` like this, one after the other."""
        self.script += [(part, answer) for answer in answers]

    def asked(self, part: str) -> list[tuple[str, str, dict[str, str], Any]]:
        """Return the requests whose path holds ``part``."""
        return [request for request in self.seen if part in request[1]]

    async def push(self, number: int, *events: dict[str, Any], **more: Any) -> int:
        """Push a transaction to the application service."""
        url = f"http://127.0.0.1:{self.as_port}/_matrix/app/v1/transactions/{number}"
        headers = {"Authorization": f"Bearer {self.hs_token}"}
        body = {"events": events, **more}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.put(url, json=body) as answer,
        ):
            return answer.status

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.path
        self.seen.append((request.method, path, dict(request.query), body))
        for place, (part, scripted) in enumerate(self.script):
            if part in path:
                del self.script[place]
                if isinstance(scripted, Exception):
                    assert request.transport is not None
                    request.transport.close()
                    await asyncio.sleep(0)
                    return web.Response()
                return scripted
        return self._willing(request.method, path)

    def _willing(self, method: str, path: str) -> web.Response:
        if path.endswith("/whoami"):
            return web.json_response({"user_id": "@tercet:hs"})
        if path.endswith("/joined_members"):
            return web.json_response({"joined": {"@tercet:hs": {}, "@alice:hs": {}}})
        if (
            method == "GET"
            and "/state/" in path
            and path.partition("/state/")[2] not in self.room_state
        ):
            if "/m.room.create" in path:
                return web.json_response({"content": {}})
            return error(404, "M_NOT_FOUND")
        if "/messages" in path:
            return web.json_response({"chunk": self.chunk, "end": "t1"})
        return web.json_response({"event_id": f"${len(self.seen)}"})


@asynccontextmanager
async def misbehaving() -> AsyncIterator[Fake]:
    """Run a homeserver that misbehaves."""
    fake = Fake()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", fake.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", fake.port).start()
    try:
        yield fake
    finally:
        await runner.cleanup()
