"""What happened on a network, said in words that all networks share. Events are journaled."""

from msgspec import Struct

from bridge.model.content import Content
from bridge.model.refs import Account, RoomRef, UserRef


class _RoomEvent(Struct, frozen=True, tag=True, kw_only=True):
    room: RoomRef


class MessageSent(_RoomEvent, frozen=True, tag="sent"):
    """Someone said something."""

    author: Account
    ids: tuple[str, ...]
    """Every id that later messages in this room may use to refer to this one, in the network's own
    opaque form, the most trusted first. An event with an id already known is a duplicate. Empty:
    the network gave it no id."""
    content: Content
    time: float
    """When it was said, in seconds since 1970, by the network's clock."""
    live: bool = True
    """False: read from history after a gap. It is deduplicated, and shown with its time."""
    hop: str = ""
    """The mark of the bridge that brought it here, if it carries one (see ``Send.hop``)."""


class TopicChanged(_RoomEvent, frozen=True, tag="topic"):
    """The room's topic is now this; empty means cleared."""

    topic: str
    time: float
    author: Account | None = None
    ids: tuple[str, ...] = ()


class PuppetRemoved(_RoomEvent, frozen=True, tag="puppet-removed"):
    """A moderator (or a server) put the puppet of ``user`` out of the room. It must not come back
    by itself; the person speaks through the relay and is told."""

    user: UserRef
    by: str = ""
    reason: str = ""
    banned: bool = False


class CopyConfirmed(_RoomEvent, frozen=True, tag="copy"):
    """The network showed us our own copy: these are its ids. ``key`` is the ``Send.key``."""

    key: str
    part: int
    ids: tuple[str, ...]


Event = MessageSent | TopicChanged | PuppetRemoved | CopyConfirmed
