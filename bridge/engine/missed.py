"""What one room will never be told message by message, because it was away for too long."""

import msgspec
from msgspec import Struct

from bridge.engine.context import Context


class Span(Struct):
    """A range of events that will be told as one line."""

    count: int = 0
    first: int = 0
    last: int = 0
    begin: float = 0.0
    """When the first of them was said, in seconds since 1970."""
    end: float = 0.0

    def add(self, event: int, time: float) -> None:
        """Count one more."""
        if not self.count:
            self.first, self.begin = event, time
        self.count, self.last, self.end = self.count + 1, max(self.last, event), time

    def page(self, room: int) -> str:
        """Name the page that lists them."""
        return f"missed.{room:x}.{self.first:x}.{self.last:x}"


class Missed:
    """Counts what goes past the backlog's limit. True while there is something to tell."""

    def __init__(self, context: Context, room: int):
        self._context = context
        self._room = room
        self._key = f"missed/{room}"
        self._span = Span()
        self._told: set[str] = set()

    async def load(self) -> None:
        """Take up what the last run left."""
        if value := await self._context.facts.get(self._key):
            self._span = msgspec.json.decode(value, type=Span)

    def __bool__(self) -> bool:
        return self._span.count > 0

    @property
    def span(self) -> Span:
        """What is to be told."""
        return self._span

    def add(self, event: int, time: float) -> None:
        """Count one more; joins the open batch of the journal."""
        self._span.add(event, time)
        self._context.facts.note(self._key, msgspec.json.encode(self._span).decode())

    def must_tell(self, lane: str) -> bool:
        """Tell whether this speaker does not know yet; asking counts as telling."""
        new = lane not in self._told
        self._told.add(lane)
        return new

    def forget(self) -> None:
        """The room has been told."""
        self._span = Span()
        self._told.clear()
        self._context.facts.drop(self._key)
