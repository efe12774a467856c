"""Getting the listener into a room and back in whenever it falls out, and saying how it stands."""

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING

from bridge.model import RoomStatus, Unavailable
from protocols.xmpp import address, disco
from protocols.xmpp.component import Failed
from protocols.xmpp.decode import Failure, MucPresence
from protocols.xmpp.muc.occupants import (
    BANNED,
    KICKED,
    LOST,
    MEMBERS_ONLY,
    RENAMED,
    SHUTDOWN,
    UNAFFILIATED,
)

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room

log = logging.getLogger(__name__)

SELF, CREATED = 110, 201
DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between attempts to enter; the last one is repeated."""
KICKED_SECONDS = 60.0
"""A moderator who put us out means it, at least for a while."""
REFUSED_SECONDS = 600.0
"""Between attempts where only a person can open the door."""
HISTORY_SECONDS = 10.0
"""How long the join history may take until the subject that ends it."""

_OWNER = "http://jabber.org/protocol/muc#owner"
_UNREACHABLE = frozenset({"remote-server-not-found", "remote-server-timeout"})
_REFUSALS = {
    "forbidden": "we are banned from {room}: unban {jid}",
    "registration-required": "{room} is for members only: make {jid} a member",
    "not-authorized": "{room} wants a password: link it again with the right one",
    "not-allowed": "{room} does not exist and we may not create it: create it first",
    "not-acceptable": "{room} only takes registered nicks: give {jid} the nick {nick}",
    "item-not-found": "{room} does not exist, or is locked until its owner configures it",
    "gone": "{room} is gone",
}


class Out(Exception):
    """We are not in the room, for this reason."""

    def __init__(self, words: str, refused: bool = False, delay: float = 0.0):
        super().__init__(words)
        self.refused = refused
        self.delay = delay


class Entrance:
    """The listener's way into one room. ``stay`` is its whole life."""

    def __init__(self, room: "Room"):
        self.nick = room.wire.config.nick
        self.inside = False
        """We have our self-presence: what comes now is the room's history, then the room."""
        self.live = False
        """The history is over."""
        self.role = ""
        self.occupant_id = ""
        self._room = room
        self._out: asyncio.Future[None] | None = None
        self._entered: asyncio.Future[MucPresence] | None = None
        self._caught_up = asyncio.Event()
        self._again = asyncio.Event()
        self._destroyed = False
        self._status: RoomStatus | None = None

    # --- the loop --------------------------------------------------------------------------------

    async def stay(self) -> None:
        """Enter the room, and enter it again whenever we are out, until cancelled."""
        failures = 0
        while True:
            await self._room.wire.connected.wait()
            self._out = asyncio.get_running_loop().create_future()
            try:
                await self._enter()
                failures = 0
                await self._out
            except Out as out:
                reason = out
            except Unavailable as error:
                reason = Out(str(error))
            except Exception as error:
                log.exception("entering %s failed", self._room.ref)
                reason = Out(f"the bridge failed: {error!r}")
            self._leave_state(reason)
            delay = max(reason.delay, DELAYS[min(failures, len(DELAYS) - 1)])
            failures += 1
            await self._pause(delay * random.uniform(0.8, 1.2))

    async def _pause(self, seconds: float) -> None:
        self._again.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()

    def try_again(self) -> None:
        """Something has changed that may open the door: do not wait any longer."""
        self._again.set()

    def lose(self, words: str, refused: bool = False, delay: float = 0.0) -> None:
        """We are out of the room, or cannot know any more that we are in."""
        out = Out(words, refused, delay)
        for waiting in (self._entered, self._out):
            if waiting is not None and not waiting.done():
                waiting.set_exception(out)
                waiting.exception()
        self._caught_up.set()
        if self.inside:
            self._leave_state(out)

    def close(self) -> None:
        """Forget that we are in; nobody is told."""
        self.inside = self.live = False

    def _leave_state(self, out: Out) -> None:
        self.inside = self.live = False
        self._room.fell_silent(str(out))
        self._observe(RoomStatus(self._room.ref, False, str(out), out.refused))

    def _observe(self, status: RoomStatus) -> None:
        if status != self._status:
            self._status = status
            log.info("%s: %s", status.room, status.detail or "in the room")
            self._room.wire.host.observe(status)

    # --- entering --------------------------------------------------------------------------------

    async def _enter(self) -> None:
        room = self._room
        await room.prepare()
        async with room.wire.door(room.ref.id):
            exists = await self.look()
            if self._destroyed and not exists:
                raise Out(f"{room.ref.id} was destroyed", refused=True, delay=REFUSED_SECONDS)
            presence = await self._ask_for_nicks()
            if CREATED in presence.codes:
                await self._unlock()
            if not exists:
                await self.look()
            await self._catch_up()
        self._destroyed = False
        room.entered()
        self._observe(RoomStatus(room.ref, True))

    async def look(self) -> bool:
        """Learn what the room can do; tell whether it exists."""
        room = self._room
        try:
            answer = await room.wire.component.ask("get", room.listener, room.ref.id, disco.INFO)
        except Failed as error:
            if error.failure.condition in _UNREACHABLE:
                raise Out(
                    f"the server of {room.ref.id} cannot be reached: {error.failure}"
                ) from None
            room.learn(frozenset())
            return error.failure.condition not in ("item-not-found", "gone")
        room.learn_from(answer)
        return True

    async def look_again(self) -> None:
        """The room says that something about it has changed."""
        try:
            await self.look()
        except (Out, Unavailable) as error:
            log.info("%s", error)

    async def _ask_for_nicks(self) -> MucPresence:
        room = self._room
        room.occupants.clear()
        for nick in address.nicks(room.wire.config.nick, lambda _: False):
            self.nick = nick
            self.inside = self.live = False
            self._caught_up.clear()
            self._entered = asyncio.get_running_loop().create_future()
            room.wire.post(room.joining(nick))
            try:
                async with asyncio.timeout(room.wire.config.patience):
                    presence = await self._entered
            except TimeoutError:
                raise Out(f"{room.ref.id} does not answer") from None
            if presence.failure is None:
                return presence
            if presence.failure.condition != "conflict":
                raise self._refusal(presence.failure)
        raise Out(f"no nick is free in {room.ref.id}", refused=True, delay=REFUSED_SECONDS)

    def _refusal(self, failure: Failure) -> Out:
        room = self._room
        words = _REFUSALS.get(failure.condition, "{room} does not let us in: {failure}").format(
            room=room.ref.id,
            jid=address.bare(room.listener),
            nick=self.nick,
            failure=failure,
        )
        if failure.condition in _REFUSALS:
            return Out(words, refused=True, delay=REFUSED_SECONDS)
        return Out(words)

    async def _unlock(self) -> None:
        """Accept the service's defaults for a room that we have just created (XEP-0045 §10.1.2)."""
        form = f"<query xmlns='{_OWNER}'><x xmlns='jabber:x:data' type='submit'/></query>"
        room = self._room
        try:
            await room.wire.component.ask("set", room.listener, room.ref.id, form)
        except Failed as error:
            log.warning("%s was created but cannot be unlocked: %s", room.ref, error)

    async def _catch_up(self) -> None:
        try:
            async with asyncio.timeout(HISTORY_SECONDS):
                await self._caught_up.wait()
        except TimeoutError:
            log.info("%s sent no subject", self._room.ref)
            self.live = True
        if self._out and self._out.done():
            await self._out

    # --- what the room says ----------------------------------------------------------------------

    def caught_up(self) -> None:
        """The subject came: history is over."""
        self.live = True
        self._caught_up.set()

    def heard(self, presence: MucPresence) -> None:
        """Take in a presence about the listener itself."""
        if presence.kind == "error":
            if self._entered and not self._entered.done():
                self._entered.set_result(presence)
        elif presence.kind == "available":
            self._available(presence)
        elif RENAMED in presence.codes and presence.new_nick:
            self.nick = presence.new_nick
        elif self.inside:
            self._put_out(presence)

    def _available(self, presence: MucPresence) -> None:
        self.nick, self.role = presence.nick, presence.role
        self.occupant_id = presence.occupant_id or self.occupant_id
        if self.inside:
            return
        self.inside = True
        if self._entered and not self._entered.done():
            self._entered.set_result(presence)

    def _put_out(self, presence: MucPresence) -> None:
        room, codes = self._room.ref.id, presence.codes
        why = f": {presence.reason}" if presence.reason else ""
        by = f" by {presence.actor}" if presence.actor else ""
        if presence.destroyed:
            self._destroyed = True
            self.lose(f"{room} was destroyed{why}", refused=True, delay=REFUSED_SECONDS)
        elif BANNED in codes:
            jid = address.bare(self._room.listener)
            self.lose(f"banned from {room}{by}{why}; unban {jid}", True, REFUSED_SECONDS)
        elif codes & {UNAFFILIATED, MEMBERS_ONLY}:
            jid = address.bare(self._room.listener)
            self.lose(f"{room} is for members only now: make {jid} a member", True, REFUSED_SECONDS)
        elif SHUTDOWN in codes:
            self.lose(f"the service of {room} is shutting down")
        elif KICKED in codes and LOST not in codes:
            self.lose(f"kicked out of {room}{by}{why}", delay=KICKED_SECONDS)
        else:
            self.lose(f"fell out of {room}{why}")
