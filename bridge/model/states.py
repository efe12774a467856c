"""What is true right now. States are lossy: the latest wins, nothing here is journaled, and after
a restart the networks report everything again.
"""

from typing import Literal

from msgspec import Struct

from bridge.model.hosting import SeatState
from bridge.model.refs import Account, RoomRef, UserRef


class Roster(Struct, frozen=True, tag="roster"):
    """Everybody who is in the room now and belongs to its network (none of our own puppets)."""

    room: RoomRef
    members: tuple[Account, ...]


class MembersChanged(Struct, frozen=True, tag="members"):
    """A change since the roster. A netsplit of 3,000 is one of these, not 3,000."""

    room: RoomRef
    joined: tuple[Account, ...] = ()
    renamed: tuple[Account, ...] = ()
    """The same ``user`` under a new name."""
    left: tuple[UserRef, ...] = ()
    reason: str = ""
    by: str = ""
    """Who put them out, if somebody did."""
    how: Literal["left", "quit", "kicked", "banned"] = "left"
    transient: bool = False
    """They will most likely be back in a minute (netsplit, time-out, host change)."""


class PuppetNamed(Struct, frozen=True, tag="puppet"):
    """The person's puppet in this room goes by this name now. Empty: it has no puppet there."""

    room: RoomRef
    user: UserRef
    name: str


class Typing(Struct, frozen=True, tag="typing"):
    """Somebody is typing in the room, or has stopped. Observed and shown; whoever shows it repeats
    it as its network demands and ends it after 30 seconds without news."""

    room: RoomRef
    account: Account
    active: bool


class ReadUpTo(Struct, frozen=True, tag="read"):
    """Somebody has read the room up to a message. Observed with one id; shown with all that the
    message has in the room it is shown in."""

    room: RoomRef
    account: Account
    ids: tuple[str, ...]


class RoomStatus(Struct, frozen=True, tag="room"):
    """Whether we are in the room and can both hear and speak. ``detail`` says why not, in words
    that help an admin. ``refused``: it will not get better by itself (banned, encrypted)."""

    room: RoomRef
    up: bool
    detail: str = ""
    refused: bool = False


class NetworkStatus(Struct, frozen=True, tag="network"):
    """Whether the network is connected, and if not what an admin should know."""

    network: str
    up: bool
    detail: str = ""


Observation = (
    Roster
    | MembersChanged
    | PuppetNamed
    | RoomStatus
    | NetworkStatus
    | Typing
    | ReadUpTo
    | SeatState
)


class Presence(Struct, frozen=True, tag="presence"):
    """A person of another network should be seen in this room (or no longer)."""

    room: RoomRef
    account: Account
    present: bool
    reason: str = ""


class Announcement(Struct, frozen=True, tag="announcement"):
    """Say this in the room as the bridge itself if that is possible now, else forget it. Used when
    the journal itself is what fails."""

    room: RoomRef
    text: str


Shown = Presence | Announcement | Typing | ReadUpTo

Displayed = Roster | MembersChanged | PuppetNamed | SeatState
"""What is shown to a hosted room, with that room's name, besides all that is ``Shown``."""
