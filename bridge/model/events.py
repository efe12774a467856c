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
    reply_to: str = ""
    """The id (in this room) of the message it answers."""
    quoted: str = ""
    """The quote that stood before the text for clients without replies; it is not in ``content``.
    Shown only if ``reply_to`` turns out to be unknown."""
    thread: str = ""
    """What this room calls the thread it belongs to: the root's id, or a name that the first
    message of the thread brings up."""


class MessageEdited(_RoomEvent, frozen=True, tag="edited"):
    """Somebody replaced what an earlier message says. Ignored unless the hand is the same."""

    author: Account
    target: str
    """An id (in this room) of the original; of the first version, never of an edit."""
    content: Content
    time: float
    ids: tuple[str, ...] = ()
    live: bool = True
    quoted: str = ""
    hop: str = ""


class MessageRetracted(_RoomEvent, frozen=True, tag="retracted"):
    """A message (or one reaction, or one edit) was taken back."""

    target: str
    time: float
    author: Account | None = None
    """Who did it, if the network says so."""
    moderated: bool = False
    """The network itself vouches that this is the act of a moderator, not of the author."""
    reason: str = ""
    ids: tuple[str, ...] = ()


class ReactionsSet(_RoomEvent, frozen=True, tag="reactions"):
    """These are now all of one person's reactions to a message (XEP-0444)."""

    author: Account
    target: str
    keys: tuple[str, ...]
    time: float
    ids: tuple[str, ...] = ()


class Reacted(_RoomEvent, frozen=True, tag="reacted"):
    """One reaction was added, or taken away."""

    author: Account
    target: str
    key: str
    time: float
    added: bool = True
    ids: tuple[str, ...] = ()


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


Event = (
    MessageSent
    | MessageEdited
    | MessageRetracted
    | ReactionsSet
    | Reacted
    | TopicChanged
    | PuppetRemoved
    | CopyConfirmed
)
