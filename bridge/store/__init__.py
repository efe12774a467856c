"""The database. All SQL stays in here."""

import asyncio
from pathlib import Path

from bridge.store.database import DatabaseRefused, Reader, backup, open_writer
from bridge.store.identities import Identities
from bridge.store.journal import Journal

__all__ = ["DatabaseRefused", "Store", "backup"]


class Store:
    """One open database: the journal to write, the reader to ask, and the next free numbers."""

    def __init__(self, path: Path, journal: Journal, reader: Reader, numbers: dict[str, int]):
        self.path = path
        self.journal = journal
        self.reader = reader
        self.identities = Identities(journal, reader, numbers["identities"])
        self._numbers = numbers

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open the database. Raises ``DatabaseRefused``."""
        writer = await asyncio.to_thread(open_writer, path)
        reader = await Reader.open(path)
        numbers = {}
        for table in ("identities", "events", "inbox", "outbox", "quarantine", "whispers"):
            [(newest,)] = await reader.rows(f"SELECT max(id) FROM {table}")
            numbers[table] = (newest or 0) + 1
        return cls(path, Journal(writer), reader, numbers)

    def number(self, table: str) -> int:
        """Return the next free id of a table; ids only grow."""
        number = self._numbers[table]
        self._numbers[table] = number + 1
        return number

    def newest(self, table: str) -> int:
        """Return the highest id given in a table so far, or 0."""
        return self._numbers[table] - 1

    async def close(self) -> None:
        """Write what is left and close."""
        await self.journal.close()
        await self.reader.close()
