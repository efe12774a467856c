"""What the web shows of stored messages: the values, and who looks them up."""

from typing import Protocol

from msgspec import Struct


class Entry(Struct, frozen=True):
    """One message on a page."""

    author: str
    time: float
    """When it was said, in seconds since 1970."""
    text: str
    files: tuple[tuple[str, str], ...] = ()
    """What is attached to it: how to call each, and where it is."""
    gone: bool = False
    """It was taken back, and says nothing any more."""


class Page(Struct, frozen=True):
    """One long message, or the list of messages that a room missed."""

    title: str
    entries: tuple[Entry, ...]


class Texts(Protocol):
    """Who knows what a link leads to."""

    async def page(self, key: str) -> Page | None:
        """Return the page kept under a key that ``Links.url`` was given, or None if it is gone."""
