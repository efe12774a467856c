"""What all parts of the engine share: the store, the limits, the marks, and the counters."""

import base64
import hmac
import time
from collections.abc import Callable

from msgspec import Struct

from bridge.core.decide import Notice
from bridge.core.words import ENGLISH, Words
from bridge.engine.recent import Recent
from bridge.media.files import Rules
from bridge.model import Event, File
from bridge.store import Store, messages
from bridge.store.state import State


class Limits(Struct, frozen=True):
    """How much may wait, and how long."""

    backlog_lines: int = 500
    """Commands that may wait for one room; the rest becomes one line with a link."""
    backlog_age: float = 24 * 3600
    """Seconds after which what still waits becomes part of such a line."""
    window: int = 8
    """Speakers of one room that are served at the same time."""
    queue: int = 10_000
    """Events of one portal that may wait in memory for the journal."""
    edit_hold: float = 5.0
    """Seconds for which an edit or reaction that must be said in words waits for the next one."""


class Context:
    """Shared by the portals and the outboxes of one daemon."""

    def __init__(
        self,
        store: Store,
        mark: str,
        *,
        limits: Limits | None = None,
        link: Callable[[str], str] = lambda key: "",
        words: Words = ENGLISH,
        offer: Callable[[int, File, int], File] = lambda event, file, number: file,
        media: Rules | None = None,
        clock: Callable[[], float] = time.time,
        secret: bytes = b"",
    ):
        self.store = store
        self.journal = store.journal
        self.mark = mark
        """Names this installation: part of every key, and the hop mark of every copy."""
        self.limits = limits or Limits()
        self.link = link
        """Gives the address of a page by its key; empty if the daemon has no public address."""
        self.words = words
        self.offer = offer
        """Fills in where everybody can get a file, by its event and its number in there."""
        self.media = media or Rules()
        self.clock = clock
        self._secret = secret
        self.facts = State("bridge", store.journal, store.reader)
        self.notify: Callable[[Notice], None] = lambda notice: None
        """Queues words for one person; the bridge sets it."""
        self._events: Recent[int, Event] = Recent(1536)

    def keep(self, number: int, event: Event) -> None:
        """Hold on to an event that will be rendered soon."""
        self._events[number] = event

    def trim(self) -> None:
        """Let go of what was kept long ago."""
        self._events.trim()

    def forget(self, number: int) -> None:
        """An event does not say any more what it said."""
        self._events.pop(number, None)

    async def recall(self, number: int) -> Event | None:
        """Return an archived event."""
        event = self._events.get(number)
        if event is None and (stored := await messages.event(self.store.reader, number)):
            event = self._events[number] = stored.event
        return event

    def key(self, event: int, room: int) -> str:
        """Name the copy of an event in a room."""
        return f"{self.mark}.{event:x}.{room:x}"

    def stable_id(self, event: int, room: int) -> str:
        """Name an event in a hosted room: the same for ever, and nothing can be guessed from it
        (XEP-0359 §6)."""
        digest = hmac.digest(self._secret, b"%x.%x" % (event, room), "sha256")
        return base64.b32encode(digest[:15]).decode().lower()

    def own_key(self, row: int) -> str:
        """Name a command of the bridge's own."""
        return f"{self.mark}.o{row:x}"
