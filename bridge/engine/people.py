"""Who is in each room of a portal, what they are called there, and whose puppets must move."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial

import msgspec
from msgspec import Struct

from bridge.core import membership
from bridge.core.membership import Audience
from bridge.engine.context import Context
from bridge.engine.outbox import Outbox
from bridge.model import (
    Account,
    LegPolicy,
    MembersChanged,
    Presence,
    PuppetNamed,
    RoomRef,
    Roster,
    Shown,
    UserRef,
)

_ALIAS = 600.0
"""Seconds for which somebody is still found by a name they had before (semantics 1.7)."""
_FORMER = 256
_LAST = 5
"""Messages among which an answer needs no quote (semantics 2.1)."""


Find = Callable[[Set[str]], Mapping[str, UserRef]]


class _Names:
    """Finds people by casefolded name; names given up are good for a while."""

    def __init__(self) -> None:
        self.current: dict[str, UserRef] = {}
        self._by_user: dict[UserRef, str] = {}
        self.former: dict[str, tuple[UserRef, float]] = {}

    def set(self, user: UserRef, name: str) -> None:
        self.drop(user)
        if name:
            self.current[name.casefold()] = user
            self._by_user[user] = name.casefold()

    def drop(self, user: UserRef) -> None:
        old = self._by_user.pop(user, None)
        if old is not None and self.current.get(old) == user:
            del self.current[old]
            self.former[old] = (user, time.monotonic() + _ALIAS)
            while len(self.former) > _FORMER:
                del self.former[next(iter(self.former))]

    def find_former(self, name: str) -> UserRef | None:
        user, until = self.former.get(name, (None, 0.0))
        return user if until > time.monotonic() else None


class _Seat:
    """What is known of one leg's people."""

    def __init__(self, outbox: Outbox, policy: LegPolicy):
        self.outbox = outbox
        self.policy = policy
        self.members: dict[UserRef, Account] = {}
        self.names = _Names()
        self.puppets = _Names()
        self.seated: dict[UserRef, Account] = {}
        """People of other networks who have a puppet here, or had one when we last looked."""

    @property
    def shows_all(self) -> bool:
        return self.policy.members == "all" or self.policy.puppets == "always"

    def audience(self) -> Audience:
        return Audience(self.outbox.room, self.shows_all, self.seated.keys())


class Person(Struct, frozen=True):
    """A seat as it is kept in the database."""

    room: int
    account: Account


