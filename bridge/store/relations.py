"""How archived events belong together: what an id names, versions, reactions."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from bridge.model import Event, UserRef
from bridge.store.database import Reader
from bridge.store.journal import Journal
from bridge.store.messages import decode_event

COLUMNS = "id, room, kind, happened_at, target, thread, retracted_at, body"


class Archived(Struct, frozen=True):
    """One event with what ties it to others."""

    id: int
    room: int
    kind: str
    time: float
    target: int
    thread: int
    retracted: bool
    event: Event


async def named(reader: Reader, room: int, natives: Iterable[str]) -> dict[str, int]:
    """Return the events that a room knows by these ids; the latest, if an id was used twice."""
    wanted = list(natives)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        marks = ", ".join("?" * len(chunk))
        found.update(
            await reader.rows(
                f"SELECT native, max(event) FROM copies WHERE room = ? AND native IN ({marks})"
                " GROUP BY native",
                (room, *chunk),
            )
        )
    return found


async def lately_named(reader: Reader, room: int, since: int) -> list[tuple[str, int]]:
    """Return the ids that a room gave to events from this number on."""
    rows = await reader.rows(
        "SELECT native, event FROM copies WHERE event >= ? AND room = ?", (since, room)
    )
    return [(native, event) for native, event in rows]


async def archived(reader: Reader, number: int) -> Archived | None:
    """Return one event."""
    rows = await reader.rows(f"SELECT {COLUMNS} FROM events WHERE id = ?", (number,))
    return _archived(rows[0]) if rows else None


async def edits(reader: Reader, number: int) -> list[Archived]:
    """Return the edits of a message, oldest first."""
    rows = await reader.rows(
        f"SELECT {COLUMNS} FROM events WHERE target = ? AND kind = 'edited' ORDER BY id", (number,)
    )
    return [_archived(row) for row in rows]


async def reactions_before(reader: Reader, target: int, number: int) -> list[Archived]:
    """Return the changes of reactions to a message up to an event, the newest first."""
    rows = await reader.rows(
        f"SELECT {COLUMNS} FROM events WHERE target = ? AND kind = 'reacted' AND id < ?"
        " ORDER BY id DESC",
        (target, number),
    )
    return [_archived(row) for row in rows]


async def reactions(reader: Reader, number: int) -> list[tuple[UserRef, str, int]]:
    """Return the reactions to a message that stand: who, the key as compared, the event."""
    rows = await reader.rows(
        "SELECT i.network, i.account, r.key, r.event"
        " FROM reactions r JOIN identities i ON i.id = r.author WHERE r.target = ?",
        (number,),
    )
    return [(UserRef(network, account), key, event) for network, account, key, event in rows]


def react(journal: Journal, target: int, author: int, key: str, event: int) -> None:
    """Note that a reaction stands. In the order of the calls, also within a batch."""
    sql = (
        "INSERT INTO reactions (target, author, key, event) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (target, author, key) DO UPDATE SET event = excluded.event"
    )
    journal.later(lambda db: db.execute(sql, (target, author, key, event)))


def unreact(journal: Journal, target: int, author: int, key: str) -> None:
    """Note that a reaction stands no longer."""
    sql = "DELETE FROM reactions WHERE target = ? AND author = ? AND key = ?"
    journal.later(lambda db: db.execute(sql, (target, author, key)))


async def parts(reader: Reader, number: int, room: int) -> set[tuple[int, str]]:
    """Return the ids of an event in one room, each with its part."""
    return set(
        await reader.rows(
            "SELECT part, native FROM copies WHERE event = ? AND room = ?", (number, room)
        )
    )


async def latest_in_thread(reader: Reader, root: int, room: int) -> int:
    """Return the newest message of a thread that has a copy in this room, or the root."""
    rows = await reader.rows(
        "SELECT max(e.id) FROM events e WHERE e.thread = ? AND e.kind = 'sent'"
        " AND EXISTS (SELECT 1 FROM copies c WHERE c.event = e.id AND c.room = ?)",
        (root, room),
    )
    return rows[0][0] or root


def _archived(row: tuple[Any, ...]) -> Archived:
    number, room, kind, time, target, thread, retracted_at, body = row
    return Archived(
        number,
        room,
        kind,
        time,
        target or 0,
        thread or 0,
        retracted_at is not None,
        decode_event(body),
    )
