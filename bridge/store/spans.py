"""Who may read what of a hosted room: only what was said while they were there (gateway.md)."""

from bridge.store.database import Reader
from bridge.store.journal import Journal


def begin(journal: Journal, room: int, person: int, first: int, time: float) -> None:
    """Somebody is there, from this event and this time on. Beginning twice changes nothing."""
    sql = (
        "INSERT INTO spans (room, person, from_event, from_time) SELECT ?, ?, ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM spans WHERE room = ? AND person = ? AND to_event IS NULL)"
        " ON CONFLICT DO NOTHING"
    )
    journal.later(lambda db: db.execute(sql, (room, person, first, time, room, person)))


def end(journal: Journal, room: int, person: int, last: int) -> None:
    """Somebody is gone, after this event."""
    sql = "UPDATE spans SET to_event = ? WHERE room = ? AND person = ? AND to_event IS NULL"
    journal.later(lambda db: db.execute(sql, (last, room, person)))


def end_all(journal: Journal, last: int) -> None:
    """Nobody is there: the daemon has just started."""
    sql = "UPDATE spans SET to_event = ? WHERE to_event IS NULL"
    journal.later(lambda db: db.execute(sql, (last,)))


async def readable(
    reader: Reader, portal: int, room: int, person: int, since: float, limit: int
) -> list[int]:
    """Return the latest messages of a portal that a person may read in one of its rooms and that
    were not taken back, oldest first."""
    rows = await reader.rows(
        "SELECT e.id FROM events e WHERE e.portal = ? AND e.kind = 'sent'"
        " AND e.retracted_at IS NULL AND e.happened_at >= ?"
        " AND EXISTS (SELECT 1 FROM spans s WHERE s.room = ? AND s.person = ?"
        " AND e.id >= s.from_event AND (s.to_event IS NULL OR e.id <= s.to_event)"
        " AND e.happened_at >= s.from_time)"
        " ORDER BY e.id DESC LIMIT ?",
        (portal, since, room, person, limit),
    )
    return [number for (number,) in reversed(rows)]
