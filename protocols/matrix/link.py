"""Whether the homeserver is there and hears us: found out, told, and tried again until it is."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from mautrix.errors import MatrixRequestError

from bridge.model import Unavailable
from protocols.matrix.client import error_code, segment, words
from protocols.matrix.site import Site
from protocols.matrix.visits import Visits

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_LONGEST_PING_PAUSE = 60.0
_PATIENCE = 10.0
"""Seconds a homeserver may take to say who we are."""
_LOOK_EVERY = 10.0
"""Seconds between two looks at a homeserver of which nothing is wanted."""
_DOORS_EVERY = 12
"""Looks between two attempts to enter rooms that would not let us in."""


class Link:
    """Keeps the homeserver usable, for as long as it runs."""

    def __init__(self, site: Site, visits: Visits, catch_up: Callable[[], Awaitable[None]]):
        self._site = site
        self._visits = visits
        self._catch_up = catch_up
        self._ping: asyncio.Task[None] | None = None

    async def hold(self, opened: asyncio.Event) -> None:
        """Connect, open the rooms, watch; begin anew when the homeserver goes away. ``opened`` is
        set while the rooms are known and what was missed has been read: what is pushed waits."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._connect()
            except (Unavailable, MatrixRequestError) as error:
                self._down(str(error))
                await asyncio.sleep(pause * random.uniform(0.7, 1.3))
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            await self._visits.open_all()
            await self._catch_up()
            opened.set()
            self._ping = asyncio.create_task(self._be_heard())
            try:
                await self._watch(opened)
            finally:
                opened.clear()
                self._ping.cancel()

    async def _connect(self) -> None:
        homeserver, site = self._site.homeserver, self._site
        await self._look()
        await site.puppets.bot(site.bot, site.config.display_name)
        homeserver.trouble.clear()
        site.status(True)
        log.info("%s: connected to %s", site.name, site.config.url)

    async def _look(self) -> None:
        """See whether the homeserver is there and knows us."""
        homeserver, bot = self._site.homeserver, self._site.bot
        answer = await homeserver.call("GET", "/v3/account/whoami", wait=0, limit=_PATIENCE)
        if (me := answer.get("user_id")) != bot:
            raise Unavailable(f"as_token belongs to {me}, not to {bot}: check the config")

    def _down(self, why: str) -> None:
        if self._site.up or self._site.detail != why:
            log.warning("%s: %s", self._site.name, why)
            self._site.status(False, why)
        for room in self._site.rooms:
            if room.up:
                self._visits.closed(room, why)

    async def _watch(self, opened: asyncio.Event) -> None:
        """Return when the homeserver is down. One that only faltered may have been restarted, and
        Synapse then forgets what it had not pushed yet: that is read from the rooms."""
        looks = 0
        while True:
            faltered = True
            try:
                # Not wait_for, which in Python 3.11 swallows a cancellation now and then.
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._site.homeserver.trouble.wait()
            except TimeoutError:
                looks, faltered = looks + 1, False
            self._site.homeserver.trouble.clear()
            try:
                await self._look()
            except (Unavailable, MatrixRequestError) as error:
                self._down(str(error))
                return
            if looks >= _DOORS_EVERY:
                looks = 0
                await self._visits.open_all()
            elif faltered:
                opened.clear()
                await self._catch_up()
                opened.set()
                await asyncio.sleep(_FIRST_PAUSE)  # one look for a burst of failures

    async def _be_heard(self) -> None:
        """Ping ourselves through the homeserver (MSC2659): one that has waited for us sends at once
        what we missed, instead of some minutes later."""
        site, pause = self._site, _FIRST_PAUSE
        path = f"/v1/appservice/{segment(site.config.id)}/ping"
        while True:
            try:
                await site.homeserver.call("POST", path, {"transaction_id": site.config.id})
            except (Unavailable, MatrixRequestError) as error:
                code = error_code(error) if isinstance(error, MatrixRequestError) else ""
                if code == "M_UNRECOGNIZED":
                    return
                site.status(True, unheard(site.config.address, error))
            else:
                if site.detail:
                    site.status(True)
                return
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(pause * 2, _LONGEST_PING_PAUSE)


def unheard(address: str, error: Exception) -> str:
    """Say that the homeserver cannot reach us, and what to look at."""
    why = words(error) if isinstance(error, MatrixRequestError) else str(error)
    return f"the homeserver cannot reach us; its registration should say url: {address} ({why})"
