"""Looks up what links lead to: the full text of one message, or the messages a room missed."""

from collections.abc import Iterable

from bridge.model import MessageSent, plain
from bridge.store import Store, messages
from bridge.store.messages import Stored
from bridge.web.pages import Entry, Page

_MOST = 5000
"""Messages on one page."""


class StoredTexts:
    """``pages.Texts`` over the archive. Keys are those of ``engine.context.Context``."""

    def __init__(self, store: Store):
        self._store = store

    async def page(self, key: str) -> Page | None:
        """Return the page kept under a key, or None if it is gone."""
        kind, *numbers = key.split(".")
        try:
            values = [int(number, 16) for number in numbers]
        except ValueError:
            return None
        if kind == "missed" and len(values) == 3:
            return await self._missed(*values)
        return await self._message(values[0]) if len(values) == 2 else None

    async def _message(self, number: int) -> Page | None:
        stored = await messages.event(self._store.reader, number)
        entries = _entries([stored] if stored else [])
        return Page(f"A message of {entries[0].author}", entries) if entries else None

    async def _missed(self, room: int, first: int, last: int) -> Page | None:
        reader = self._store.reader
        found = await messages.missed(reader, room, first, last, _MOST)
        entries = _entries(found)
        return Page("Messages that did not get there in time", entries) if entries else None


def _entries(stored: Iterable[Stored]) -> tuple[Entry, ...]:
    return tuple(
        Entry(item.event.author.name, item.event.time, _text(item.event))
        for item in stored
        if isinstance(item.event, MessageSent)
    )


def _text(event: MessageSent) -> str:
    text = plain(event.content)
    return f"* {event.author.name} {text}" if event.content.style == "emote" else text
