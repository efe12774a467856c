"""The archive of canonical events and what each is called in each room."""

import msgspec
from msgspec import Struct

from bridge.model import Event
from bridge.store.database import Reader

_decoder = msgspec.json.Decoder(Event)
encode_event = msgspec.json.Encoder().encode
"""Write an event as it is stored. Raises ``UnicodeEncodeError`` for text that is no Unicode."""


def decode_event(body: bytes) -> Event:
    """Read a stored event."""
    decoded: Event = _decoder.decode(body)
    return decoded


class Stored(Struct, frozen=True):
    """One event of the archive."""

    id: int
    room: int
    received_at: float
    event: Event
    retracted: bool = False
    """It was taken back; then nothing is left of what it said."""


async def event(reader: Reader, number: int) -> Stored | None:
    """Return one event."""
    rows = await reader.rows(
        "SELECT id, room, received_at, body, retracted_at FROM events WHERE id = ?", (number,)
    )
    return _stored(rows[0]) if rows else None


async def missed(reader: Reader, room: int, first: int, last: int, limit: int) -> list[Stored]:
    """Return what was said elsewhere in a room's portal from one event to another, both included,
    oldest first."""
    rows = await reader.rows(
        "SELECT e.id, e.room, e.received_at, e.body, e.retracted_at"
        " FROM events e JOIN legs l ON l.portal = e.portal"
        " WHERE l.room = ? AND e.room <> l.room AND e.id BETWEEN ? AND ?"
        " ORDER BY e.id LIMIT ?",
        (room, first, last, limit),
    )
    return [_stored(row) for row in rows]


def _stored(row: tuple[int, int, float, bytes, float | None]) -> Stored:
    return Stored(row[0], row[1], row[2], decode_event(row[3]), row[4] is not None)


async def natives(reader: Reader, number: int, room: int) -> list[str]:
    """Return the ids of an event in one room, part by part."""
    rows = await reader.rows(
        "SELECT native FROM copies WHERE event = ? AND room = ? ORDER BY part, native",
        (number, room),
    )
    return [native for (native,) in rows]


async def latest_topic(reader: Reader, portal: int) -> Event | None:
    """Return the newest topic of a portal."""
    rows = await reader.rows(
        "SELECT body FROM events WHERE portal = ? AND kind = 'topic' ORDER BY id DESC LIMIT 1",
        (portal,),
    )
    return decode_event(rows[0][0]) if rows else None
