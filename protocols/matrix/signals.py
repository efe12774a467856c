"""Typing and read marks, in both directions. All of it is lossy: the latest wins."""

import asyncio
import logging

from cachetools import TTLCache
from mautrix.errors import MatrixRequestError

from bridge.model import Account, ReadUpTo, RoomRef, Typing, Unavailable, UserRef
from protocols.matrix import ephemeral
from protocols.matrix.client import segment
from protocols.matrix.ephemeral import Receipt, Typists
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site

log = logging.getLogger(__name__)

_PAUSE = 0.05
_MOST = 5_000
_KEPT = 10_000
_LASTS = 30.0
"""Seconds after which typing ends without news."""
_FRESH = 10.0
"""Seconds for which it need not be repeated."""
_REPEAT = 20.0
"""Seconds between two reports of somebody who goes on typing: a homeserver tells only changes."""

Key = tuple[type[Typing | ReadUpTo], str, UserRef]


class Signals:
    """Tells of the people on Matrix, and lets ghosts do what their people do."""

    def __init__(self, site: Site):
        self._site = site
        self._typing: dict[str, dict[str, Account]] = {}
        self._wanted: dict[Key, Typing | ReadUpTo] = {}
        self._some = asyncio.Event()
        self._fresh: TTLCache[tuple[str, str], bool] = TTLCache(_KEPT, _FRESH)
        self._shown: TTLCache[tuple[str, str], bool] = TTLCache(_KEPT, _LASTS)

    # -- what people on Matrix do

    def hear(self, body: bytes) -> None:
        """Observe what a transaction tells beside its events."""
        for signal in ephemeral.read(body):
            room = self._site.rooms.get(signal.room_id)
            if room is None or not room.known or room.refused:
                continue
            if isinstance(signal, Typists):
                self._type(room, signal)
            else:
                self._read(room, signal)

    def _type(self, room: Room, signal: Typists) -> None:
        before = self._typing.pop(room.id, {})
        now = {mxid: room.members[mxid] for mxid in signal.mxids if mxid in room.members}
        if now:
            self._typing[room.id] = now
        for mxid, account in before.items():
            if mxid not in now:
                self._site.host.observe(Typing(room.ref, account, active=False))
        for mxid, account in now.items():
            if mxid not in before:
                self._site.host.observe(Typing(room.ref, account, active=True))

    def _read(self, room: Room, signal: Receipt) -> None:
        if account := room.members.get(signal.mxid):
            self._site.host.observe(ReadUpTo(room.ref, account, (signal.event_id,)))

    async def repeat(self) -> None:
        """Report again and again who goes on typing."""
        while True:
            await asyncio.sleep(_REPEAT)
            for room in self._site.rooms:
                for account in self._typing.get(room.id, {}).values():
                    self._site.host.observe(Typing(room.ref, account, active=True))

    # -- what people of other networks do

    def show(self, state: Typing | ReadUpTo) -> None:
        """Want a ghost to do this."""
        key = (type(state), state.room.id, state.account.user)
        self._wanted.pop(key, None)
        self._wanted[key] = state
        if len(self._wanted) > _MOST:
            self._wanted.pop(next(iter(self._wanted)))
        self._some.set()

    def spoke(self, room: RoomRef, account: Account) -> None:
        """Who has said something types no longer."""
        if (room.id, self._site.ghosts.mxid(account.user)) in self._shown:
            self.show(Typing(room, account, active=False))

    async def run(self) -> None:
        """Let ghosts do what is wanted, one after the other."""
        while True:
            await self._some.wait()
            if not self._wanted:
                self._some.clear()
                continue
            state = self._wanted.pop(next(iter(self._wanted)))
            room = self._site.rooms.get(state.room.id)
            mxid = self._site.ghosts.mxid(state.account.user)
            if room is None or not room.up or mxid not in room.ghosts:
                continue
            try:
                if isinstance(state, Typing):
                    await self._show_typing(room, mxid, state.active)
                else:
                    await self._mark_read(room, mxid, state.ids)
            except (MatrixRequestError, Unavailable) as error:
                log.debug("%s: %s: %s", room.ref, mxid, error)

    async def _show_typing(self, room: Room, mxid: str, active: bool) -> None:
        place = (room.id, mxid)
        if place in self._fresh if active else place not in self._shown:
            return
        body: dict[str, object] = {"typing": active}
        if active:
            body["timeout"] = int(_LASTS * 1000)
            self._fresh[place] = self._shown[place] = True
        else:
            self._fresh.pop(place, None)
            self._shown.pop(place, None)
        await self._ask("PUT", f"{room.path}/typing/{segment(mxid)}", body, mxid)

    async def _mark_read(self, room: Room, mxid: str, ids: tuple[str, ...]) -> None:
        """Send a receipt for the whole room, whatever its threads."""
        if ids:
            path = f"{room.path}/receipt/m.read/{segment(ids[0])}"
            await self._ask("POST", path, {}, mxid)

    async def _ask(self, method: str, path: str, body: dict[str, object], mxid: str) -> None:
        homeserver = self._site.homeserver
        await homeserver.call(method, path, body, {"user_id": mxid}, wait=0)
        await asyncio.sleep(_PAUSE)
