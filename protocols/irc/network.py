"""One IRC network as the bridge sees it: wires the parts of this package together."""

import asyncio
import logging
import ssl
import time
from collections.abc import Hashable
from typing import ClassVar, TypeVar, cast

from bridge.model import (
    Announcement,
    Answer,
    Capabilities,
    Command,
    Delivered,
    Finding,
    Host,
    LegPolicy,
    Presence,
    React,
    Rejected,
    Request,
    Retract,
    RoomRef,
    Send,
    Shown,
    Typing,
    Unavailable,
    UserRef,
    Whisper,
)
from protocols.irc import nicks, probe
from protocols.irc.abilities import abilities
from protocols.irc.acts import Acts
from protocols.irc.casemap import folding
from protocols.irc.composing import Composing
from protocols.irc.config import IrcConfig
from protocols.irc.decode import Line
from protocols.irc.delivery import Delivery
from protocols.irc.encode import Unsendable, one_line
from protocols.irc.ground import Profile
from protocols.irc.inbound import Inbound
from protocols.irc.pool import Pool
from protocols.irc.rooms import Rooms
from protocols.irc.sasl import Credentials
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.serving import Serving
from protocols.irc.session import Session
from protocols.irc.split import split
from protocols.irc.standings import Ranking
from protocols.irc.telling import Telling
from protocols.irc.view import View
from protocols.irc.voices import Voices
from protocols.irc.wire import Wire, context, load_certificate

T = TypeVar("T")

log = logging.getLogger(__name__)

RECLAIM = 300.0
"""Seconds between two attempts to get back the nick that we should have."""
FAREWELL = 1.5
"""Seconds that the server gets to take our QUITs."""
DRAIN = 0.3
"""Seconds that the store gets to take our last facts."""


