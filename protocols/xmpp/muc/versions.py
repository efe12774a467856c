"""Which message a correction means: the ids that clients make up, each sender's apart. Pure.

XEP-0308 names the first version by the ``id`` attribute alone. Such ids are only unique for one
sender, and some clients count anew after a restart: the latest message of that name is meant.
"""

from collections import OrderedDict

KEPT = 2000
"""Messages of a room that are kept in mind; the bridge finds older ones by their own ids."""


class Versions:
    """One room's messages by sender and attr-id, and their corrections."""

    def __init__(self) -> None:
        self._first: OrderedDict[tuple[str, str], str] = OrderedDict()

    def said(self, sender: str, attr_id: str, ids: tuple[str, ...]) -> None:
        """Note a new message: its attr-id and the ids by which the bridge knows it."""
        if attr_id and ids:
            self._note(sender, attr_id, ids[0])

    def corrected(self, sender: str, attr_id: str, replaces: str) -> str:
        """Return the bridge's id of the first version that this new version replaces.

        Clients should always name the first version, but some name the one before (a chain).
        """
        first = self._first.get((sender, replaces)) or f"attr:{sender}/{replaces}"
        if attr_id:
            self._note(sender, attr_id, first)
        return first

    def _note(self, sender: str, attr_id: str, first: str) -> None:
        self._first[sender, attr_id] = first
        self._first.move_to_end((sender, attr_id))
        if len(self._first) > KEPT:
            self._first.popitem(last=False)
