"""What happened in the rooms: pushed events become canonical ones, and what we know follows."""

import logging
import time
from collections.abc import Iterable

from cachetools import LRUCache
from mautrix.errors import MatrixRequestError

from bridge.model import (
    Account,
    Content,
    CopyConfirmed,
    Event,
    MembersChanged,
    MessageSent,
    PuppetRemoved,
    RoomRef,
    TopicChanged,
    Unavailable,
    UserRef,
)
from protocols.matrix import decode, encode, polls, relations
from protocols.matrix.ballots import Ballots
from protocols.matrix.client import segment
from protocols.matrix.decode import Envelope, Membership
from protocols.matrix.rooms import FACTS, Room
from protocols.matrix.site import Site
from protocols.matrix.visits import Visits

log = logging.getLogger(__name__)

SPOKEN = frozenset({"m.room.message", "m.sticker"}) | polls.STARTS
"""The events by which people say something."""
_OWN_KEPT = 4_096
_PATIENCE = 5.0
"""Seconds to wait for an event that was redacted; the room's other events wait with it."""


class Own:
    """Our own events as far as they are known, by the command and part they came from."""

    def __init__(self) -> None:
        self._ids: LRUCache[tuple[str, int], str] = LRUCache(_OWN_KEPT)
        self.expected: set[tuple[str, int]] = set()
        """Those whose answer is still on its way."""

    def get(self, key: str, part: int) -> str | None:
        """Return the event's id."""
        return self._ids.get((key, part))

    def note(self, key: str, part: int, event_id: str) -> bool:
        """Keep an id; True if nobody else will tell it."""
        mark = (key, part)
        fresh = mark not in self._ids
        self._ids[mark] = event_id
        return fresh and mark not in self.expected


