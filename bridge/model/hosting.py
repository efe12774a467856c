"""Rooms that we host ourselves, and the people who take a seat in the channels behind them.

A *hosted* room has no server but us: its ids are ours, its copy is complete once it is journaled,
and showing it to whoever is in it is best effort. Whoever enters it takes a *seat*: their own
connection to the network behind it. Neither network knows the other; they meet in these values,
and the bridge turns the name of the hosted room into that of the room behind it, and back.
"""

from typing import Literal

from msgspec import Struct

from bridge.model.content import Content
from bridge.model.refs import Account, RoomRef, UserRef

Rank = Literal["owner", "admin", "operator", "halfop", "voice", "none", "muted"]
"""What somebody may do in a room, the most first. ``muted``: they may not even speak."""


class Standing(Struct, frozen=True):
    """What a room's members see of one of them, besides the name."""

    rank: Rank = "none"
    away: str | None = None
    """Why they are away; None: they are here."""
    address: str = ""
    """Where the network says they come from (``user@host``)."""


# -- what is true now (see ``states``): observed by the network behind, shown by the host


class Standings(Struct, frozen=True, tag="standings"):
    """The standing of some who are in the room: after a ``Roster`` of all whose standing is not
    the plain one, then of those whose standing changed. Names people of other networks too, if
    they have a seat there."""

    room: RoomRef
    standings: tuple[tuple[UserRef, Standing], ...]


class SeatLost(Struct, frozen=True, tag="seat-lost"):
    """A person's seat has ended, and they did not ask for it."""

    room: RoomRef
    user: UserRef
    how: Literal["kicked", "banned", "left", "link"]
    """``link``: their connection is gone for good; ``left``: the network took them out."""
    by: str = ""
    reason: str = ""


class SeatWaits(Struct, frozen=True, tag="seat-waits"):
    """A person's connection is gone and being made anew (``reason``), or is there again (empty).
    The seat is kept meanwhile; others see nothing of it."""

    room: RoomRef
    user: UserRef
    reason: str


class ServerSaid(Struct, frozen=True, tag="server-said"):
    """Words of a network itself, or of its services, for one person alone."""

    network: str
    """As the person calls it (``Enter.network``)."""
    user: UserRef
    text: str
    sender: str = ""
    """Who of its services or servers says so; empty: our own words about the connection."""


class Invited(Struct, frozen=True, tag="invited"):
    """Somebody asks a person to come, or the network has put them into a room already."""

    network: str
    address: str
    """The room, as people of that network write it."""
    user: UserRef
    by: str = ""


SeatState = Standings | SeatLost | SeatWaits | ServerSaid | Invited


# -- what people ask for: answered at once or refused (``Rejected``), never journaled


class _Request(Struct, frozen=True, tag=True, kw_only=True):
    person: Account


class Enter(_Request, frozen=True, tag="enter"):
    """A person wants a seat. The answer, ``Entered``, comes when the room behind has told who is
    there: then the bridge has shown the host a ``Roster`` and ``Standings`` of all of them."""

    room: RoomRef
    """The hosted room; for the network behind: its own room."""
    network: str
    """The network behind: as configured, or the host name of one of its servers."""
    address: str
    """The room behind, as people of that network write it."""
    nick: str
    password: str = ""


class Entered(Struct, frozen=True):
    """The person has the seat."""

    nick: str
    """What they are called there: perhaps not what they wanted."""
    room: RoomRef | None = None
    topic: str = ""
    topic_by: str = ""
    topic_time: float = 0.0


class Leave(_Request, frozen=True, tag="leave"):
    """A person gives the seat up."""

    room: RoomRef
    text: str = ""


class Rename(_Request, frozen=True, tag="rename"):
    """A person wants another nick, on the whole network behind. The answer is the nick."""

    room: RoomRef
    nick: str


class SetAway(_Request, frozen=True, tag="away"):
    """A person is away (with a reason), or back (None), everywhere."""

    reason: str | None


