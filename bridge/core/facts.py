"""What must be known to decide about one event."""

from collections.abc import Callable, Mapping, Sequence, Set

from msgspec import Struct

from bridge.core.words import ENGLISH, Words
from bridge.model import Account, Content, LegPolicy, RoomRef, UserRef


class Leg(Struct, frozen=True):
    """One of the rooms of a portal."""

    room: RoomRef
    address: str
    policy: LegPolicy


class Version(Struct, frozen=True):
    """What a message said at one time."""

    event: int
    """The event that said so: the message itself, or one of its edits."""
    content: Content


class Original(Struct, frozen=True, kw_only=True):
    """An archived event that a new one refers to."""

    id: int
    room: RoomRef
    """Where it happened."""
    author: Account | None
    kind: str
    time: float
    """When it happened, in seconds since 1970."""
    versions: tuple[Version, ...] = ()
    """What the message said, the newest last; empty if it was taken back."""
    reactions: Mapping[UserRef, Mapping[str, int]] = {}
    """Who reacts to it how (keys as compared), and the event of each reaction."""
    target: int = 0
    """What it belongs to itself."""
    thread: int = 0
    key: str = ""
    """The key, if it is a reaction."""

    @property
    def content(self) -> Content | None:
        """What it says now; None if it was taken back or never said anything."""
        return self.versions[-1].content if self.versions else None


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
    threads: bool = True
    """Messages of the origin room say to which thread they belong; else an answer is in the thread
    of what it answers."""
    topic: str | None = None
    topic_time: float = 0.0
    find_names: Callable[[Set[str]], Mapping[str, UserRef]] = lambda names: {}
    """Who in the origin room is called by one of these names, puppets included; the names are
    casefolded."""
    original: Callable[[str], Original | None] = lambda native: None
    """The event that the origin room knows by this id."""
    by_number: Callable[[int], Original | None] = lambda number: None
    """The event of this number."""
    lately: Sequence[tuple[UserRef, int]] = ()
    """The last few messages, the newest last: who said them, and their events."""
    words: Words = ENGLISH
