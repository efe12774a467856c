"""What must be known to decide about one event."""

from collections.abc import Callable

from msgspec import Struct

from bridge.model import LegPolicy, RoomRef, UserRef


class Leg(Struct, frozen=True):
    """One of the rooms of a portal."""

    room: RoomRef
    address: str
    policy: LegPolicy


class Facts(Struct, frozen=True, kw_only=True):
    """The portal as it is when the event is decided."""

    origin: Leg
    others: tuple[Leg, ...]
    known: bool = False
    """One of the event's ids was seen before."""
    repeats: int = 0
    """How often the same text was said in this room in the last seconds, this time not counted."""
    mark: str = ""
    """Our own hop mark."""
    topic: str | None = None
    topic_time: float = 0.0
    find_name: Callable[[str], UserRef | None] = lambda name: None
    """Who is called so in the origin room, puppets included; the name is casefolded."""
