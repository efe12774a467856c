"""Looks up what links lead to: one message, the messages a room missed, or a file."""

from collections.abc import Callable, Iterable
from types import UnionType

from bridge.core.words import ENGLISH, Words
from bridge.model import Content, File, MessageEdited, MessageSent, plain
from bridge.store import Store, messages
from bridge.store.messages import Stored
from bridge.web.pages import Entry, Page

_MOST = 5000
"""Messages on one page."""


class StoredTexts:
    """``pages.Texts`` over the archive. Keys are those of ``engine.context.Context``."""

    def __init__(
        self, store: Store, offer: Callable[[int, File, int], File], words: Words = ENGLISH
    ):
        """``offer``: see ``Context.offer``; links are made anew whenever a page is read."""
        self._store, self._offer, self._words = store, offer, words

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
        entries = self._entries([stored] if stored else [], MessageSent | MessageEdited)
        return Page(f"A message of {entries[0].author}", entries) if entries else None

    async def _missed(self, room: int, first: int, last: int) -> Page | None:
        reader = self._store.reader
        found = await messages.missed(reader, room, first, last, _MOST)
        entries = self._entries(found, MessageSent)
        return Page("Messages that did not get there in time", entries) if entries else None

    def _entries(self, stored: Iterable[Stored], kinds: UnionType | type) -> tuple[Entry, ...]:
        return tuple(self._entry(item) for item in stored if isinstance(item.event, kinds))

    def _entry(self, stored: Stored) -> Entry:
        event = stored.event
        assert isinstance(event, MessageSent | MessageEdited)
        if stored.retracted:
            return Entry(event.author.name, event.time, "", gone=True)
        lines, files = [_text(event.author.name, event.content)], []
        for number, thing in enumerate(event.content.attached):
            file = self._offer(stored.id, thing, number) if isinstance(thing, File) else None
            if file and file.url:
                files.append((file.description or file.name or file.url, file.url))
            else:
                lines.append(self._words.attached(thing))
        text = "\n".join(filter(None, lines))
        return Entry(event.author.name, event.time, text, tuple(files))


def _text(author: str, content: Content) -> str:
    text = plain(content)
    return f"* {author} {text}" if content.style == "emote" else text


class Gone(Exception):
    """It was taken back."""


class StoredFiles:
    """Knows the files of the archive that only a network can open."""

    def __init__(self, store: Store):
        self._store = store

    async def file(self, event: int, number: int) -> File | None:
        """Return a file by its place in the archive. Raises ``Gone`` as soon as the message, or
        the edit that brought it, was taken back."""
        stored = await messages.event(self._store.reader, event)
        if stored and stored.retracted:
            raise Gone
        content: Content | None = getattr(stored.event, "content", None) if stored else None
        attached = content.attached[number : number + 1] if content else ()
        found = attached[0] if attached else None
        return found if isinstance(found, File) and found.network else None
