"""An ``Admin`` that remembers what it was asked, for tests of what shows and carries commands."""

import time
from pathlib import Path

from bridge.admin.facade import (
    LegInfo,
    NetworkInfo,
    NewLeg,
    PortalInfo,
    Quarantined,
    Refused,
    Status,
)
from bridge.model import LegPolicy, RoomRef


def leg(network: str, address: str, *, up: bool = True, **more: object) -> LegInfo:
    return LegInfo(room=RoomRef(network, address.lower()), address=address, up=up, **more)  # type: ignore[arg-type]


def den() -> PortalInfo:
    """A portal with a room that is well and one that is not."""
    away = {"detail": "the server is down", "backlog": 3, "oldest": time.time() - 125}
    secret = LegPolicy(members="all", password="sesame")
    return PortalInfo(
        "den",
        (
            leg("xmpp", "den@muc.example.org", members=4),
            leg("libera", "#Den", up=False, policy=secret, **away),
        ),
    )


class Office:
    """Keeps portals in memory."""

    def __init__(self, *portals: PortalInfo, storage: str = "", ready: bool = True):
        self.portals = {portal.name: portal for portal in portals}
        self.asked: list[tuple[object, ...]] = []
        self.storage, self.ready = storage, ready
        self.quarantine: tuple[Quarantined, ...] = ()
        self.up_after = 0
        """How often ``rooms`` is asked until new rooms are up."""

    async def link(self, name: str | None, legs: list[NewLeg]) -> PortalInfo:
        self.asked.append(("link", name, legs))
        if any(one.address == "#secret" for one in legs):
            raise Refused("they do not let us in")
        made = tuple(
            leg(one.network, one.address, up=self.up_after == 0, policy=one.policy) for one in legs
        )
        portal = self.portals[name or "new"] = PortalInfo(name or "new", made)
        return portal

    async def unlink(self, portal: str, address: str | None) -> PortalInfo:
        self.asked.append(("unlink", portal, address))
        if portal not in self.portals:
            raise Refused(f"there is no portal “{portal}”")
        return self.portals.pop(portal)

    def rooms(self) -> list[PortalInfo]:
        self.up_after -= 1
        if self.up_after == 0:
            for name, portal in self.portals.items():
                legs = (leg(one.room.network, one.address) for one in portal.legs)
                self.portals[name] = PortalInfo(name, tuple(legs))
        return [portal for _, portal in sorted(self.portals.items())]

    def status(self) -> Status:
        return Status(
            version="1.2.3",
            uptime=7200,
            ready=self.ready,
            storage=self.storage,
            networks=(
                NetworkInfo(name="xmpp", kind="xmpp", up=True, figures={"puppets": 12}),
                NetworkInfo(name="libera", kind="irc", up=False, detail="<refused> by the server"),
            ),
            portals=tuple(self.portals.values()),
            quarantined=len(self.quarantine),
            quarantine=self.quarantine,
        )

    async def backup(self, path: Path) -> int:
        self.asked.append(("backup", path))
        if path.name == "broken":
            raise ZeroDivisionError
        return 4096

    async def clear_queue(self, portal: str, address: str | None) -> int:
        self.asked.append(("clear", portal, address))
        return 1
