"""The one web application of the daemon: its own pages, and whatever the networks mount."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bridge.config.settings import Http
from bridge.web import layout
from bridge.web.health import Health
from bridge.web.media import FilePages
from bridge.web.metrics import Metrics
from bridge.web.texts import TextPages

log = logging.getLogger(__name__)

Handler = Callable[[Any], Awaitable[Any]]

LARGEST_REQUEST = 64 << 20
"""A homeserver's transaction of 100 full events with state is far above aiohttp's 1 MiB, and it is
sent again for ever if it is refused for its size."""


class Application:
    """Serves HTTP; it is the ``Routes`` that networks see."""

    def __init__(
        self, http: Http, health: Health, metrics: Metrics, texts: TextPages, files: FilePages
    ):
        self._listen = http.listen
        self._app = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[_last_resort])
        self._app.on_response_prepare.append(_sign)
        self._mounted: dict[tuple[str, str], Handler] = {}
        self._runner: web.AppRunner | None = None
        self.add("GET", "/", health.person)
        self.add("GET", "/healthz", health.machine)
        self.add("GET", "/metrics", metrics)
        self.add("GET", "/t/{token}", texts)
        self.add("GET", "/m/{token}/{name}", files)

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Mount a handler. A network that runs anew may mount its routes again at any time; new
        ones can be mounted only until ``start``."""
        mounted = (method, path) in self._mounted
        if not mounted and self._runner is not None:
            raise RuntimeError(f"{method} {path} is mounted too late")
        self._mounted[method, path] = handler
        if not mounted:
            # Monitors and makers of link previews ask for the head alone.
            for verb in ("GET", "HEAD") if method == "GET" else (method,):
                self._app.router.add_route(verb, path, self._current(method, path))

    def _current(self, method: str, path: str) -> Callable[[web.Request], Awaitable[Any]]:
        async def answer(request: web.Request) -> Any:
            return await self._mounted[method, path](request)

        return answer

    async def start(self) -> int:
        """Begin to serve; returns the port. Raises ``OSError`` if the address is not free."""
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self._listen.host, self._listen.port).start()
        port: int = runner.addresses[0][1]
        log.info("web server on %s port %d", self._listen.host, port)
        return port

    async def stop(self) -> None:
        """Serve no more; requests being answered get two seconds."""
        if self._runner is not None:
            await self._runner.cleanup()


@web.middleware
async def _last_resort(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors without telling their cause to strangers."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a web request failed: %s %s", request.method, request.path)
        return layout.notice("Something went wrong", "The daemon's log tells what.", 500)


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "Tercet"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
