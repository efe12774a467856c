"""The web application for tests, on a real port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bridge.config.settings import Address, Http
from bridge.media.files import Files
from bridge.model import File
from bridge.web.application import Application
from bridge.web.health import Health
from bridge.web.links import FileLinks, TextLinks
from bridge.web.media import FilePages
from bridge.web.metrics import Metrics
from bridge.web.pages import Page
from bridge.web.texts import TextPages
from tests.admin.office import Office
from tests.servers.ports import reserve


class Shelf:
    """Texts in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}

    async def page(self, key: str) -> Page | None:
        return self.pages.get(key)


class NoFiles:
    """An archive without any."""

    async def file(self, event: int, number: int) -> File | None:
        return None


def application(
    office: Office,
    shelf: Shelf | None = None,
    *,
    trusted: tuple[str, ...] = ("127.0.0.1",),
    files: FilePages | None = None,
) -> tuple[Application, TextLinks]:
    http = Http.model_validate({"listen": f"127.0.0.1:{reserve()}", "trusted": trusted})
    links = TextLinks("a secret", http.url, http.links_expire)
    signing = FileLinks("a secret", http.url, http.links_expire)
    pages = TextPages(links, shelf or Shelf())
    health, metrics = Health(office.status, http.trusted), Metrics(office.status, http.trusted)
    files = files or FilePages(signing, NoFiles(), Files({}))
    return Application(http, health, metrics, pages, files), links


@asynccontextmanager
async def serving(app: Application) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve, and give a client whose paths lead there."""
    port = await app.start()
    try:
        address = Address("127.0.0.1", port)
        async with aiohttp.ClientSession(f"http://{address}") as client:
            yield client
    finally:
        await app.stop()