class IrcNetwork:
    """See ``bridge.model.Network``. Room ids are channel names, folded."""

    kind: ClassVar[str] = "irc"
    Config = IrcConfig

    def __init__(self, name: str, config: IrcConfig):
        self.name = name
        self.config = config
        self.view = View(name)
        self.rooms = Rooms(self.view, config)
        self.pool = Pool(self.view, self, self.rooms)
        telling = Telling(self.view)
        ranking = Ranking(self.view, telling)
        self.seats = Seats(self.view, self, self.rooms, ranking)
        self.voices = Voices(self.seats, self.pool, config)
        self.composing = Composing(self.view, self.voices)
        self.inbound = Inbound(self.view, self.composing, telling, ranking)
        self.delivery = Delivery(self.view, self.rooms, self.voices, config, self.inbound.courtesy)
        self.serving = Serving(self.seats, self.pool, self.delivery)
        self.acts = Acts(self.delivery)
        self._shared: dict[Hashable, object] = {}
        self.paused: set[Wire] = set()
        self._contexts: dict[bool, ssl.SSLContext] = {}

    # -- Network

    async def run(self, host: Host) -> None:
        """Stay connected until cancelled, then say QUIT everywhere."""
        self.view.host = host
        await self.view.recall()
        topics = await host.state.items("topic:")
        self.rooms.recall_topic({key.removeprefix("topic:"): topic for key, topic in topics})
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_relay(), name=f"{self.name} relay")
                tasks.create_task(self._tick(), name=f"{self.name} ticks")
        finally:
            await self._farewell()

    def visit(self, room: RoomRef, policy: LegPolicy) -> None:
        """Be in this channel from now on."""
        self.rooms.visit(room, policy)
        channel = self.view.channel(room.id)
        if channel is None:
            return
        self.pool.allow(channel)
        if self.voices.puppets(self.rooms.get(room)) == "off":
            self.pool.empty(channel, "the bridge speaks through its relay here now")

    async def leave(self, room: RoomRef, farewell: str) -> None:
        """Say farewell, take everybody out, forget the channel."""
        channel = self.view.channel(room.id)
        if channel is None:
            return
        if farewell:
            self.show(Announcement(room, farewell))
        self.pool.empty(channel, farewell or "unlinked")
        self.seats.empty(channel, farewell or "the bridge leaves this channel")
        self.rooms.leave(room)
        for session in list(self.view.ours.values()):
            if session.joined.get(self.view.fold(channel.name)) is channel:
                self.inbound.arrivals.out(session, channel)
        self.view.close_channel(channel.name)
        if self.view.host is not None:
            await self.view.host.state.delete(f"topic:{self.view.fold(channel.name)}")

    async def find(self, address: str) -> RoomRef:
        """Read a channel name."""
        name, traits = address.strip(), self.view.traits
        if not traits.is_channel(name):
            raise Rejected(f"{address!r} is no channel; write it like #tercet")
        if len(name) < 2 or any(c in " ,\x07\r\n\0" for c in name):
            raise Rejected(f"{address!r} is no channel name: no spaces, commas or control codes")
        if len(name.encode()) > traits.channel_length:
            raise Rejected(f"channel names have at most {traits.channel_length} bytes here")
        relay = self.rooms.relay
        fold = self.view.fold if relay is not None and relay.up else folding("ascii")
        return RoomRef(self.name, fold(name))

    def render(self, command: Command) -> tuple[str, ...]:
        """Cut a command into lines."""
        if isinstance(command, React | Retract):
            return self.acts.render(command)
        return self.delivery.render(command)

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Send lines and wait for the evidence."""
        try:
            if isinstance(command, React | Retract):
                return await self.acts.deliver(command, parts, done)
            if isinstance(command, Send):
                self.composing.said(command.room, command.speaker.user)
            return await self.delivery.deliver(command, parts, done)
        except Unsendable as error:
            raise Rejected(str(error)) from error

    def show(self, state: Shown) -> None:
        """Show somebody, or say something as the bridge if that is possible now."""
        channel, room = self.view.channel(state.room.id), self.rooms.get(state.room)
        if channel is None or room is None:
            return
        if isinstance(state, Presence):
            if room.policy.by_seats or self.seats.has(state.account.user, state.room):
                return
            puppets = self.voices.puppets(room)
            everybody = puppets == "always" or (
                puppets == "speakers" and room.policy.members == "all"
            )
            if state.present and not everybody:
                self.pool.follow(state.account)
            else:
                self.pool.show(state.account, channel, state.present, state.reason)
        elif isinstance(state, Typing):
            self.composing.show(state)
        elif isinstance(state, Announcement) and self.rooms.relay is not None and room.up:
            self._announce(self.rooms.relay, channel.name, state.text)

    def capabilities(self, room: RoomRef) -> Capabilities:
        """Tell what a channel can carry: lines of text, and what the server passes on besides."""
        where = self.rooms.get(room)
        if where is None:
            return Capabilities()
        own = self.voices.own(where)
        channel = self.view.channel(where.name)
        letters = channel.letters if channel is not None else {}
        ours = [modes for nick, modes in letters.items() if nick in self.view.ours]
        return abilities(self.view.traits, self.view.caps, own, ours)

    # -- optional

    async def probe(self) -> list[Finding]:
        """Try the configuration."""
        return await probe.probe(self.name, self.config, self.context)

    def figures(self) -> dict[str, float]:
        """Return what this network adds to the metrics."""
        sessions = list(self.view.ours.values())
        return {
            "connections": float(len(sessions)),
            "puppets": float(len(self.pool)),
            "seats": float(len(self.seats)),
            "people": float(len(self.view.people)),
            "lines_in_doubt": float(self.view.evidence.in_doubt),
            "lines_waiting": float(sum(session.waiting for session in sessions)),
        }

    # -- Seating

    def answers_to(self, server: str) -> bool:
        """Tell whether people mean this network by the name of one of its servers."""
        return server in {address.host.lower() for address in self.config.servers}

    def is_seated(self, user: UserRef, room: RoomRef) -> bool:
        """Tell whether this person has a seat in this channel."""
        return self.seats.has(user, room)

    def is_writing(self, user: UserRef) -> bool:
        """Tell whether lines of theirs still wait in the flood bucket."""
        return self.seats.is_writing(user)

    async def serve(self, request: Request) -> Answer:
        """Do what a person asks for, on their own connection."""
        return await self.serving.serve(request)

    async def whisper(self, whisper: Whisper) -> None:
        """Say something to one person in private, on the speaker's own connection."""
        await self.serving.whisper(whisper)

    # -- Ground

    def context(self, relay: bool, certificate: str = "") -> ssl.SSLContext:
        """Return the TLS context that all connections share; only the relay shows its
        certificate, or every puppet would be logged in as the relay. People with a certificate of
        their own have a context of their own, for one connection."""
        shows = relay and self.config.tls_certificate is not None
        if certificate or shows not in self._contexts:
            config = self.config
            made = context(
                verify=config.tls_verify,
                ca_file=str(config.tls_ca_file) if config.tls_ca_file else None,
                certificate=str(config.tls_certificate) if shows else None,
                key=str(config.tls_key) if shows and config.tls_key else None,
            )
            if certificate:
                load_certificate(made, certificate)
                return made
            self._contexts[shows] = made
        return self._contexts[shows]

    def take(self, session: Session, line: Line, raw: bytes) -> None:
        """Act on a line of a session."""
        self.inbound.take(session, line, raw)

    def arrived(self, session: Session) -> None:
        """A session is registered, or has a new nick."""
        leads = session.profile.relay or not self.rooms.connected.is_set()
        if leads or session.traits.casemapping != self.view.traits.casemapping:
            self.view.adopt(session.traits)
        if leads:
            self.view.caps = session.caps
        self.view.arrived(session)

    def gone(self, session: Session) -> None:
        """A session has lost its nick, or its connection."""
        self.view.gone(session)
        if session.up:
            return
        for channel in list(session.joined.values()):
            self.inbound.arrivals.out(session, channel)
            if not len(channel.listening):
                self.rooms.deserted(channel.room)
        if session is self.rooms.relay and not session.leaving:
            self.rooms.lost()

    def is_known_nick(self, nick: str) -> bool:
        """Tell whether a nick belongs to somebody, or to services."""
        known = self.view.people.get(nick) is not None or self.view.is_ours(nick)
        return known or nick.lower() in nicks.SERVICES

    def shared(self, value: T) -> T:
        """Return the copy of an equal value that others use already."""
        if len(self._shared) > 64:
            self._shared.clear()
        return cast(T, self._shared.setdefault(value, value))

    # -- inside

    async def _keep_relay(self) -> None:
        """Have a relay while a room needs one: where all people come themselves, none does."""
        while True:
            if not self.rooms.wanted.is_set():
                self.rooms.rest()
            await self.rooms.wanted.wait()
            relay = self.rooms.relay = self._relay()
            running = asyncio.create_task(relay.run())
            try:
                await self.rooms.unwanted.wait()
                relay.quit(self.config.quit_message)
                await asyncio.wait([running], timeout=FAREWELL)
                self.rooms.relay = None
            finally:
                running.cancel()

    def _relay(self) -> Session:
        config = self.config
        profile = Profile(config.nick, config.username, config.realname, relay=True)
        session = Session(self, self.rooms, profile)
        if config.sasl is not None:
            secret = config.sasl.password.get_secret_value()
            session.login = Credentials(config.sasl.mechanism, config.sasl.account, secret)
            session.login_required = config.sasl.required
        return session

    async def _tick(self) -> None:
        """Do what must be done now and then, for all connections at once."""
        seconds, reclaim = 0, RECLAIM
        while True:
            await asyncio.sleep(0.2)
            while self.paused:
                self.paused.pop().resume()
            seconds += 1
            if seconds % 5:
                continue
            try:
                self._look_after(time.monotonic())
            except Exception:
                log.exception("%s: looking after the connections failed", self.name)
            reclaim -= 1
            if reclaim <= 0:
                reclaim = RECLAIM
                self._reclaim()

    def _look_after(self, now: float) -> None:
        for session in list(self.view.ours.values()):
            session.tick(now)
        self.inbound.arrivals.watch(time.time())
        self.pool.tick(now)
        self.composing.tick(now)

    def _reclaim(self) -> None:
        for session in list(self.view.ours.values()):
            if not self.is_known_nick(session.profile.nick):
                session.reclaim()

    def _announce(self, relay: Session, target: str, text: str) -> None:
        for piece in split(one_line(text), relay.budget("NOTICE", target)):
            try:
                relay.send("NOTICE", target, piece)
            except Unavailable:
                return

    async def _farewell(self) -> None:
        """Say QUIT on all connections, and give the server a moment to close them."""
        sessions = self.pool.close(self.config.quit_message)
        sessions += self.seats.close(self.config.quit_message)
        if self.rooms.relay is not None:
            self.rooms.relay.quit(self.config.quit_message)
            sessions.append(self.rooms.relay)
        try:
            async with asyncio.timeout(FAREWELL):
                for session in sessions:
                    if session.closed is not None:
                        await session.closed
        except TimeoutError:
            log.info("%s: the server does not close our connections", self.name)
        for session in sessions:
            session.abort()
        try:
            async with asyncio.timeout(DRAIN):
                await self.view.drained()
        except TimeoutError:
            log.warning("%s: not everything was stored", self.name)
