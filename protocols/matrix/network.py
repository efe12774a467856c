"""One Matrix homeserver as a network of the bridge: puts the parts together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import ClassVar

from mautrix.errors import MatrixRequestError

from bridge.model import (
    Announcement,
    Capabilities,
    Command,
    Delivered,
    Finding,
    Host,
    LegPolicy,
    MediaRefused,
    Presence,
    Rejected,
    RoomRef,
    Send,
    Shown,
    Stream,
    Unavailable,
)
from protocols.matrix import probe
from protocols.matrix.address import Ghosts, linked
from protocols.matrix.appservice import AppService
from protocols.matrix.client import segment, words
from protocols.matrix.config import MatrixConfig
from protocols.matrix.delivery import Delivery
from protocols.matrix.gap import Gap
from protocols.matrix.link import Link
from protocols.matrix.presences import Presences
from protocols.matrix.registration import registration_yaml
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room, Rooms
from protocols.matrix.signals import Signals
from protocols.matrix.site import Site
from protocols.matrix.timeline import Own, Timeline
from protocols.matrix.visits import Visits

log = logging.getLogger(__name__)

_FAREWELL = 1.5


class MatrixNetwork:
    """Rooms of a homeserver that we visit as an application service: the bot is in them, and a
    ghost for each person of the other networks who speaks."""

    Config = MatrixConfig
    kind: ClassVar[str] = "matrix"
    exclusive: ClassVar[tuple[str, ...]] = ("address", "as_token")

    def __init__(self, name: str, config: MatrixConfig):
        self.name = name
        self.config = config
        self._ghosts = Ghosts(config.server_name, config.ghost_template, config.ghost_prefixes)
        self._rooms = Rooms()
        self._renderer = Renderer(name, self._ghosts, self._rooms)
        self._live: _Live | None = None

    async def run(self, host: Host) -> None:
        """Be an application service until cancelled."""
        live = self._live = _Live(
            Site(self.name, self.config, host, self._ghosts, self._rooms), self._renderer
        )
        try:
            await live.run()
        finally:
            self._live = None
            await live.close()

    def visit(self, room: RoomRef, policy: LegPolicy) -> None:
        """Be in this room from now on."""
        known = self._rooms.get(room.id)
        if known is None:
            known = Room(room, policy)
            self._rooms.put(known)
        known.policy = policy
        live = self._live
        if live and live.site.up and not known.up and not known.refused:
            live.site.spawn(live.visits.open(known))

    async def leave(self, room: RoomRef, farewell: str) -> None:
        """Leave with a word, and clear what we put into the room's state."""
        known = self._rooms.forget(room.id)
        if known is not None and self._live:
            await self._live.visits.leave(known, farewell)
            await self._live.gap.forget(room.id)

    async def find(self, address: str) -> RoomRef:
        """Look up ``#alias:server``; take ``!id`` and links as they are."""
        address = linked(address.strip()) or address.strip()
        if address.startswith("!") and len(address) > 1:
            return RoomRef(self.name, address)
        if not address.startswith("#") or ":" not in address:
            raise Rejected(
                f"write #alias:server or !id, for example #lounge:{self.config.server_name}"
            )
        if self._live is None:
            raise Unavailable(f"{self.name} is not running")
        try:
            answer = await self._live.site.homeserver.get(f"/v3/directory/room/{segment(address)}")
        except MatrixRequestError as error:
            raise Rejected(f"{address} was not found: {words(error)}") from error
        room_id, servers = answer.get("room_id"), answer.get("servers")
        if not isinstance(room_id, str):
            raise Rejected(f"{address} leads to no room")
        if isinstance(servers, list):
            via = " ".join(server for server in servers[:5] if isinstance(server, str))
            await self._live.site.host.state.put(f"via:{room_id}", via)
        return RoomRef(self.name, room_id)

    def render(self, command: Command) -> tuple[str, ...]:
        """Write the command as events."""
        return self._renderer.render(command)

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Send the events; the homeserver's answer is the evidence."""
        if self._live is None:
            raise Unavailable(f"{self.name} is not running")
        delivered = await self._live.delivery.carry_out(command, parts, done)
        if self._live and isinstance(command, Send):
            self._live.signals.spoke(command.room, command.speaker)
        return delivered

    def show(self, state: Shown) -> None:
        """Let ghosts come and go, type and read; say what must be said at once."""
        live = self._live
        if live is None:
            return
        if isinstance(state, Announcement):
            room = self._rooms.get(state.room.id)
            if room and room.up:
                live.site.spawn(live.visits.say(room, state.text))
        elif isinstance(state, Presence):
            live.presences.show(state)
        else:
            live.signals.show(state)

    @asynccontextmanager
    async def fetch(
        self, source: str, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Stream]:
        """Begin to read a file that somebody said here."""
        if self._live is None:
            raise MediaRefused(f"{self.name} is not running", lasting=False)
        async with self._live.site.repository.download(source, first, last) as stream:
            yield stream

    def capabilities(self, room: RoomRef) -> Capabilities:
        """Topics and moderation need power. All react and type as themselves, so where a relay
        speaks for them that is not possible."""
        known, bot = self._rooms.get(room.id), self.config.bot
        here = known if known and known.up else None
        ghosts = known is None or known.policy.puppets != "off"
        return Capabilities(
            times=True,
            topics=here is None or here.may(bot, "m.room.topic"),
            replies=True,
            threads=True,
            edits=True,
            retractions=True,
            moderation=here is not None and here.may_redact(bot),
            reactions=ghosts,
            files=True,
            places=True,
            typing=ghosts,
            read_marks=ghosts,
        )

    async def probe(self) -> list[Finding]:
        """Try the homeserver and the registration."""
        return await probe.probe(self.config)

    def registration(self, networks: Iterable[str]) -> str:
        """Write what the homeserver must be told about us before it starts."""
        return registration_yaml(self.config, networks)

    def figures(self) -> dict[str, float]:
        """Count ghosts, events and requests."""
        figures = {
            "rooms": float(len(self._rooms)),
            "rooms_up": float(sum(r.up for r in self._rooms)),
        }
        return figures | (self._live.figures() if self._live else {})


