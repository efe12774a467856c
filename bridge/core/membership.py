"""Who should be seen in the other rooms of a portal, and who no longer."""

from collections.abc import Iterable, Iterator, Set

from msgspec import Struct

from bridge.model import Account, Presence, RoomRef, UserRef

HOLD = 900.0
"""Seconds for which somebody lost in a netsplit keeps their puppets (semantics 7.5)."""


class Audience(Struct, frozen=True):
    """One of the other rooms: whom it shows."""

    room: RoomRef
    shows_all: bool
    seated: Set[UserRef]
    """Those who have a puppet there already."""


def arrivals(accounts: Iterable[Account], audience: Iterable[Audience]) -> Iterator[Presence]:
    """Tell who must be seen now because they came, or came under a new name."""
    people = list(accounts)
    for room in audience:
        for account in people:
            if room.shows_all or account.user in room.seated:
                yield Presence(room.room, account, True)


def departures(
    accounts: Iterable[Account], reason: str, audience: Iterable[Audience]
) -> Iterator[Presence]:
    """Tell whose puppets must go because they left."""
    people = list(accounts)
    for room in audience:
        for account in people:
            if room.shows_all or account.user in room.seated:
                yield Presence(room.room, account, False, reason)


def missing(before: Iterable[UserRef], now: Iterable[Account]) -> set[UserRef]:
    """Tell who had a puppet when we last looked, and is not in the room any more."""
    return set(before) - {account.user for account in now}
