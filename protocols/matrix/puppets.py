"""Ghosts: the accounts on our homeserver by which people of other networks are seen."""

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

import msgspec
from cachetools import LRUCache, TTLCache
from mautrix.errors import MatrixRequestError, MForbidden, MUserInUse
from msgspec import Struct

from bridge.model import Account, KeyValue, Observation, PuppetNamed, UserRef
from protocols.matrix.address import Ghosts, localpart
from protocols.matrix.client import Homeserver, segment, words
from protocols.matrix.html import clean
from protocols.matrix.rooms import Room

log = logging.getLogger(__name__)

DEVICE = "TERCET"
_KEPT = 4_096
_LONGEST_NAME = 100
RENAME_AFTER = 10.0
"""Seconds between two names of one ghost: each is an event in every room the ghost is in, and a
person with two nicks in two rooms would change it with every line."""


class Puppet(Struct, frozen=True):
    """A ghost as the homeserver has it; kept over restarts, so that nothing is sent twice."""

    mxid: str
    user: UserRef
    name: str = ""
    avatar: str = ""
    device: bool = False


class Puppets:
    """Makes ghosts when they first speak, dresses them, and takes them into rooms."""

    def __init__(
        self,
        homeserver: Homeserver,
        state: KeyValue,
        ghosts: Ghosts,
        observe: Callable[[Observation], None],
    ):
        self._homeserver = homeserver
        self._state = state
        self._ghosts = ghosts
        self._observe = observe
        self._known: LRUCache[str, Puppet] = LRUCache(_KEPT)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._renamed: TTLCache[str, bool] = TTLCache(_KEPT, RENAME_AFTER)
        self.devices = True
        """False: the homeserver makes none for us, and forgets transactions when it restarts."""

    async def load(self) -> None:
        """Recall whose ghosts are ours."""
        for key, _ in await self._state.items("network:"):
            self._ghosts.learn(key.removeprefix("network:"))

    def figures(self) -> dict[str, float]:
        """Count."""
        return {"ghosts_known": float(len(self._known))}

    async def user(self, mxid: str) -> UserRef | None:
        """Tell whose ghost this is; None if it is none of ours."""
        if not self._ghosts.owns(mxid):
            return None
        puppet = await self._recall(mxid)
        return puppet.user if puppet else self._ghosts.user(mxid)

    def person(self, mxid: str) -> UserRef | None:
        """Tell whose ghost this is from memory alone, for pure decoding."""
        puppet = self._known.get(mxid)
        return puppet.user if puppet else self._ghosts.user(mxid)

    def query(self, mxid: str) -> dict[str, str]:
        """Say in a request that this ghost speaks, with its device if it has one."""
        puppet = self._known.get(mxid)
        spoken = {"user_id": mxid}
        if puppet and puppet.device:
            spoken["device_id"] = DEVICE
        return spoken

    async def bot(self, mxid: str, name: str) -> None:
        """Make sure that the bot exists, and is called as configured. Asked anew with each
        connection: a homeserver may have been set up from nothing since."""
        user = UserRef("", mxid)
        puppet = await self._made(mxid, user, anew=True)
        await self._dress(puppet, Account(user, name))

    async def enter(self, room: Room, account: Account) -> str | None:
        """Have the person's ghost in the room, and return its MXID; None if it cannot be there,
        and a relay has to speak.

        Raises ``Unavailable`` if the homeserver cannot be asked now.
        """
        mxid = self._ghosts.mxid(account.user)
        if mxid in room.removed or mxid in room.barred:
            return None
        puppet = self._known.get(mxid)
        if puppet and mxid in room.ghosts and _fits(puppet, account):
            return mxid
        lock = self._locks.setdefault(mxid, asyncio.Lock())
        async with lock:
            again = await self._recall(mxid) is not None
            while True:
                try:
                    await self._appear(room, mxid, account)
                    return mxid
                except MatrixRequestError as error:
                    if not again:
                        log.warning("%s: %s cannot be there: %s", room.ref, mxid, words(error))
                        room.barred[mxid] = words(error)
                        return None
                again = False
                await self._forget(mxid)  # the homeserver may have been set up from nothing

    async def _appear(self, room: Room, mxid: str, account: Account) -> None:
        puppet = await self._dress(await self._made(mxid, account.user), account)
        if mxid not in room.ghosts:
            await self._join(room, mxid)
        if room.ghosts.get(mxid) != puppet.name:
            room.ghosts[mxid] = puppet.name
            self._observe(PuppetNamed(room.ref, puppet.user, puppet.name))

    async def _forget(self, mxid: str) -> None:
        self._known.pop(mxid, None)
        self._renamed.pop(mxid, None)
        await self._state.delete(f"ghost:{mxid}")

    async def renew(self, room: Room, account: Account) -> str | None:
        """Doubt all that is known of a ghost, which the homeserver just refused, and begin anew."""
        mxid = self._ghosts.mxid(account.user)
        await self._forget(mxid)
        room.ghosts.pop(mxid, None)
        return await self.enter(room, account)

    async def exit(self, room: Room, user: UserRef, reason: str) -> None:
        """Take a person's ghost out of a room."""
        mxid = self._ghosts.mxid(user)
        if mxid not in room.ghosts:
            return
        body = {"reason": clean(reason)[:300]} if reason else {}
        try:
            await self._homeserver.call("POST", f"{room.path}/leave", body, {"user_id": mxid})
        except MForbidden:
            log.info("%s: %s was not there any more", room.ref, mxid)
        room.ghosts.pop(mxid, None)
        self._observe(PuppetNamed(room.ref, user, ""))

    async def _recall(self, mxid: str) -> Puppet | None:
        puppet = self._known.get(mxid)
        if puppet is None and (kept := await self._state.get(f"ghost:{mxid}")):
            puppet = self._known[mxid] = msgspec.json.decode(kept, type=Puppet)
        return puppet

    async def _keep(self, puppet: Puppet) -> Puppet:
        self._known[puppet.mxid] = puppet
        await self._state.put(f"ghost:{puppet.mxid}", msgspec.json.encode(puppet).decode())
        return puppet

    async def _made(self, mxid: str, user: UserRef, anew: bool = False) -> Puppet:
        """Register a ghost, and give it a device: only then does the homeserver remember over a
        restart which transactions the ghost has sent (MSC4190, MSC4326)."""
        puppet = await self._recall(mxid)
        if puppet is not None and not anew and (puppet.device or not self.devices):
            return puppet
        if user.network:
            await self._state.put(f"network:{user.network}", "")
        body = {
            "type": "m.login.application_service",
            "username": localpart(mxid),
            "inhibit_login": True,
        }
        try:
            await self._homeserver.call("POST", "/v3/register", body)
        except MUserInUse:
            log.debug("%s is registered already", mxid)
        device = await self._device(mxid)
        known = puppet or Puppet(mxid, user)
        return await self._keep(msgspec.structs.replace(known, device=device))

    async def _device(self, mxid: str) -> bool:
        path = f"/v3/devices/{segment(DEVICE)}"
        try:
            await self._homeserver.call("PUT", path, {"display_name": "Tercet"}, {"user_id": mxid})
        except MatrixRequestError as error:
            if self.devices:
                log.warning("the homeserver gives ghosts no devices: %s", words(error))
            self.devices = False
        else:
            self.devices = True
        return self.devices

    async def _dress(self, puppet: Puppet, account: Account) -> Puppet:
        """Set what has changed. A picture is set only if it is one of Matrix: those of other
        networks would have to be carried over first. A refusal is no reason not to speak."""
        name, avatar = shown_name(account), account.avatar
        changes = {}
        if name != puppet.name and puppet.mxid not in self._renamed:
            changes["displayname"] = name
            self._renamed[puppet.mxid] = True
        if avatar.startswith("mxc://") and avatar != puppet.avatar:
            changes["avatar_url"] = avatar
        path, spoken = f"/v3/profile/{segment(puppet.mxid)}", {"user_id": puppet.mxid}
        for field, value in changes.items():
            try:
                await self._homeserver.call("PUT", f"{path}/{field}", {field: value}, spoken)
            except MatrixRequestError as error:
                log.warning("%s: %s cannot be set: %s", puppet.mxid, field, words(error))
        if not changes:
            return puppet
        name = changes.get("displayname", puppet.name)
        avatar = changes.get("avatar_url", puppet.avatar)
        return await self._keep(msgspec.structs.replace(puppet, name=name, avatar=avatar))

    async def _join(self, room: Room, mxid: str) -> None:
        if not room.public:
            await self._invite(room, mxid)
        path, spoken = f"{room.path}/join", {"user_id": mxid}
        try:
            await self._homeserver.call("POST", path, {}, spoken)
        except MForbidden:
            await self._invite(room, mxid)
            await self._homeserver.call("POST", path, {}, spoken)

    async def _invite(self, room: Room, mxid: str) -> None:
        try:
            await self._homeserver.call("POST", f"{room.path}/invite", {"user_id": mxid})
        except MForbidden as error:
            # Also the answer for somebody who is in the room: the join will tell.
            log.debug("%s: %s was not invited: %s", room.ref, mxid, words(error))


def _fits(puppet: Puppet, account: Account) -> bool:
    """Tell whether a ghost looks like its person already."""
    pictured = account.avatar == puppet.avatar or not account.avatar.startswith("mxc://")
    return pictured and puppet.name == shown_name(account)


def shown_name(account: Account) -> str:
    """Return the display name for a person: one line, of bounded length."""
    return " ".join(clean(account.name).split())[:_LONGEST_NAME].strip() or account.user.id[:100]