class _Live:
    """What exists while the network runs."""

    def __init__(self, site: Site, renderer: Renderer):
        self.site = site
        self.visits = Visits(site)
        own = Own()
        self.timeline = Timeline(site, self.visits, own)
        self.delivery = Delivery(site, renderer, own)
        self.presences = Presences(site)
        self.signals = Signals(site)
        self.gap = Gap(site, self.timeline.read)
        self.appservice = AppService(
            site.config.hs_token.get_secret_value(),
            site.config.address,
            self.gap.read,
            self._exists,
            self.signals.hear,
        )
        self.appservice.accepted = self.gap.accepted
        self.appservice.counted = self.gap.count
        self.gap.turn = self.appservice.turn

    async def run(self) -> None:
        self.appservice.mount(self.site.host)
        for room in self.site.rooms:  # an earlier run may have ended in the middle
            room.up = room.known = room.refused = False
        await self.appservice.load()
        await self.site.puppets.load()
        link = Link(self.site, self.visits, self.gap.fill)
        async with asyncio.TaskGroup() as group:
            group.create_task(link.hold(self.appservice.opened))
            group.create_task(self.presences.run())
            group.create_task(self.signals.run())
            group.create_task(self.signals.repeat())
            group.create_task(self.appservice.keep_marks())
            group.create_task(self.gap.keep())

    async def close(self) -> None:
        try:
            async with asyncio.timeout(_FAREWELL):
                await self.appservice.close()
                await self.gap.save()
        except Exception:
            log.exception("the last transactions could not be noted")
        await self.site.close()

    async def _exists(self, mxid: str) -> bool:
        return await self.site.host.state.get(f"ghost:{mxid}") is not None

    def figures(self) -> dict[str, float]:
        homeserver, timeline = self.site.homeserver, self.timeline
        return {
            **self.site.puppets.figures(),
            "ghosts_in_rooms": float(sum(len(room.ghosts) for room in self.site.rooms)),
            "events_received": float(timeline.received),
            "events_unreadable": float(timeline.unreadable),
            "transactions": float(self.appservice.transactions),
            "transactions_repeated": float(self.appservice.repeated),
            "requests": float(homeserver.requests),
            "rate_limited": float(homeserver.waits),
            "files_uploaded": float(self.site.uploads.uploaded),
            "looked_back": float(self.delivery.looked_back),
            "presences_waiting": float(len(self.presences)),
        }
