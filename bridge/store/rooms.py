"""Portals, their legs, and the rooms' short numbers."""

import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from bridge.model import LegPolicy, RoomRef
from bridge.store.database import Reader
from bridge.store.journal import Journal


class LegRow(Struct, frozen=True):
    """One linked room as stored."""

    number: int
    """``rooms.id``: what the other tables call this room."""
    room: RoomRef
    address: str
    policy: LegPolicy
    linked_at: float


class PortalRow(Struct, frozen=True):
    """One portal as stored."""

    number: int
    name: str
    legs: tuple[LegRow, ...]


class Seat(Struct, frozen=True):
    """A room to be linked, as an admin asked for it."""

    room: RoomRef
    address: str
    policy: LegPolicy


class AlreadyLinked(Exception):
    """The room belongs to another portal; its name is the argument."""


async def portals(reader: Reader) -> list[PortalRow]:
    """Return all portals with their legs."""
    legs: dict[int, list[LegRow]] = {}
    for portal, *rest in await reader.rows(
        "SELECT l.portal, r.id, r.network, r.room, l.address, l.policy, l.linked_at"
        " FROM legs l JOIN rooms r ON r.id = l.room ORDER BY l.linked_at, r.id"
    ):
        number, network, room, address, policy, linked_at = rest
        legs.setdefault(portal, []).append(
            LegRow(
                number,
                RoomRef(network, room),
                address,
                msgspec.json.decode(policy, type=LegPolicy),
                linked_at,
            )
        )
    rows = await reader.rows("SELECT id, name FROM portals ORDER BY name")
    return [PortalRow(number, name, tuple(legs.get(number, ()))) for number, name in rows]


async def link(journal: Journal, name: str, seats: Sequence[Seat], now: float) -> PortalRow:
    """Make a portal of this name, or add rooms to it, or give its rooms new policies.

    Raises ``AlreadyLinked`` if a room is in another portal; then nothing is changed.
    """

    def task(db: sqlite3.Connection) -> PortalRow:
        db.execute(
            "INSERT INTO portals (id, name, created_at)"
            " SELECT coalesce(max(id), 0) + 1, ?, ? FROM portals WHERE true"
            " ON CONFLICT (name) DO NOTHING",
            (name, now),
        )
        [(portal,)] = db.execute("SELECT id FROM portals WHERE name = ?", (name,))
        return PortalRow(portal, name, tuple(_seat(db, portal, seat, now) for seat in seats))

    row: PortalRow = await journal.run(task)
    return row


def _seat(db: sqlite3.Connection, portal: int, seat: Seat, now: float) -> LegRow:
    number = _number(db, seat.room)
    taken = db.execute(
        "SELECT p.name FROM legs l JOIN portals p ON p.id = l.portal"
        " WHERE l.room = ? AND l.portal <> ?",
        (number, portal),
    ).fetchone()
    if taken:
        raise AlreadyLinked(taken[0])
    policy = msgspec.json.encode(seat.policy).decode()
    db.execute(
        "INSERT INTO legs (room, portal, address, policy, linked_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (room) DO UPDATE SET policy = excluded.policy, address = excluded.address",
        (number, portal, seat.address, policy, now),
    )
    return LegRow(number, seat.room, seat.address, seat.policy, now)


def _number(db: sqlite3.Connection, room: RoomRef) -> int:
    db.execute(
        "INSERT INTO rooms (id, network, room)"
        " SELECT coalesce(max(id), 0) + 1, ?, ? FROM rooms WHERE true"
        " ON CONFLICT (network, room) DO NOTHING",
        (room.network, room.id),
    )
    [(number,)] = db.execute(
        "SELECT id FROM rooms WHERE network = ? AND room = ?", (room.network, room.id)
    )
    return int(number)


async def unlink(journal: Journal, portal: int, rooms: Sequence[int]) -> None:
    """Take rooms out of a portal with all that waits for them; an empty portal goes too."""

    def task(db: sqlite3.Connection) -> None:
        for room in rooms:
            db.execute("DELETE FROM legs WHERE room = ? AND portal = ?", (room, portal))
            db.execute("DELETE FROM outbox WHERE room = ?", (room,))
        db.execute(
            "DELETE FROM portals WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM legs WHERE legs.portal = portals.id)",
            (portal,),
        )

    await journal.run(task)
