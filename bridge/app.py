"""The composition root: makes the parts, joins them, runs them, and takes them down in order."""

import asyncio
import gc
import logging
import os
import secrets
import signal
import socket

from bridge import __version__
from bridge.admin.control import Control
from bridge.admin.desk import Desk
from bridge.config import Config
from bridge.config.settings import Media
from bridge.core.wording.catalogue import load
from bridge.core.words import Words
from bridge.engine.bridge import Bridge
from bridge.engine.context import Limits
from bridge.media.files import Rules
from bridge.store import Store
from bridge.store.state import State
from bridge.web.application import Application
from bridge.web.health import Health
from bridge.web.links import FileLinks, TextLinks
from bridge.web.media import FilePages
from bridge.web.metrics import Metrics
from bridge.web.stored import StoredFiles, StoredTexts
from bridge.web.texts import TextPages

log = logging.getLogger(__name__)

_REFRESH = 10.0


async def run(config: Config) -> None:
    """Run the daemon until SIGTERM or SIGINT.

    Raises ``DatabaseRefused``, ``AlreadyRunning``, or ``OSError`` if a port or path is not free.
    """
    collect_seldom()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    store = await Store.open(config.database)
    try:
        signing = (await _secret(store), config.http.url, config.http.links_expire)
        texts, files = TextLinks(*signing), FileLinks(*signing)
        networks = [section.build() for section in config.networks.values()]
        limits = Limits(backlog_lines=config.backlog.lines, backlog_age=config.backlog.age)
        words = Words(load(config.language, config.words))
        bridge = await Bridge.open(
            store,
            networks,
            limits=limits,
            link=texts.url,
            words=words,
            offer=files.offer,
            media=_rules(config.media),
        )
        desk, trusted = Desk(bridge), config.http.trusted
        web = Application(
            config.http,
            Health(desk.status, trusted),
            Metrics(desk.status, trusted),
            TextPages(texts, StoredTexts(store, files.offer, words)),
            FilePages(files, StoredFiles(store), bridge.files),
        )
        await _serve(config, bridge, desk, web, stop)
    finally:
        await store.close()


def collect_seldom() -> None:
    """Have Python look for cycles less often: what we keep in memory is large and has none, and by
    default it is walked so often that a third of a message's cost is that."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _serve(
    config: Config, bridge: Bridge, desk: Desk, web: Application, stop: asyncio.Event
) -> None:
    control = Control(config.socket, desk)
    refreshing = asyncio.create_task(_refresh(desk))
    try:
        bridge.start(web)
        await asyncio.sleep(0)  # the networks mount their routes in their first step
        await web.start()
        await control.start()
        log.info("Tercet %s is ready: %d portals", __version__, len(bridge.portals))
        _tell_systemd("READY=1")
        await stop.wait()
        log.info("stopping")
    finally:
        _tell_systemd("STOPPING=1")
        refreshing.cancel()
        await control.stop()
        await bridge.close()
        await web.stop()


def _rules(media: Media) -> Rules:
    allow = frozenset((host, port) for host, port in media.fetch.allow)
    return Rules(max_size=media.max_size, allow=allow, links=media.fetch.links)


async def _secret(store: Store) -> str:
    facts = State("web", store.journal, store.reader)
    secret = await facts.get("secret")
    if secret is None:
        secret = secrets.token_urlsafe(32)
        await facts.put("secret", secret)
    return secret


async def _refresh(desk: Desk) -> None:
    while True:
        try:
            await desk.refresh()
        except Exception:
            log.exception("the status could not be brought up to date")
        await asyncio.sleep(_REFRESH)


def _tell_systemd(message: str) -> None:
    """Tell the service manager, if there is one (sd_notify(3))."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect("\0" + path[1:] if path.startswith("@") else path)
            notify.send(message.encode())
