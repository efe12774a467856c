"""Who was seen where, under a short number of their own."""

from cachetools import LRUCache

from bridge.model import Account, UserRef
from bridge.store.database import Reader
from bridge.store.journal import Journal


class Identities:
    """Gives every identity its number, and writes down new names."""

    def __init__(self, journal: Journal, reader: Reader, next_number: int):
        self._journal = journal
        self._reader = reader
        self._next = next_number
        self._cache: LRUCache[UserRef, tuple[int, str, str]] = LRUCache(4096)

    async def number(self, account: Account) -> int:
        """Return the number of an identity; a new one, or a new name, joins the open batch."""
        known = self._cache.get(account.user)
        if known is None:
            found = await self._look_up(account.user)
            known = self._cache.get(account.user) or found  # somebody may have been quicker
        if known and known[1:] == (account.name, account.about):
            return known[0]
        number = known[0] if known else self._next
        self._next += not known
        user = account.user
        self._journal.add("identity", (number, user.network, user.id, account.name, account.about))
        self._cache[user] = (number, account.name, account.about)
        return number

    async def _look_up(self, user: UserRef) -> tuple[int, str, str] | None:
        rows = await self._reader.rows(
            "SELECT id, name, about FROM identities WHERE network = ? AND account = ?",
            (user.network, user.id),
        )
        if not rows:
            return None
        number, name, about = rows[0]
        self._cache[user] = (number, name, about)
        return number, name, about
