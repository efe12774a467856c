"""Ghosts that come and go without speaking: drawn together, and slowly, since each join costs a
homeserver tens of milliseconds."""

import asyncio
import logging

from mautrix.errors import MatrixRequestError

from bridge.model import Presence, Unavailable, UserRef
from protocols.matrix.puppets import RENAME_AFTER, shown_name
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site

log = logging.getLogger(__name__)

_PAUSE = 0.1
_MOST = 20_000


class Presences:
    """Brings rooms to what was last shown of each person."""

    def __init__(self, site: Site):
        self._site = site
        self._wanted: dict[tuple[str, UserRef], Presence] = {}
        self._some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._wanted)

    def show(self, presence: Presence) -> None:
        """Want a person to be seen in a room, or no longer. The latest wish wins."""
        key = (presence.room.id, presence.account.user)
        self._wanted.pop(key, None)
        self._wanted[key] = presence
        if len(self._wanted) > _MOST:
            self._wanted.pop(next(iter(self._wanted)))
        self._some.set()

    async def run(self) -> None:
        """Carry wishes out, one after the other."""
        while True:
            await self._some.wait()
            if not self._wanted:
                self._some.clear()
                continue
            presence = self._wanted.pop(next(iter(self._wanted)))
            room = self._site.rooms.get(presence.room.id)
            if room is None or not room.up or not self._changes(room, presence):
                continue
            try:
                await self._carry_out(room, presence)
            except Unavailable:
                self._wanted.setdefault((room.id, presence.account.user), presence)
            except MatrixRequestError as error:
                log.warning("%s: %s: %s", room.ref, presence.account.user, error)
            await asyncio.sleep(_PAUSE)

    def _again(self, presence: Presence) -> None:
        """Want what was not to be had, unless something else is wanted since."""
        if (presence.room.id, presence.account.user) not in self._wanted:
            self.show(presence)

    def _changes(self, room: Room, presence: Presence) -> bool:
        name = room.ghosts.get(self._site.ghosts.mxid(presence.account.user))
        if not presence.present:
            return name is not None
        return room.policy.puppets != "off" and name != shown_name(presence.account)

    async def _carry_out(self, room: Room, presence: Presence) -> None:
        if presence.present:
            await self._site.puppets.enter(room, presence.account)
            if self._changes(room, presence):  # a ghost may not take names one after the other
                loop = asyncio.get_running_loop()
                loop.call_later(RENAME_AFTER, self._again, presence)
        else:
            await self._site.puppets.exit(room, presence.account.user, presence.reason)
