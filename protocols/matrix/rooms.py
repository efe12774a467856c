"""What we know of the rooms we visit: who is in them, who may do what, whether we can read them."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from cachetools import TTLCache
from mautrix.errors import MatrixRequestError, MNotFound

from bridge.model import Account, LegPolicy, RoomRef
from protocols.matrix import decode
from protocols.matrix.address import Ghosts
from protocols.matrix.client import Homeserver, segment

log = logging.getLogger(__name__)

_CREATORS_RULE = 12
"""Since this room version its creators stand above all power levels (MSC4289)."""
_BARRED_FOR = 600.0

FACTS = ("m.room.power_levels", "m.room.join_rules", "m.room.encryption", "m.room.tombstone")
"""The state that says what is possible in a room."""


class Room:
    """One visited room. Filled by ``look``, kept right by the events that are pushed to us."""

    def __init__(self, ref: RoomRef, policy: LegPolicy):
        self.ref = ref
        self.policy = policy
        self.up = False
        self.detail = "not joined yet"
        self.refused = False
        self.known = False
        """What follows has been read once, and is kept right since."""
        self.members: dict[str, Account] = {}
        """Joined people of Matrix."""
        self.ghosts: dict[str, str] = {}
        """Joined ghosts of ours, with their display names."""
        self.removed: set[str] = set()
        """Ghosts of ours, or the bot, that a moderator put out."""
        self.barred: TTLCache[str, str] = TTLCache(1000, _BARRED_FOR)
        """Ghosts that could not enter, and why: not tried again for a while."""
        self.public = False
        self.encrypted = False
        self.successor = ""
        """The room that replaced this one, if it was upgraded."""
        self.power: dict[str, Any] = {}
        self.creators: frozenset[str] = frozenset()
        self.opening = asyncio.Lock()

    @property
    def id(self) -> str:
        """The room's id; opaque (version 12 has no server's name in it)."""
        return self.ref.id

    @property
    def path(self) -> str:
        """Where the client API has this room."""
        return f"/v3/rooms/{segment(self.ref.id)}"

    def may(self, mxid: str, event_type: str) -> bool:
        """Tell whether someone's power is enough to set this kind of state."""
        default = _level(self.power.get("state_default"), 50 if self.power else 0)
        return self._level_of(mxid) >= self._needed(event_type, default)

    def may_redact(self, mxid: str) -> bool:
        """Tell whether someone may take back what others said."""
        level = self._level_of(mxid)
        default = _level(self.power.get("events_default"), 0)
        return level >= max(
            _level(self.power.get("redact"), 50), self._needed("m.room.redaction", default)
        )

    def _needed(self, event_type: str, default: int) -> int:
        events = self.power.get("events")
        if isinstance(events, dict) and event_type in events:
            return _level(events[event_type], default)
        return default

    def _level_of(self, mxid: str) -> float:
        if mxid in self.creators:
            return float("inf")
        users = self.power.get("users")
        level = _level(self.power.get("users_default"), 0)
        if isinstance(users, dict) and mxid in users:
            level = _level(users[mxid], level)
        return level

    def take(self, event_type: str, content: dict[str, Any]) -> None:
        """Note a piece of state that says what is possible here."""
        if event_type == "m.room.power_levels":
            self.power = content
        elif event_type == "m.room.join_rules":
            self.public = content.get("join_rule") == "public"
        elif event_type == "m.room.encryption":
            self.encrypted = True
        elif event_type == "m.room.tombstone":
            self.successor = decode.text(content.get("replacement_room")) or "another room"


class Rooms:
    """All visited rooms of one homeserver, by their ids."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def __len__(self) -> int:
        return len(self._rooms)

    def get(self, room_id: str) -> Room | None:
        """Return a visited room."""
        return self._rooms.get(room_id)

    def put(self, room: Room) -> None:
        """Visit a room from now on."""
        self._rooms[room.id] = room

    def forget(self, room_id: str) -> Room | None:
        """Visit it no more."""
        return self._rooms.pop(room_id, None)


async def look(homeserver: Homeserver, room: Room, ghosts: Ghosts, bot: str) -> None:
    """Read who is in a room that we have joined, and what is possible there.

    Raises ``MForbidden`` if we are not in it, ``Unavailable`` if the homeserver cannot be asked.
    """
    joined = await homeserver.get(f"{room.path}/joined_members")
    _sort(room, joined.get("joined"), ghosts, bot)
    for event_type in FACTS:
        found = await _state(homeserver, room, event_type)
        if found is not None:
            room.take(event_type, found)
    room.creators = await _creators(homeserver, room)


def _sort(room: Room, joined: object, ghosts: Ghosts, bot: str) -> None:
    room.members, room.ghosts = {}, {}
    for mxid, member in joined.items() if isinstance(joined, dict) else ():
        if mxid == bot or not isinstance(member, dict):
            continue
        if ghosts.owns(mxid):
            room.ghosts[mxid] = decode.name(member.get("display_name"), mxid)
        else:
            shown = {
                "displayname": member.get("display_name"),
                "avatar_url": member.get("avatar_url"),
            }
            room.members[mxid] = decode.account(room.ref.network, mxid, shown)


async def _state(homeserver: Homeserver, room: Room, event_type: str) -> dict[str, Any] | None:
    try:
        return await homeserver.get(f"{room.path}/state/{event_type}/")
    except MNotFound:
        return None


async def _creators(homeserver: Homeserver, room: Room) -> frozenset[str]:
    """Name those who stand above all power levels in rooms of version 12 and later."""
    try:
        created = await homeserver.get(f"{room.path}/state/m.room.create/", format="event")
    except MatrixRequestError as error:
        log.info("%s: cannot read who created it: %s", room.ref, error)
        return frozenset()
    content = created.get("content")
    content = content if isinstance(content, dict) else {}
    version = str(content.get("room_version", "1"))
    if not version.isdecimal() or int(version) < _CREATORS_RULE:
        return frozenset()
    others = content.get("additional_creators")
    named = [created.get("sender"), *(others if isinstance(others, list) else [])]
    return frozenset(name for name in named if isinstance(name, str))


def _level(value: object, default: int) -> int:
    """Read a power level; old rooms have them as text or with a fraction."""
    if isinstance(value, str | int | float):
        try:
            return int(float(value))
        except (ValueError, OverflowError):
            return default
    return default
