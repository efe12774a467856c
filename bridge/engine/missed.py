"""What one room will never be told message by message, because it was away for too long."""

import msgspec
from msgspec import Struct

from bridge.engine.context import Context


class Span(Struct):
    """A range of events, as the bridge keeps it in its durable facts."""

    count: int = 0
    first: int = 0
    last: int = 0
    begin: float = 0.0
    end: float = 0.0


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
    def count(self) -> int:
        """How many messages."""
        return self._span.count

    @property
    def begin(self) -> float:
        """When the first of them was said, in seconds since 1970."""
        return self._span.begin

    @property
    def end(self) -> float:
        """When the last of them was said, in seconds since 1970."""
        return self._span.end

    def add(self, event: int, time: float) -> None:
        """Count one more; joins the open batch of the journal."""
        span = self._span
        if not span.count:
            span.first, span.begin = event, time
        span.count, span.last, span.end = span.count + 1, max(span.last, event), time
        self._context.facts.note(self._key, msgspec.json.encode(span).decode())

    def must_tell(self, lane: str) -> bool:
        """Tell whether this speaker does not know yet; asking counts as telling."""
        new = lane not in self._told
        self._told.add(lane)
        return new

    def page(self) -> str:
        """Name the page that lists them."""
        return f"missed.{self._room:x}.{self._span.first:x}.{self._span.last:x}"

    def forget(self) -> None:
        """The room has been told."""
        self._span = Span()
        self._told.clear()
        self._context.facts.drop(self._key)