class Moderate(_Request, frozen=True, tag="moderate"):
    """A person acts on another one in the room, with their own rights there."""

    room: RoomRef
    deed: Literal["kick", "ban", "unban", "rank"]
    nick: str
    """Whom it is about; for a ban also a mask."""
    rank: Rank = "none"
    reason: str = ""


class SetSubject(_Request, frozen=True, tag="subject"):
    """A person wants another topic; the change comes back as an event, or not at all."""

    room: RoomRef
    topic: str


class Invite(_Request, frozen=True, tag="invite"):
    """A person asks somebody of the network behind to come to the room."""

    room: RoomRef
    nick: str


class Look(_Request, frozen=True, tag="look"):
    """A person asks about somebody. The answer is text, one fact to a line."""

    network: str
    nick: str
    what: Literal["whois", "ping", "version", "time"]


class ListRooms(_Request, frozen=True, tag="rooms"):
    """A person asks which rooms there are; the answer is a ``Listing``."""

    network: str


class Listed(Struct, frozen=True):
    """One room of a directory."""

    address: str
    members: int
    topic: str = ""


class Listing(Struct, frozen=True):
    """What a directory holds."""

    rooms: tuple[Listed, ...]
    complete: bool = True


class ListBans(_Request, frozen=True, tag="bans"):
    """A person asks who is banned; the answer is text, a mask to a line."""

    room: RoomRef


class Raw(_Request, frozen=True, tag="raw"):
    """A person sends a line of the network's own language; answers come as ``ServerSaid``."""

    network: str
    line: str


class Disconnect(_Request, frozen=True, tag="disconnect"):
    """A person's connections, or that to one network, are to end."""

    network: str = ""
    """Empty: all."""
    text: str = ""


class Describe(_Request, frozen=True, tag="describe"):
    """A person asks how their connection to a network is. The answer is text."""

    network: str


class Configure(_Request, frozen=True, tag="configure"):
    """A person's settings on a network (or, with ``address``, in one room of it). Without
    ``changes`` the answer is all of them as ``Settings``; with changes they are kept first."""

    network: str
    address: str = ""
    changes: dict[str, str] = {}


class Setting(Struct, frozen=True):
    """One thing a person may set."""

    name: str
    label: str
    kind: Literal["text", "lines", "secret", "boolean", "number", "choice"]
    value: str = ""
    """A secret's is never told. Lines are parted by ``\\n``, a boolean is ``true`` or ``false``."""
    choices: tuple[str, ...] = ()
    is_set: bool = False
    """For secrets: whether there is one."""


class Settings(Struct, frozen=True):
    """All of them, in the order in which people should see them."""

    settings: tuple[Setting, ...]


Request = (
    Enter
    | Leave
    | Rename
    | SetAway
    | Moderate
    | SetSubject
    | Invite
    | Look
    | ListRooms
    | ListBans
    | Raw
    | Disconnect
    | Describe
    | Configure
)
Answer = Entered | Listing | Settings | str | None


# -- private messages: journaled until they are delivered, never in a room's archive


class Past(Struct, frozen=True):
    """How much of what was said before somebody wants to see on entering (XEP-0045 §7.2.13)."""

    count: int = 20
    since: float = 0.0
    """Nothing from before this time, in seconds since 1970."""


class PrivateSent(Struct, frozen=True, kw_only=True, tag="private"):
    """Somebody wrote to one person on another network."""

    author: Account
    network: str
    """The network of whoever it is for."""
    to: str
    """Whom it is for, as that network writes people: a nick, a bare JID, an MXID."""
    content: Content
    time: float
    ids: tuple[str, ...] = ()
    room: RoomRef | None = None
    """The hosted room within which it was said, if it was: answers go there too."""


class Whisper(Struct, frozen=True, tag="whisper", kw_only=True):
    """Say something to one person in private (see ``PrivateSent``)."""

    key: str
    speaker: Account
    to: str
    """Whom, as this network writes people."""
    content: Content
    time: float
    ids: tuple[str, ...] = ()
    """What it is called where it was said."""
    room: RoomRef | None = None
    """The hosted room within which they talk, if they do."""
    doubtful: bool = False
