"""What the journal still owes: read once, when the daemon starts."""

from typing import Any

import msgspec
from msgspec import Struct

from bridge.model import Command, Event
from bridge.store.database import Reader
from bridge.store.messages import decode_event

_command = msgspec.json.Decoder(Command)
encode_command = msgspec.json.Encoder().encode
encode_parts = msgspec.json.Encoder().encode


class OutboxRow(Struct, kw_only=True):
    """Something that one room must still be told. The outbox owns it and keeps it up to date."""

    id: int
    room: int
    lane: str
    event: int | None
    command: Command | None
    created_at: float
    parts: tuple[str, ...] | None = None
    done: int = 0
    attempts: int = 0
    due_at: float = 0.0
    doubtful: bool = False
    """An earlier attempt may have got through; not stored: after a restart all are so."""
    evident: frozenset[int] = frozenset()
    """Parts that are known to have arrived, some perhaps before earlier ones; not stored."""

    def row(self) -> tuple[object, ...]:
        """Return the values for the journal's ``outbox`` statement."""
        return (
            self.id,
            self.room,
            self.lane,
            self.event,
            encode_command(self.command) if self.command else None,
            self.created_at,
            encode_parts(self.parts) if self.parts else None,
            self.done,
            self.attempts,
            self.due_at,
        )


class Broken(Struct, frozen=True):
    """A row that cannot be read any more: of another version, or damaged."""

    id: int
    error: str
    body: bytes


async def outbox(reader: Reader) -> tuple[list[OutboxRow], list[Broken]]:
    """Return everything undelivered, oldest first, and what cannot be read."""
    rows = await reader.rows(
        "SELECT id, room, lane, event, command, created_at, parts, done, attempts, due_at"
        " FROM outbox ORDER BY id"
    )
    found: list[OutboxRow] = []
    broken: list[Broken] = []
    for row in rows:
        try:
            found.append(_owed(row))
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            what = " ".join(str(part) for part in (row[4], row[6]) if part)
            broken.append(Broken(row[0], f"an outbox row: {error}", what.encode()))
    return found, broken


def _owed(row: tuple[Any, ...]) -> OutboxRow:
    return OutboxRow(
        id=row[0],
        room=row[1],
        lane=row[2],
        event=row[3],
        command=_command.decode(row[4]) if row[4] else None,
        created_at=row[5],
        parts=msgspec.json.decode(row[6], type=tuple[str, ...]) if row[6] else None,
        done=row[7],
        attempts=row[8],
        due_at=row[9],
    )


async def inbox(reader: Reader) -> tuple[list[tuple[int, float, Event]], list[Broken]]:
    """Return every accepted event that is not decided yet, oldest first: id, time, event; and what
    cannot be read."""
    rows = await reader.rows("SELECT id, received_at, body FROM inbox ORDER BY id")
    found: list[tuple[int, float, Event]] = []
    broken: list[Broken] = []
    for number, at, body in rows:
        try:
            found.append((number, at, decode_event(body)))
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            broken.append(Broken(number, f"an inbox row: {error}", body))
    return found, broken


async def quarantined(reader: Reader, limit: int = 5) -> tuple[int, list[tuple[float, str]]]:
    """Return how many events are in quarantine, and when and why the latest of them failed."""
    [(count,)] = await reader.rows("SELECT count(*) FROM quarantine")
    rows = await reader.rows(
        "SELECT failed_at, error FROM quarantine ORDER BY id DESC LIMIT ?", (limit,)
    )
    return count, [(at, error) for at, error in rows]
