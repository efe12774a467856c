"""What the parts of one Matrix network share."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bridge.model import Host, NetworkStatus, RoomRef, UserRef
from protocols.matrix.address import Ghosts
from protocols.matrix.client import Homeserver
from protocols.matrix.config import MatrixConfig
from protocols.matrix.puppets import Puppets
from protocols.matrix.repository import Repository
from protocols.matrix.rooms import Rooms
from protocols.matrix.uploads import Uploads

log = logging.getLogger(__name__)


class Site:
    """One homeserver while we run: the way to it, and what we know of it."""

    def __init__(self, name: str, config: MatrixConfig, host: Host, ghosts: Ghosts, rooms: Rooms):
        self.name = name
        self.config = config
        self.host = host
        self.ghosts = ghosts
        self.rooms = rooms
        self.bot = config.bot
        token = config.as_token.get_secret_value()
        self.homeserver = Homeserver(config.url, token)
        self.repository = Repository(config.url, token)
        self.uploads = Uploads(self.repository, self.homeserver, host.state, host.media)
        self.puppets = Puppets(self.homeserver, host.state, ghosts, host.observe)
        self.up = False
        self.detail = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def ref(self, room_id: str) -> RoomRef:
        """Name a room of this homeserver."""
        return RoomRef(self.name, room_id)

    def ours(self, mxid: str) -> bool:
        """Tell whether this is the bot or a ghost of ours."""
        return mxid == self.bot or self.ghosts.owns(mxid)

    def known(self, mxid: str) -> UserRef | None:
        """Tell who is behind an MXID: nobody to speak of if it is the bot."""
        if self.ghosts.owns(mxid):
            return self.puppets.person(mxid)
        return None if mxid == self.bot else UserRef(self.name, mxid)

    def status(self, up: bool, detail: str = "") -> None:
        """Say whether the homeserver can be used."""
        self.up, self.detail = up, detail
        self.host.observe(NetworkStatus(self.name, up, detail))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside; if it fails it is logged."""
        task = asyncio.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop everything that was begun."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.repository.close()
        await self.homeserver.close()


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("something went wrong on the side")