class Changes:
    """Membership changes of one transaction, drawn together for each room."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[RoomRef, str], dict[str, tuple[str, Account | UserRef]]] = {}
        self._ready: list[MembersChanged] = []

    def add(self, room: RoomRef, kind: str, who: Account | UserRef, reason: str = "") -> None:
        """Add one change; a second one of the same person closes what was drawn together."""
        mxid = who.user.id if isinstance(who, Account) else who.id
        if any(mxid in found for key, found in self._rooms.items() if key[0] == room):
            self._close()
        self._rooms.setdefault((room, reason), {})[mxid] = (kind, who)

    def all(self) -> list[MembersChanged]:
        """Return the changes in an order that ends in what is true."""
        self._close()
        return self._ready

    def _close(self) -> None:
        for (room, reason), found in self._rooms.items():
            by: dict[str, list[Account | UserRef]] = {"joined": [], "renamed": [], "left": []}
            for kind, who in found.values():
                by[kind].append(who)
            self._ready.append(
                MembersChanged(
                    room,
                    joined=tuple(who for who in by["joined"] if isinstance(who, Account)),
                    renamed=tuple(who for who in by["renamed"] if isinstance(who, Account)),
                    left=tuple(who for who in by["left"] if isinstance(who, UserRef)),
                    reason=reason,
                )
            )
        self._rooms = {}


class Timeline:
    """Reads transactions, event after event."""

    def __init__(self, site: Site, visits: Visits, own: Own):
        self._site = site
        self._visits = visits
        self._own = own
        self._ballots = Ballots(site.homeserver)
        self.received = 0
        self.unreadable = 0

    async def read(self, envelopes: Iterable[Envelope | None]) -> list[Event]:
        """Return what is to be journaled; what is only true for now is observed. An event that
        breaks us is counted and left out, and the others go on."""
        events: list[Event] = []
        changes = Changes()
        for envelope in envelopes:
            self.received += 1
            try:
                found = envelope and await self._one(envelope, changes)
            except Exception:
                log.exception("cannot make sense of an event")
                envelope = None
                found = None
            self.unreadable += envelope is None
            if found:
                events.append(found)
        for change in changes.all():
            self._site.host.observe(change)
        return events

    async def _one(self, event: Envelope, changes: Changes) -> Event | None:
        room = self._site.rooms.get(event.room_id)
        if event.type == "m.room.member":
            return await self._member(event, room, changes)
        if room is None:
            return None
        if event.type in SPOKEN:
            return self._message(event, room)
        if event.type in polls.ENDS:
            return await self._result(event, room)
        if event.type == "m.reaction":
            return self._reaction(event, room)
        if event.type == "m.room.redaction":
            return await self._redaction(event, room)
        if event.state_key == "":
            return await self._state(event, room)
        return None

    def _message(self, event: Envelope, room: Room) -> Event | None:
        if self._site.ours(event.sender):
            return self._copy(event, room)
        if room.refused:
            return None
        return decode.message(
            event, self._account(room, event.sender), room.ref, self._site.known, time.time()
        )

    async def _result(self, event: Envelope, room: Room) -> Event | None:
        if self._site.ours(event.sender) or room.refused:
            return None
        poll = await self._ballots.ended(event, room)
        if poll is None:
            return None
        return MessageSent(
            room=room.ref,
            author=self._account(room, event.sender),
            ids=(event.event_id,),
            content=Content((), attached=(poll,)),
            time=event.time(time.time()),
        )

    def _reaction(self, event: Envelope, room: Room) -> Event | None:
        if self._site.ours(event.sender):
            return self._copy(event, room)
        if room.refused:
            return None
        author = self._account(room, event.sender)
        return relations.reaction(event, author, room.ref, time.time())

    async def _redaction(self, event: Envelope, room: Room) -> Event | None:
        target = relations.redacted(event)
        if self._site.ours(event.sender) or room.refused or not target:
            return None
        moderated = await self._moderated(event, target, room)
        author = self._account(room, event.sender)
        return relations.redaction(event, author, room.ref, time.time(), moderated)

    async def _moderated(self, event: Envelope, target: str, room: Room) -> bool:
        """Tell whether somebody else than its sender took an event back, and the homeserver let
        them. It pushes redactions from other homeservers; what it made of one, the event tells."""
        path = f"{room.path}/event/{segment(target)}"
        try:
            found = await self._site.homeserver.call("GET", path, wait=0, limit=_PATIENCE)
        except (MatrixRequestError, Unavailable) as error:
            log.info("%s: cannot look at what was redacted: %s", room.ref, error)
            return room.may_redact(event.sender)
        because = encode.inner(encode.inner(found, "unsigned"), "redacted_because")
        return found.get("sender") != event.sender and bool(because)

    def _copy(self, event: Envelope, room: Room) -> Event | None:
        mark = decode.own_mark(event)
        if mark is None or not self._own.note(*mark, event.event_id):
            return None
        return CopyConfirmed(room=room.ref, key=mark[0], part=mark[1], ids=(event.event_id,))

    def _account(self, room: Room, mxid: str) -> Account:
        return room.members.get(mxid) or decode.account(self._site.name, mxid, {})

    async def _state(self, event: Envelope, room: Room) -> Event | None:
        if event.type in FACTS:
            room.take(event.type, decode.fields(event.content))
            if event.type == "m.room.encryption" and not room.refused:
                self._site.spawn(self._visits.refuse(room))
            elif event.type == "m.room.tombstone" and not room.refused:
                self._visits.replaced(room)
        if event.type != "m.room.topic" or self._site.ours(event.sender) or room.refused:
            return None
        return TopicChanged(
            room=room.ref,
            topic=decode.text(decode.fields(event.content).get("topic")),
            time=event.time(time.time()),
            author=self._account(room, event.sender),
            ids=(event.event_id,),
        )

    async def _member(
        self, event: Envelope, room: Room | None, changes: Changes
    ) -> PuppetRemoved | None:
        change = decode.membership(event)
        if change is None:
            return None
        if self._site.ours(change.mxid):
            return await self._one_of_us(change, event.room_id, room)
        if room is not None and not room.refused:
            self._someone(change, room, changes)
        return None

    def _someone(self, change: Membership, room: Room, changes: Changes) -> None:
        """Follow the members by what we knew of them: then nothing that is told twice counts."""
        before = room.members.get(change.mxid)
        if change.now == "join":
            shown = {"displayname": change.name, "avatar_url": change.avatar}
            after = decode.account(self._site.name, change.mxid, shown)
            room.members[change.mxid] = after
            if before is None:
                changes.add(room.ref, "joined", after)
            elif before.name != after.name:
                changes.add(room.ref, "renamed", after)
        elif before is not None and change.now in ("leave", "ban"):
            del room.members[change.mxid]
            changes.add(room.ref, "left", before.user, self._reason(change, room))

    def _reason(self, change: Membership, room: Room) -> str:
        if change.by == change.mxid:
            return change.reason
        deed = "banned" if change.now == "ban" else "kicked"
        by = f"{deed} by {self._account(room, change.by).name}"
        return f"{by}: {change.reason}" if change.reason else by

    async def _one_of_us(
        self, change: Membership, room_id: str, room: Room | None
    ) -> PuppetRemoved | None:
        by_us = self._site.ours(change.by)
        if change.now == "invite":
            if not by_us:
                self._site.spawn(self._visits.invited(room_id, change))
        elif room is not None and change.now == "join":
            if change.mxid != self._site.bot:
                room.ghosts[change.mxid] = change.name
        elif room is not None and change.now in ("leave", "ban"):
            return await self._gone(change, room, by_us)
        return None

    async def _gone(self, change: Membership, room: Room, by_us: bool) -> PuppetRemoved | None:
        was_in = room.ghosts.pop(change.mxid, None) is not None or change.was == "join"
        banned = change.now == "ban"
        if by_us or not (was_in or banned):
            return None
        await self._visits.put_out(room, change.mxid)
        if change.mxid == self._site.bot:
            why = f"{self._site.bot} was {self._reason(change, room)}; invite it again"
            self._visits.closed(room, why, refused=True)
            return None
        user = await self._site.puppets.user(change.mxid)
        if user is None:
            return None
        by = self._account(room, change.by).name
        return PuppetRemoved(room=room.ref, user=user, by=by, reason=change.reason, banned=banned)
