"""Getting into rooms and out of them: joins, invitations, refusals, farewells."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from mautrix.errors import MatrixRequestError, MForbidden, MNotFound

from bridge.model import PuppetNamed, RoomStatus, Roster, Unavailable
from protocols.matrix import encode
from protocols.matrix.client import segment, words
from protocols.matrix.decode import Membership
from protocols.matrix.rooms import Room, look
from protocols.matrix.site import Site

log = logging.getLogger(__name__)

_ENCRYPTED = "the room is encrypted, and the bridge cannot read encrypted messages"
_NOT_LINKED = "This room is not linked. An admin of the bridge links it, then invite me again."
_NO_CHATS = "One cannot write to people of other networks in private yet."
_BRIDGE_STATE = ("m.bridge", "uk.half-shot.bridge")
_AT_ONCE = 8


class Visits:
    """Keeps the bot in the rooms it should be in, and says what keeps it out."""

    def __init__(self, site: Site):
        self._site = site
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def open_all(self) -> None:
        """Enter every room that is not open, and would not refuse us again."""
        await asyncio.gather(
            *(self.open(room) for room in self._site.rooms if not room.up and not room.refused)
        )

    async def open(self, room: Room) -> None:
        """Enter a room and tell what it is like, or why we are not in it."""
        async with room.opening, self._few:
            if room.up or self._site.rooms.get(room.id) is not room:
                return
            try:
                await self._enter(room)
            except (MForbidden, MNotFound) as error:
                await self._shut_out(room, error)
            except MatrixRequestError as error:
                self.closed(room, f"cannot join: {words(error)}")
            except Unavailable as error:
                self.closed(room, str(error))

    def closed(self, room: Room, detail: str, refused: bool = False) -> None:
        """Note and tell that a room cannot be used."""
        room.up, room.detail, room.refused = False, detail, refused
        self._site.host.observe(RoomStatus(room.ref, up=False, detail=detail, refused=refused))

    def opened(self, room: Room) -> None:
        """Note and tell that a room can be used."""
        room.up, room.detail, room.refused = True, "", False
        self._site.host.observe(RoomStatus(room.ref, up=True))

    async def _enter(self, room: Room) -> None:
        site = self._site
        if room.known:  # the homeserver was away; what happened meanwhile it still pushes
            self.opened(room)
            return
        kept = await site.host.state.items(f"removed:{room.id}:")
        room.removed = {key.removeprefix(f"removed:{room.id}:") for key, _ in kept}
        if site.bot in room.removed:
            self.closed(room, f"{site.bot} was put out of the room; invite it again", refused=True)
            return
        try:
            await look(site.homeserver, room, site.ghosts, site.bot)
        except MForbidden:
            await self._join(room)
            await look(site.homeserver, room, site.ghosts, site.bot)
        if room.encrypted:
            await self.refuse(room)
            return
        if room.successor:
            self.replaced(room)
            return
        room.known = True
        site.host.observe(Roster(room.ref, tuple(room.members.values())))
        for mxid, name in room.ghosts.items():
            if user := site.puppets.person(mxid):
                site.host.observe(PuppetNamed(room.ref, user, name))
        self.opened(room)
        site.spawn(self._announce(room))

    async def _join(self, room: Room) -> None:
        servers = await self._site.host.state.get(f"via:{room.id}")
        tail = "".join(f"&server_name={segment(server)}" for server in (servers or "").split())
        path = f"/v3/join/{segment(room.id)}"
        await self._site.homeserver.call("POST", f"{path}?{tail[1:]}" if tail else path, {})

    async def _shut_out(self, room: Room, error: MatrixRequestError) -> None:
        bot = self._site.bot
        log.info("%s: cannot enter: %s", room.ref, words(error))
        self.closed(room, f"invite {bot} to the room, then it joins by itself ({words(error)})")

    async def refuse(self, room: Room) -> None:
        """Take no part in an encrypted room, and say so there, once (semantics.md 12.5)."""
        self.closed(room, _ENCRYPTED, refused=True)
        state = self._site.host.state
        if await state.get(f"refused:{room.id}") is None:
            await state.put(f"refused:{room.id}", "encrypted")
            text = "This room is encrypted, and I cannot read that. I take no part in it."
            await self.say(room, text)

    def replaced(self, room: Room) -> None:
        """Take no part in a room that was upgraded: nobody reads it any more."""
        why = f"the room was replaced by {room.successor}; link that one instead"
        self.closed(room, why, refused=True)

    async def say(self, room: Room, text: str) -> None:
        """Say something as the bot if that is possible, else forget it."""
        made = encode.read_part(encode.notice(text))
        try:
            path = f"{room.path}/send/m.room.message/{secrets.token_hex(16)}"
            await self._site.homeserver.call("PUT", path, bytes(made.content))
        except (MatrixRequestError, Unavailable) as error:
            log.warning("%s: could not say %r: %s", room.ref, text, error)

    async def invited(self, room_id: str, change: Membership) -> None:
        """Answer an invitation: accept it if the room is visited, else decline with a sentence."""
        site = self._site
        room = site.rooms.get(room_id)
        if room is None:
            why = _NOT_LINKED if change.mxid == site.bot else _NO_CHATS
            await self._decline(room_id, change.mxid, why)
            return
        await self.welcome(room, change.mxid)
        if change.mxid == site.bot:
            room.up, room.refused, room.known = False, False, False
            await self.open(room)

    async def _decline(self, room_id: str, mxid: str, why: str) -> None:
        spoken = {} if mxid == self._site.bot else {"user_id": mxid}
        path = f"/v3/rooms/{segment(room_id)}/leave"
        try:
            await self._site.homeserver.call("POST", path, {"reason": why}, spoken)
        except (MatrixRequestError, Unavailable) as error:
            log.info("could not decline the invitation to %s: %s", room_id, error)

    async def put_out(self, room: Room, mxid: str) -> None:
        """Remember that one of ours was put out, so that it does not come back by itself."""
        room.removed.add(mxid)
        await self._site.host.state.put(f"removed:{room.id}:{mxid}", "")

    async def welcome(self, room: Room, mxid: str) -> None:
        """Forget that one of ours was put out: somebody wants it back."""
        room.removed.discard(mxid)
        room.barred.pop(mxid, None)
        await self._site.host.state.delete(f"removed:{room.id}:{mxid}")

    async def _announce(self, room: Room) -> None:
        """Tell clients in state that this room is bridged (MSC2346)."""
        state = self._site.host.state
        if not room.may(self._site.bot, "m.bridge") or await state.get(f"bridge:{room.id}"):
            return
        content: dict[str, Any] = {
            "bridgebot": self._site.bot,
            "protocol": {"id": "tercet", "displayname": "Tercet"},
            "channel": {"id": room.id},
        }
        await state.put(f"bridge:{room.id}", "1")
        await self._tried(room, partial(self._put_bridge_state, room, content))

    async def _put_bridge_state(self, room: Room, content: dict[str, Any]) -> None:
        for kind in _BRIDGE_STATE:
            await self._site.homeserver.call("PUT", f"{room.path}/state/{kind}/tercet", content)

    async def leave(self, room: Room, farewell: str) -> None:
        """Say farewell, take everybody out, and leave nothing behind."""
        if room.up and farewell:
            await self.say(room, farewell)
        state = self._site.host.state
        steps: list[Callable[[], Awaitable[None]]] = [
            partial(self._leave_as, room, mxid) for mxid in list(room.ghosts)
        ]
        if await state.get(f"bridge:{room.id}"):
            steps.append(partial(self._put_bridge_state, room, {}))
        await asyncio.gather(*(self._tried(room, step) for step in steps))
        await self._tried(room, partial(self._leave_as, room, self._site.bot))
        for key, _ in await state.items(f"removed:{room.id}:"):
            await state.delete(key)
        for prefix in ("refused", "bridge", "via"):
            await state.delete(f"{prefix}:{room.id}")

    async def _leave_as(self, room: Room, mxid: str) -> None:
        spoken = {} if mxid == self._site.bot else {"user_id": mxid}
        await self._site.homeserver.call("POST", f"{room.path}/leave", {}, spoken)

    async def _tried(self, room: Room, step: Callable[[], Awaitable[None]]) -> None:
        async with self._few:
            try:
                await step()
            except (MatrixRequestError, Unavailable) as error:
                log.info("%s: %s", room.ref, error)
