"""A web server with a picture that everybody may have."""

from aiohttp import web

from tests.cases.wire import picture
from tests.servers import ports


class Site:
    """See ``picture``."""

    def __init__(self) -> None:
        self.host = f"127.0.0.1:{ports.reserve()}"
        self.picture = f"http://{self.host}/cat.png"
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/cat.png", self._give)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        name, _, port = self.host.partition(":")
        await web.TCPSite(self._runner, name, int(port)).start()

    async def close(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _give(self, _: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")
