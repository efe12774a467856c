"""What an admin may ask of the running daemon, and the values that answer: the seam between the
engine, which implements ``Admin``, and everything that shows it (CLI, web page, later chat).
"""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from bridge.admin.carrying import How
from bridge.model import LegPolicy, RoomRef


class Refused(Exception):
    """It was not done. The text is a sentence for the admin: what is wrong and what to do."""


class NewLeg(Struct, frozen=True):
    """A room that is to be linked, as the admin typed it."""

    network: str
    address: str
    policy: LegPolicy = LegPolicy()


class LegInfo(Struct, frozen=True, kw_only=True):
    """A linked room as it is now."""

    room: RoomRef
    address: str
    """How people call it: ``#chan``, ``room@muc``, ``#alias:server``."""
    up: bool
    detail: str = ""
    """Why it is not up, in words that help."""
    policy: LegPolicy = LegPolicy()
    members: int = 0
    """How many people of its own network are known to be in it."""
    backlog: int = 0
    """How many commands wait to be carried out there."""
    oldest: float | None = None
    """Since when the oldest of them waits, in seconds since 1970."""
    carries: dict[str, How] = {}
    """What it shows natively, what it is told in words, what it does not get (see ``carrying``)."""


class PortalInfo(Struct, frozen=True):
    """A portal and its legs."""

    name: str
    legs: tuple[LegInfo, ...] = ()


class NetworkInfo(Struct, frozen=True, kw_only=True):
    """A configured network as it is now."""

    name: str
    kind: str
    up: bool
    detail: str = ""
    figures: dict[str, float] = {}
    """What ``Gauge.figures`` says, if the network has any."""


class Quarantined(Struct, frozen=True):
    """An event that failed again and again and was laid aside."""

    time: float
    """When it was laid aside, in seconds since 1970."""
    room: str
    error: str


class Status(Struct, frozen=True, kw_only=True):
    """The whole daemon at a glance."""

    version: str
    uptime: float
    """Seconds since it started."""
    ready: bool
    """The database is open, every network has been started and every leg has been asked for."""
    storage: str = ""
    """Empty while the journal can be written, else the reason why not."""
    networks: tuple[NetworkInfo, ...] = ()
    portals: tuple[PortalInfo, ...] = ()
    inbox: int = 0
    """How many accepted events are not decided yet."""
    quarantined: int = 0
    quarantine: tuple[Quarantined, ...] = ()
    """The latest few of them, newest first."""
    in_doubt: int = 0
    """How many lines were sent but never proven delivered, so that one may have come twice."""

    @property
    def healthy(self) -> bool:
        """Tell whether the daemon does its work. A network that is down does not make it ill."""
        return self.ready and not self.storage

    @property
    def backlog(self) -> int:
        """Count the commands that wait, over all legs."""
        return sum(leg.backlog for portal in self.portals for leg in portal.legs)

    @property
    def oldest(self) -> float | None:
        """Since when the oldest command of all waits, in seconds since 1970."""
        legs = (leg for portal in self.portals for leg in portal.legs)
        return min((leg.oldest for leg in legs if leg.oldest is not None), default=None)


class Admin(Protocol):
    """The daemon's face to its admin. Every method may raise ``Refused``."""

    async def link(self, name: str | None, legs: list[NewLeg]) -> PortalInfo:
        """Link these rooms and keep that; returns as soon as it is kept, not when all are joined.

        ``name`` of a portal that exists: the rooms are added to it. None: the portal which one of
        the rooms is already in, else a new one named after the first room. A room that is in this
        portal already gets the given policy; one that is in another portal is refused.
        """

    async def unlink(self, portal: str, address: str | None) -> PortalInfo:
        """Take one room (``network:address``) or the whole portal apart; returns what was taken."""

    def rooms(self) -> list[PortalInfo]:
        """List all portals, by name. From memory."""

    def status(self) -> Status:
        """Say how everything is. From memory, never blocks: it must work with a full disk."""

    async def backup(self, path: Path) -> int:
        """Copy the database while it is used; returns the bytes written. An existing
        file is refused."""

    async def clear_queue(self, portal: str, address: str | None) -> int:
        """Drop what waits for one room or for all rooms of a portal; returns how many commands."""