class People:
    """The people of one portal. Nothing here is journaled; seats are noted for the next run."""

    def __init__(self, context: Context):
        self._context = context
        self._seats: dict[RoomRef, _Seat] = {}
        self._finders: dict[RoomRef, Find] = {}
        self._leaving: dict[tuple[RoomRef, UserRef], asyncio.TimerHandle] = {}
        self._spoke: deque[tuple[UserRef, int]] = deque(maxlen=_LAST)

    def add(self, outbox: Outbox, policy: LegPolicy) -> None:
        """Add a leg, or give it a new policy."""
        self._finders.clear()
        seat = self._seats.get(outbox.room)
        if seat:
            seat.policy = policy
        else:
            self._seats[outbox.room] = _Seat(outbox, policy)

    def remove(self, room: RoomRef) -> None:
        """A leg is gone, and its people with it."""
        self._finders.clear()
        seat = self._seats.pop(room, None)
        if seat:
            self._depart(room, seat.members.values(), "")
            for account in seat.seated.values():
                self._context.facts.drop(_seat_key(seat.outbox.number, account.user))

    def count(self, room: RoomRef) -> int:
        """How many people of its own network are known to be in a room."""
        seat = self._seats.get(room)
        return len(seat.members) if seat else 0

    def members(self, room: RoomRef) -> tuple[Account, ...]:
        """Return who of its own network is known to be in a room."""
        seat = self._seats.get(room)
        return tuple(seat.members.values()) if seat else ()

    def finder(self, room: RoomRef) -> Find:
        """Return what finds people by their names as someone in this room would mean them."""
        find = self._finders.get(room)
        if find is None:
            own = self._seats[room]
            others = [seat.names for other, seat in self._seats.items() if other != room]
            find = self._finders[room] = _first(own.puppets, own.names, *others)
        return find

    def last_spoke(self, account: Account | None, event: int) -> bool:
        """Tell whether a message is among the last few, and the last of its author."""
        if account is None:
            return False
        return next((e for user, e in reversed(self._spoke) if user == account.user), 0) == event

    @property
    def lately(self) -> Sequence[tuple[UserRef, int]]:
        """The last few messages, the newest last: who said them, and their events."""
        return tuple(self._spoke)

    def spoke(self, account: Account, event: int, rooms: Iterable[RoomRef]) -> None:
        """Somebody is about to speak in these rooms, where they will be seated from now on."""
        self._spoke.append((account.user, event))
        for room in rooms:
            seat = self._seats[room]
            if seat.seated.get(account.user) != account:
                self._seat(seat, account)

    def restore(self, room: RoomRef, account: Account) -> None:
        """Take up a seat of the last run."""
        if seat := self._seats.get(room):
            seat.seated[account.user] = account

    def is_seated(self, user: UserRef, room: RoomRef) -> bool:
        """Tell whether somebody of another network has, or had, a puppet in a room."""
        seat = self._seats.get(room)
        return seat is not None and user in seat.seated

    def observe(self, state: Roster | MembersChanged | PuppetNamed) -> None:
        """Take note of who is there, and move puppets accordingly."""
        seat = self._seats.get(state.room)
        if seat is None:
            return
        match state:
            case Roster():
                self._roster(seat, state)
            case MembersChanged():
                self._changed(seat, state)
            case PuppetNamed():
                seat.puppets.set(state.user, state.name)

    # -- changes

    def _roster(self, seat: _Seat, state: Roster) -> None:
        gone = [a for user, a in seat.members.items()]
        seat.members = {}
        present = {account.user for account in state.members}
        for account in gone:
            if account.user not in present:
                seat.names.drop(account.user)
        self._arrive(seat, state.members)
        before = {account.user: account for account in gone}
        for other in self._others(state.room):
            for user, account in other.seated.items():
                if user.network == state.room.network:
                    before.setdefault(user, account)
        missing = membership.missing(before, state.members)
        self._depart(state.room, (before[user] for user in missing), "")

    def _changed(self, seat: _Seat, state: MembersChanged) -> None:
        left = [seat.members[user] for user in state.left if user in seat.members]
        for account in left:
            del seat.members[account.user]
            seat.names.drop(account.user)
        if left and state.transient:
            self._hold(seat, left, state.reason)
        elif left:
            self._depart(state.room, left, state.reason)
        self._arrive(seat, (*state.joined, *state.renamed))

    def _arrive(self, seat: _Seat, accounts: Iterable[Account]) -> None:
        people = [account for account in accounts if seat.members.get(account.user) != account]
        for account in people:
            seat.members[account.user] = account
            seat.names.set(account.user, account.name)
            if timer := self._leaving.pop((seat.outbox.room, account.user), None):
                timer.cancel()
        audience = [other.audience() for other in self._others(seat.outbox.room)]
        for presence in membership.arrivals(people, audience):
            self._seat(self._seats[presence.room], presence.account)
            self._show(presence)

    def _hold(self, seat: _Seat, accounts: list[Account], reason: str) -> None:
        loop = asyncio.get_running_loop()
        for account in accounts:
            key = (seat.outbox.room, account.user)
            if old := self._leaving.get(key):
                old.cancel()
            self._leaving[key] = loop.call_later(
                membership.HOLD, self._give_up, seat.outbox.room, account, reason
            )

    def _give_up(self, room: RoomRef, account: Account, reason: str) -> None:
        """Somebody was held for long enough, and did not come back."""
        self._leaving.pop((room, account.user), None)
        self._depart(room, [account], reason)

    def _depart(self, room: RoomRef, accounts: Iterable[Account], reason: str) -> None:
        audience = [other.audience() for other in self._others(room)]
        for presence in list(membership.departures(accounts, reason, audience)):
            outbox = self._seats[presence.room].outbox
            # What they said before they left is still told by their puppet.
            outbox.when_drained(str(presence.account.user), partial(self._go, presence))

    def _go(self, presence: Presence) -> None:
        user = presence.account.user
        if any(user in seat.members for seat in self._seats.values()):
            return  # back again
        if seat := self._seats.get(presence.room):
            if seat.seated.pop(user, None):
                self._context.facts.drop(_seat_key(seat.outbox.number, user))
            self._show(presence)

    def _seat(self, seat: _Seat, account: Account) -> None:
        seat.seated[account.user] = account
        kept = Person(seat.outbox.number, account)
        self._context.facts.note(_seat_key(seat.outbox.number, account.user), _encode(kept))

    def _others(self, room: RoomRef) -> list[_Seat]:
        """Return the rooms that are shown the people of this one."""
        own = self._seats.get(room)
        if own is not None and own.policy.direction == "out":
            return []
        others = (seat for other, seat in self._seats.items() if other != room)
        return [seat for seat in others if seat.policy.direction != "in"]

    def _show(self, state: Shown) -> None:
        if seat := self._seats.get(state.room):
            seat.outbox.network.show(state)


def _first(*known: _Names) -> Find:
    """Look names up in several places. It is asked for all the words of each message, of which most
    are nobody's name."""
    nobody: Mapping[str, UserRef] = {}

    def find(words: Set[str]) -> Mapping[str, UserRef]:
        for names in known:
            if names.former or not names.current.keys().isdisjoint(words):
                return {word: user for word in words if (user := who(word))}
        return nobody

    def who(word: str) -> UserRef | None:
        for names in known:
            if user := names.current.get(word):
                return user
        return next((u for names in known if (u := names.find_former(word))), None)

    return find


def _seat_key(room: int, user: UserRef) -> str:
    return f"seat/{room}/{user}"


def _encode(person: Person) -> str:
    return msgspec.json.encode(person).decode()
