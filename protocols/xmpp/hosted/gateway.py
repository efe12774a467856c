"""The gateway of one component: what the network asks of it, and what its features share."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from typing import Any
from xml.etree.ElementTree import Element

from bridge.model import (
    Account,
    Answer,
    Command,
    Delivered,
    Displayed,
    Event,
    Invited,
    Observation,
    Past,
    Presence,
    Request,
    RoomRef,
    RoomStatus,
    Roster,
    Send,
    ServerSaid,
    Shown,
    Tell,
    Unavailable,
    UserRef,
    Whisper,
)
from bridge.model.states import ReadUpTo, Typing
from protocols.xmpp import address, encode
from protocols.xmpp.config import GatewayConfig, XmppConfig
from protocols.xmpp.hosted import presence, refusals
from protocols.xmpp.hosted.absence import Absence
from protocols.xmpp.hosted.asking import Asking
from protocols.xmpp.hosted.console import Console
from protocols.xmpp.hosted.invitations import Invitations
from protocols.xmpp.hosted.people import People
from protocols.xmpp.hosted.places import Places
from protocols.xmpp.hosted.private import Private
from protocols.xmpp.hosted.questions import Questions
from protocols.xmpp.hosted.room import HostedRoom
from protocols.xmpp.hosted.routing import Routing
from protocols.xmpp.hosted.seats import Seat, SeatsKept
from protocols.xmpp.hosted.stanza import recipient
from protocols.xmpp.muc.wire import Wire

log = logging.getLogger(__name__)

FORGETTING_SECONDS = 1.0
STOPPING = "The gateway is stopping."
CRASHED = "The gateway was started anew. Please join again."
"""What a client is told that was in a room when the daemon died."""


class Gateway:
    """Everything below the component's domain that is no puppet of the bridge."""

    def __init__(self, name: str, config: XmppConfig, settings: GatewayConfig, wire: Wire):
        self.name = name
        self.config = config
        self.settings = settings
        self.places = Places(config.jid, settings.fixed_irc_server)
        self.people = People(settings, time.monotonic)
        self.secret = f"occupants\0{config.jid}\0{config.secret.get_secret_value()}".encode()
        self.kept = SeatsKept(wire.host.state)
        self.rooms: dict[str, HostedRoom] = {}
        self._seats: dict[UserRef, dict[str, Seat]] = {}
        self._linked: set[str] = set()
        """Rooms that the bridge wants us to keep, also when nobody is in."""
        self._lost_at = 0.0
        self._wire = wire
        self.absence = Absence(self)
        self.asking = Asking(self)
        self.private = Private(self)
        self.questions = Questions(self)
        self.console = Console(self)
        self.invitations = Invitations(self)
        self.routing = Routing(self)

    # --- what the network asks -------------------------------------------------------------------

    def is_hosted(self, room: RoomRef) -> bool:
        """Tell whether this is the address of a room of ours."""
        mine = address.domain(room.id) == self.config.jid
        return mine and self.places.read(room.id).kind == "room"

    def takes(self, jid: str) -> bool:
        """Tell whether what is sent to this address is for us, and not for one of our puppets."""
        bare, _, resource = jid.partition("/")
        if address.domain(bare) != self.config.jid or jid == self.config.listener:
            return False
        return not (resource == "puppet" and self.places.read(bare).kind != "room")

    def visit(self, room: RoomRef) -> None:
        """The bridge has linked this room: it is open, and what is behind will be told to it."""
        self._linked.add(room.id)
        known = self.rooms.get(room.id)
        here = tuple(seat.account for seat in known.seats.values() if seat.entered) if known else ()
        self.observe(Roster(room, here))
        self.observe(RoomStatus(room, True))

    def leave(self, room: RoomRef, farewell: str) -> None:
        """The bridge has no use for the room any more."""
        self._linked.discard(room.id)
        if known := self.rooms.get(room.id):
            known.entrance.stop(farewell)
            self.release(known)

    def present(self, command: Command) -> None:
        """Show something in a room."""
        if room := self.rooms.get(command.room.id):
            room.showing.present(command)

    def display(self, state: Displayed) -> None:
        """Follow what becomes of those behind a room."""
        match state:
            case ServerSaid():
                self.console.hear(state)
            case Invited():
                self.invitations.tell(state)
            case _:
                if room := self._room(state.room.id):
                    room.display(state)

    def show(self, state: Shown) -> None:
        """Let somebody of another network appear in a room, or give a sign there."""
        room = self._room(state.room.id)
        match state:
            case Typing() | ReadUpTo() if room:
                room.signs.show(state)
            case Presence() if room:
                room.appear(state)

    async def tell(self, command: Tell) -> Delivered:
        """Tell a person what became of what they said."""
        room = self.rooms.get(command.room.id)
        if not (room and room.speech.refused(command)) and not self.private.refused(command):
            sender = command.room.id or self.config.jid
            children = f"<body>{encode.text_node(command.text)}</body>"
            self.send_chat(sender, command.user.id, children, command.key)
        return Delivered(((),))

    async def whisper(self, whisper: Whisper) -> None:
        """Deliver a private message."""
        self.private.deliver(whisper)

    def start(self, work: Coroutine[Any, Any, None]) -> Any:
        """Do something beside."""
        return self._wire.start(work)

    def lose(self) -> None:
        """There is no stream any more."""
        self._lost_at = self._lost_at or self.now()

    def resume(self) -> None:
        """There is one again."""
        since, self._lost_at = self._lost_at, 0.0
        self.start(self._clear())
        for room in self.rooms.values():
            room.entrance.catch_up(since)

    async def _clear(self) -> None:
        """Tell everybody who was in a room when the last run ended without a word."""
        for room, client, nick in await self.kept.left_over():
            if room in self.rooms and client in self.rooms[room].clients:
                continue
            text = presence.outside(room, nick, presence.STOPPING, text=CRASHED)
            self.post(text.to(recipient(client)))
            await self.kept.remove(room, client)

    async def stop(self) -> None:
        """Tell everybody that they are out; they may come back by themselves."""
        here = [(room, jid) for room in self.rooms.values() for jid in room.clients]
        for room in tuple(self.rooms.values()):
            room.entrance.stop(STOPPING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FORGETTING_SECONDS):
                await asyncio.gather(*(self.kept.remove(room.jid, jid) for room, jid in here))

    # --- what the features need ------------------------------------------------------------------

    def post(self, text: str) -> None:
        """Send ready text. Without a stream there is nobody to read it."""
        try:
            self._wire.post(text)
        except Unavailable as error:
            log.debug("not sent: %s", error)

    def send_chat(self, sender: str, to: str, children: str, attr_id: str = "") -> None:
        """Write to somebody outside all rooms."""
        name = f" id='{encode.attribute(attr_id)}'" if attr_id else ""
        self.post(
            f"<message from='{encode.attribute(sender)}' to='{encode.attribute(to)}' "
            f"type='chat'{name}>{children}</message>"
        )

    def answer(self, xml: Element, content: str = "", *, error: str = "") -> None:
        """Answer a question (RFC 6120 §8.2.3)."""
        kind = "error" if error else "result"
        asked, asker = xml.get("to", ""), xml.get("from", "")
        self.post(encode.iq(kind, asked, asker, xml.get("id", ""), error or content))

    def refuse_message(self, sender: str, to: str, attr_id: str, reason: Exception) -> None:
        """Tell a client that its message went nowhere, and why."""
        error = refusals.of(reason, "speak")
        self.post(
            f"<message from='{encode.attribute(sender)}' to='{encode.attribute(to)}' "
            f"type='error' id='{encode.attribute(attr_id[:512])}'>{error}</message>"
        )

    def ask_for(self, client: str, asked: str, attr_id: str, request: Request) -> None:
        """Ask for what a message wants; its sender is told if it is refused."""
        self.start(self._ask_for(client, asked, attr_id, request))

    async def _ask_for(self, client: str, asked: str, attr_id: str, request: Request) -> None:
        try:
            await self.ask(request)
        except Exception as reason:
            self.refuse_message(asked, client, attr_id, reason)

    async def ask(self, request: Request) -> Answer:
        """Have something done by the network behind. Raises what ``Host.ask`` does."""
        return await self.asking.ask(request)

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        """Return what was said before."""
        return await self._wire.host.past(room, user, wanted)

    @property
    def wire(self) -> Wire:
        """The stream and the bridge."""
        return self._wire

    def report(self, event: Event) -> None:
        """Tell the bridge what was said."""
        self._wire.host.report(event)

    def observe(self, state: Observation) -> None:
        """Tell the bridge what is true now."""
        self._wire.host.observe(state)

    def now(self) -> float:
        """Return the time of day, in seconds since 1970."""
        return time.time()

    def person(self, jid: str, nick: str = "") -> Account:
        """Return who has this JID."""
        bare = address.bare(jid)
        return Account(UserRef(self.name, bare), nick or bare.partition("@")[0], about=bare)

    def seats_of(self, user: UserRef) -> dict[str, Seat]:
        """Return a person's seats, by room."""
        return self._seats.get(user, {})

    def seated(self, room: HostedRoom, seat: Seat) -> None:
        """Somebody is in a room, or on the way in."""
        room.seats[seat.user] = seat
        self._seats.setdefault(seat.user, {})[room.jid] = seat

    def unseated(self, room: HostedRoom, seat: Seat) -> None:
        """Somebody is out of a room."""
        if room.seats.get(seat.user) is not seat:
            return
        del room.seats[seat.user]
        seats = self._seats[seat.user]
        del seats[room.jid]
        if not seats:
            del self._seats[seat.user]

    def release(self, room: HostedRoom) -> None:
        """Forget a room in which nobody is."""
        if not room.seats and not room.entrance.is_busy and room.jid not in self._linked:
            self.rooms.pop(room.jid, None)

    def _room(self, jid: str) -> HostedRoom | None:
        if jid not in self.rooms and jid in self._linked:
            self.rooms[jid] = HostedRoom(self, self.places.read(jid))
        return self.rooms.get(jid)
