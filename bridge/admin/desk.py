"""Carries out what an admin asks of the running bridge: ``facade.Admin`` over the engine."""

import asyncio
import re
import sqlite3
import time
from pathlib import Path

from bridge import __version__
from bridge.admin.carrying import carries
from bridge.admin.facade import (
    LegInfo,
    NetworkInfo,
    NewLeg,
    PortalInfo,
    Quarantined,
    Refused,
    Status,
)
from bridge.engine.authors import clear
from bridge.engine.bridge import Bridge
from bridge.engine.portal import Portal
from bridge.model import Gauge, Rejected, RoomRef
from bridge.store import backup, pending
from bridge.store.rooms import AlreadyLinked, Seat, link

_FIND_TIMEOUT = 20.0


class Desk:
    """The engine as an admin sees it."""

    def __init__(self, bridge: Bridge):
        self._bridge = bridge
        self._started = time.monotonic()
        self._quarantined: tuple[int, tuple[Quarantined, ...]] = (0, ())

    async def refresh(self) -> None:
        """Read what the status page tells of the database; called now and then, off its path."""
        count, latest = await pending.quarantined(self._bridge.context.store.reader)
        entries = tuple(Quarantined(at, *error.split(": ", 1)) for at, error in latest)
        self._quarantined = (count, entries)

    async def link(self, name: str | None, legs: list[NewLeg]) -> PortalInfo:
        """Link rooms; see ``Admin.link``."""
        found = await asyncio.gather(*(self._find(leg) for leg in legs))
        seats = [Seat(room, leg.address, leg.policy) for room, leg in zip(found, legs, strict=True)]
        if len(set(found)) < len(found):
            raise Refused("The same room is named twice.")
        name = name or self._name_for(seats)
        old = self._bridge.portals.get(name)
        if len(seats) + (len(old.legs) if old else 0) < 2:
            raise Refused("A link needs at least two rooms; name the others, too.")
        bridge = self._bridge
        try:
            row = await link(bridge.context.journal, name, seats, bridge.context.clock())
        except AlreadyLinked as error:
            raise Refused(
                f"One of the rooms is linked in {error} already; unlink it there first."
            ) from error
        return self._info(bridge.place(row))

    async def unlink(self, portal: str, address: str | None) -> PortalInfo:
        """Take a room or a portal apart; see ``Admin.unlink``."""
        found = self._portal(portal)
        legs = [self._leg(found, address)] if address else list(found.legs)
        if len(found.legs) - len(legs) < 2:
            legs = list(found.legs)  # a room that is linked to nothing is no link
        info = self._info(found)
        await self._bridge.remove(found, legs)
        return PortalInfo(info.name, tuple(leg for leg in info.legs if leg.room in legs))

    def rooms(self) -> list[PortalInfo]:
        """List all portals."""
        return [self._info(portal) for _, portal in sorted(self._bridge.portals.items())]

    def status(self) -> Status:
        """Say how everything is."""
        bridge = self._bridge
        networks = []
        for name, network in bridge.networks.items():
            figures = network.figures() if isinstance(network, Gauge) else {}
            state = bridge.status[name]
            networks.append(
                NetworkInfo(
                    name=name,
                    kind=network.kind,
                    up=state.up,
                    detail=state.detail,
                    figures=figures,
                )
            )
        quarantined, latest = self._quarantined
        return Status(
            version=__version__,
            uptime=time.monotonic() - self._started,
            ready=bridge.ready,
            storage=bridge.context.journal.failure or "",
            networks=tuple(networks),
            portals=tuple(self.rooms()),
            inbox=sum(portal.waiting for portal in bridge.portals.values()),
            quarantined=quarantined,
            quarantine=latest,
            in_doubt=int(sum(n.figures.get("lines_in_doubt", 0) for n in networks)),
        )

    async def backup(self, path: Path) -> int:
        """Copy the database; see ``Admin.backup``."""
        try:
            return await asyncio.to_thread(backup, self._bridge.context.store.path, path)
        except FileExistsError:
            raise Refused(f"{path} exists already; name a new file.") from None
        except (OSError, sqlite3.Error) as error:
            raise Refused(f"{path} could not be written: {error}") from error

    async def clear_queue(self, portal: str, address: str | None) -> int:
        """Drop what waits; see ``Admin.clear_queue``."""
        found = self._portal(portal)
        legs = [self._leg(found, address)] if address else list(found.legs)
        return await clear(self._bridge.context, [found.outboxes[leg] for leg in legs])

    # -- finding things

    async def _find(self, leg: NewLeg) -> RoomRef:
        network = self._bridge.networks.get(leg.network)
        if network is None:
            known = ", ".join(sorted(self._bridge.networks))
            raise Refused(f"There is no network {leg.network!r} in the config; there are: {known}.")
        try:
            async with asyncio.timeout(_FIND_TIMEOUT):
                return await network.find(leg.address)
        except Rejected as error:
            raise Refused(f"{leg.network}:{leg.address}: {error}") from error
        except TimeoutError:
            raise Refused(
                f"{leg.network} did not answer about {leg.address} in time; see tercet status."
            ) from None
        except Exception as error:
            raise Refused(f"{leg.network}:{leg.address} could not be looked up: {error}") from error

    def _name_for(self, seats: list[Seat]) -> str:
        for seat in seats:
            if portal := self._bridge.portal_of(seat.room):
                return portal.name
        base = re.sub(r"\W+", "-", re.split(r"[@:]", seats[0].address.lstrip("#&!"))[0]).strip("-")
        name, number = base or "room", 2
        while name in self._bridge.portals:
            name, number = f"{base or 'room'}-{number}", number + 1
        return name

    def _portal(self, name: str) -> Portal:
        portal = self._bridge.portals.get(name)
        if portal is None:
            names = ", ".join(sorted(self._bridge.portals)) or "none yet"
            raise Refused(f"There is no portal {name!r}; there are: {names}.")
        return portal

    def _leg(self, portal: Portal, address: str) -> RoomRef:
        for room, leg in portal.legs.items():
            if address in (f"{room.network}:{leg.address}", str(room), leg.address, room.id):
                return room
        legs = ", ".join(f"{leg.room.network}:{leg.address}" for leg in portal.legs.values())
        raise Refused(f"{address} is not in {portal.name}; its rooms are: {legs}.")

    def _info(self, portal: Portal) -> PortalInfo:
        return PortalInfo(portal.name, tuple(self._leg_info(portal, r) for r in portal.legs))

    def _leg_info(self, portal: Portal, room: RoomRef) -> LegInfo:
        outbox, leg = portal.outboxes[room], portal.legs[room]
        members = portal.people.count(room)
        return LegInfo(
            room=room,
            address=leg.address,
            up=outbox.up,
            detail=outbox.detail,
            policy=leg.policy,
            members=members,
            backlog=outbox.backlog + outbox.missed.span.count,
            oldest=outbox.oldest(),
            carries=carries(outbox.network.capabilities(room), leg.policy, members),
        )
