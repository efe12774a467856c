"""The gateway of one component: which stanza is for which room, person or server, and who may."""

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
    Rejected,
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
from protocols.xmpp import address, decode, encode
from protocols.xmpp.config import GatewayConfig, XmppConfig
from protocols.xmpp.hosted import presence, refusals, wishes
from protocols.xmpp.hosted.absence import Absence
from protocols.xmpp.hosted.asking import Asking
from protocols.xmpp.hosted.console import Console
from protocols.xmpp.hosted.invitations import Invitations
from protocols.xmpp.hosted.people import People
from protocols.xmpp.hosted.places import Place, Places
from protocols.xmpp.hosted.private import Private
from protocols.xmpp.hosted.questions import Questions
from protocols.xmpp.hosted.room import HostedRoom
from protocols.xmpp.hosted.seats import SeatsKept
from protocols.xmpp.hosted.stanza import recipient
from protocols.xmpp.muc.wire import Wire

log = logging.getLogger(__name__)

STOPPING = "The gateway is stopping."
CRASHED = "The gateway was started anew. Please join again."
"""What a client is told that was in a room when the daemon died."""
_GONE = {
    "gone",
    "item-not-found",
    "recipient-unavailable",
    "redirect",
    "remote-server-not-found",
    "remote-server-timeout",
    "service-unavailable",
}
"""Errors that mean: there is no such client any more (XEP-0045 §18.1.2, XEP-0410)."""


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
        for room in tuple(self.rooms.values()):
            for client in room.clients:
                await self.kept.remove(room.jid, client)
            room.entrance.stop(STOPPING)

    # --- what comes in ---------------------------------------------------------------------------

    def on_presence(self, xml: Element) -> None:
        """Take a presence to one of our addresses."""
        sender, kind = xml.get("from", ""), xml.get("type", "available")
        place = self.places.read(xml.get("to", ""))
        if kind == "error":
            self._bounced(xml, place)
        elif place.kind != "room":
            self._outside_rooms(sender, kind, xml, place)
        elif kind == "unavailable":
            room = self.rooms.get(place.jid)
            reason = (xml.findtext("{*}status") or "")[:1000]
            if room is None or not room.entrance.leave(sender, self._user(sender), reason):
                self._not_in(sender, place, ())
        elif kind == "available":
            self._come(xml, sender, place)

    def on_message(self, xml: Element) -> None:
        """Take a message to one of our addresses."""
        sender, kind = xml.get("from", ""), xml.get("type", "normal")
        place = self.places.read(xml.get("to", ""))
        if kind == "error":
            self._bounced(xml, place)
            return
        try:
            self.people.check_stanza(address.bare(sender))
            self._take(xml, sender, kind, place)
        except Rejected as refused:
            self.refuse_message(xml.get("to", ""), sender, xml.get("id", ""), refused)

    def on_iq(self, xml: Element) -> None:
        """Answer a question, now or later."""
        place = self.places.read(xml.get("to", ""))
        try:
            self.people.check_stanza(address.bare(xml.get("from", "")))
        except Rejected as refused:
            self.answer(xml, error=refusals.of(refused))
            return
        self.questions.take(xml, place)

    def _take(self, xml: Element, sender: str, kind: str, place: Place) -> None:
        if place.kind == "room" and not place.resource:
            room = self.rooms.get(place.jid)
            client = room.clients.get(sender) if room else None
            if room is None or client is None:
                raise Rejected("you are not in this room", "refused")
            if kind == "groupchat":
                if xml.find("{*}body") is not None:
                    self.people.check_words(client.seat.jid)
                room.speech.groupchat(client, xml)
            else:
                self.invitations.take(room, client, xml)
            return
        if kind == "groupchat":
            raise Rejected("this is the address of somebody, and not of a room", "malformed")
        if place.kind == "server" or (place.kind == "gateway" and self.places.fixed):
            self.console.take(sender, place, xml)
        elif place.kind == "gateway":
            self.console.explain(sender, xml)
        elif not self.invitations.direct(sender, place, xml):
            self.private.take(sender, place, xml)

    def _come(self, xml: Element, sender: str, place: Place) -> None:
        """Somebody wants to come in, to have another nick, or is away."""
        wish = wishes.read(xml, place.resource, self.now())
        room, user = self.rooms.get(place.jid), self._user(sender)
        try:
            self.people.check_stanza(user.id)
            client = room.clients.get(sender) if room else None
            if room is not None and client is not None and wish is None:
                room.entrance.update(client, place.resource, wishes.away(xml))
            elif wish is None:
                self._not_in(sender, place, (307, presence.LOST))
            elif not place.resource:
                raise Rejected("a nick is missing: #channel%server@gateway/nick", "malformed")
            elif not place.server:
                raise Rejected(f"write {self.places.right_form('', place.name)}", "unknown")
            else:
                self._check_rooms(user, place)
                room = self.rooms.setdefault(place.jid, room or HostedRoom(self, place))
                room.entrance.knock(sender, user, wish)
        except Rejected as refused:
            self._turn_away(sender, place, refused)

    def _check_rooms(self, user: UserRef, place: Place) -> None:
        most = self.settings.max_rooms
        if sum(user in room.seats for room in self.rooms.values()) >= most:
            known = self.rooms.get(place.jid)
            if known is None or user not in known.seats:
                raise Rejected(f"you may be in {most} rooms at once", "limit")

    def _turn_away(self, sender: str, place: Place, refused: Rejected) -> None:
        error = refusals.of(refused, "enter")
        self.post(presence.refusal(place.jid, place.resource, error).to(recipient(sender)))

    def _not_in(self, sender: str, place: Place, codes: tuple[int, ...]) -> None:
        text = presence.outside(place.jid, place.resource, *codes)
        self.post(text.to(recipient(sender)))

    def _outside_rooms(self, sender: str, kind: str, xml: Element, place: Place) -> None:
        """Presence to what is no room: gateways and servers are friends with everybody."""
        mine, theirs = encode.attribute(place.jid), encode.attribute(address.bare(sender))
        known = place.kind in ("gateway", "server")
        if kind == "subscribe":
            answer = "subscribed" if known else "unsubscribed"
            self.post(f"<presence from='{mine}' to='{theirs}' type='{answer}'/>")
        if kind in ("subscribe", "probe") and known and self.people.may_enter(address.bare(sender)):
            self.post(f"<presence from='{mine}' to='{theirs}'/>")
        elif kind == "available" and wishes.read(xml, "", 0.0) is not None:
            right = self.places.right_form(place.server, place.name)
            refused = Rejected(f"{place.jid} is not a room; a room is {right}", "unknown")
            self._turn_away(sender, place, refused)

    def _bounced(self, xml: Element, place: Place) -> None:
        """A client could not be reached: it is in none of our rooms any more."""
        sender = xml.get("from", "")
        room = self.rooms.get(place.jid)
        if room is not None and decode.failure(xml).condition in _GONE:
            room.entrance.vanish(sender, self._user(sender))

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

    def release(self, room: HostedRoom) -> None:
        """Forget a room in which nobody is."""
        if not room.seats and not room.entrance.is_busy and room.jid not in self._linked:
            self.rooms.pop(room.jid, None)

    def _user(self, jid: str) -> UserRef:
        return UserRef(self.name, address.bare(jid))

    def _room(self, jid: str) -> HostedRoom | None:
        if jid not in self.rooms and jid in self._linked:
            self.rooms[jid] = HostedRoom(self, self.places.read(jid))
        return self.rooms.get(jid)
