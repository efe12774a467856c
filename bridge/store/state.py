"""Durable facts by key: each network's own, and the bridge's."""

from bridge.store.database import Reader
from bridge.store.journal import Journal


class State:
    """The key-value store of one owner (a network's name, or ``bridge``). See ``KeyValue``."""

    def __init__(self, owner: str, journal: Journal, reader: Reader):
        self._owner = owner
        self._journal = journal
        self._reader = reader

    async def get(self, key: str) -> str | None:
        """Return what was put under this key, or None."""
        rows = await self._reader.rows(
            "SELECT value FROM state WHERE owner = ? AND key = ?", (self._owner, key)
        )
        return rows[0][0] if rows else None

    async def put(self, key: str, value: str) -> None:
        """Keep a value; once this returns it survives a crash."""
        self.note(key, value)
        await self._journal.committed()

    def note(self, key: str, value: str) -> None:
        """Keep a value soon, without waiting."""
        self._journal.remember(self._owner, key, value)

    async def delete(self, key: str) -> None:
        """Forget a key; unknown keys are fine."""
        self._journal.remember(self._owner, key, None)
        await self._journal.committed()

    async def items(self, prefix: str = "") -> list[tuple[str, str]]:
        """Return all pairs whose key begins so, sorted by key."""
        rows = await self._reader.rows(
            "SELECT key, value FROM state WHERE owner = ? AND substr(key, 1, ?) = ? ORDER BY key",
            (self._owner, len(prefix), prefix),
        )
        return [(key, value) for key, value in rows]

    def drop(self, key: str) -> None:
        """Forget a key soon, without waiting."""
        self._journal.remember(self._owner, key, None)
