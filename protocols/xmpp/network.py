"""XMPP as a network: one component, its visited rooms, and who gets which stanza."""

import asyncio
import contextlib
import logging
from typing import ClassVar
from xml.etree.ElementTree import Element

from bridge.model import (
    Announcement,
    Capabilities,
    Command,
    Delivered,
    Displayed,
    Edit,
    Finding,
    Host,
    LegPolicy,
    NetworkStatus,
    Presence,
    React,
    ReadUpTo,
    Rejected,
    Retract,
    RoomRef,
    RoomStatus,
    Say,
    Send,
    SetTopic,
    Shown,
    Tell,
    Typing,
    Unavailable,
    Whisper,
)
from protocols.xmpp import address, decode, disco, encode, probe
from protocols.xmpp.component import Component, Failed
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.hosted.gateway import Gateway
from protocols.xmpp.muc import changes, selfping, speech, wording
from protocols.xmpp.muc.courtesy import Courtesy
from protocols.xmpp.muc.history import WRITE_SECONDS
from protocols.xmpp.muc.room import Room
from protocols.xmpp.muc.wire import Wire

log = logging.getLogger(__name__)

OURS = Capabilities(
    times=True,
    replies=True,
    threads=True,
    edits=True,
    retractions=True,
    moderation=True,
    reactions=True,
    files=True,
    places=True,
    typing=True,
    read_marks=True,
)
"""What a room carries that we host ourselves."""

_FORM = "write a room as name@service, for example lounge@conference.example.org"


class XmppNetwork:
    """The XMPP component. Rooms are named by their bare JID."""

    kind: ClassVar[str] = "xmpp"
    exclusive: ClassVar[tuple[str, ...]] = ("jid",)
    Config = XmppConfig

    def __init__(self, name: str, config: XmppConfig):
        self.name = name
        self._config = config
        self._policies: dict[RoomRef, LegPolicy] = {}
        self._rooms: dict[str, Room] = {}
        self._wire: Wire | None = None
        self._courtesy = Courtesy()
        self._gateway: Gateway | None = None

    # --- the contract ----------------------------------------------------------------------------

    async def run(self, host: Host) -> None:
        """Stay connected and be in the rooms, until cancelled."""
        component = Component(self._config, self)
        wire = self._wire = Wire(self._config, component, host)
        if self._config.gateway:
            self._gateway = Gateway(self.name, self._config, self._config.gateway, wire)
        for room, policy in self._policies.items():
            self._open(room, policy, wire)
        wire.start(selfping.watch(self._rooms.values, self._config.silence))
        wire.start(self._keep_saving())
        try:
            await component.stay_connected()
        finally:
            await self._stop(wire)

    def visit(self, room: RoomRef, policy: LegPolicy) -> None:
        """Be in this room from now on."""
        self._policies[room] = policy
        if known := self._rooms.get(room.id):
            known.adopt(policy)
        elif self._wire:
            self._open(room, policy, self._wire)

    def _open(self, room: RoomRef, policy: LegPolicy, wire: Wire) -> None:
        if not policy.hosted:
            self._rooms[room.id] = Room(room, policy, wire)
        elif self._gateway:
            self._gateway.visit(room)
        else:
            words = "the section has no `gateway:`, which would open this room"
            wire.host.observe(RoomStatus(room, False, words))

    async def leave(self, room: RoomRef, farewell: str) -> None:
        """Leave with everybody, and forget the room."""
        self._policies.pop(room, None)
        if known := self._rooms.pop(room.id, None):
            await known.leave(farewell)
        elif self._gateway and self._gateway.is_hosted(room):
            self._gateway.leave(room, farewell)

    async def find(self, address_: str) -> RoomRef:
        """Check that the address is a room's, and that there is a service for it."""
        text = address_.strip().removeprefix("xmpp:").partition("?")[0]
        try:
            jid = address.prepared(text)
        except ValueError:
            raise Rejected(f"{address_!r} is not a room; {_FORM}") from None
        if "@" not in jid or address.resource(text):
            raise Rejected(f"{address_!r} is not a room; {_FORM}")
        if address.domain(jid) == self._config.jid:
            raise Rejected(f"{jid} is this bridge itself; {_FORM}")
        if self._wire and self._wire.component.up:
            await self._check_service(self._wire.component, address.domain(jid))
        return RoomRef(self.name, jid)

    def render(self, command: Command) -> tuple[str, ...]:
        """Every command fits in one message, but a file needs one for itself."""
        match command:
            case Send():
                place = self._place(command.room)
                return tuple(wording.puppet_payload(it, place) for it in wording.pieces(command))
            case Edit():
                piece, _ = changes.changed_piece(command)
                return (wording.puppet_payload(piece, self._place(command.room)),)
            case Say():
                return (wording.say_payload(command.text, self._config.max_bytes),)
            case Retract() | React() | SetTopic() | Tell():
                return ("",)

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Carry it out; the evidence is the room's reflection."""
        room = self._rooms.get(command.room.id)
        if room is None and self._gateway and isinstance(command, Tell):
            return await self._gateway.tell(command)
        if room is None:
            raise Unavailable(f"not in {command.room.id}")
        match command:
            case Send():
                return await speech.send(room, command, parts, done)
            case Edit():
                return await changes.edit(room, command, parts, done)
            case Retract():
                return await changes.retract(room, command, parts, done)
            case React():
                return await changes.react(room, command, parts, done)
            case Say():
                return await speech.say(room, command, parts, done)
            case SetTopic():
                return await speech.set_topic(room, command)
            case Tell():
                return await speech.tell(room, command)

    def show(self, state: Shown) -> None:
        """Let a person appear, vanish or give a sign, or say something if that is possible now."""
        room = self._rooms.get(state.room.id)
        if room is None and self._gateway:
            self._gateway.show(state)
        if room is None or self._wire is None:
            return
        match state:
            case Announcement():
                self._wire.start(self._announce(room, state.text))
            case Typing():
                room.signs.type(state)
            case ReadUpTo():
                room.signs.read(state)
            case Presence(present=False):
                self._wire.start(room.puppets.vanish(state.account.user, state.reason))
            case Presence():
                if room.has_puppets:
                    room.puppets.appear(state.account)

    def capabilities(self, room: RoomRef) -> Capabilities:
        """A room has what it says it has, as far as we know it."""
        known = self._rooms.get(room.id)
        if known is None and self.is_hosted(room):
            return OURS
        return known.capabilities if known else Capabilities()

    # --- hosting ---------------------------------------------------------------------------------

    def present(self, command: Command) -> None:
        """Show something to all who are in a hosted room."""
        if self._gateway:
            self._gateway.present(command)

    def display(self, state: Displayed) -> None:
        """Take note of who is behind a hosted room."""
        if self._gateway:
            self._gateway.display(state)

    def is_hosted(self, room: RoomRef) -> bool:
        """Tell whether this is a room of our gateway, by its form."""
        mine = address.domain(room.id) == self._config.jid
        return mine and self._config.gateway is not None and "@" in room.id

    async def whisper(self, whisper: Whisper) -> None:
        """Deliver a private message to one of our people."""
        if self._gateway is None:
            raise Unavailable("the gateway is not running", sent=False)
        await self._gateway.whisper(whisper)

    # --- trying, counting ------------------------------------------------------------------------

    async def probe(self) -> list[Finding]:
        """Try to connect, unless we are connected."""
        if self._wire and self._wire.component.up:
            return [Finding(self.name, "ok", f"connected as {self._config.jid}")]
        return await probe.probe(self.name, self._config)

    def figures(self) -> dict[str, float]:
        """Count what there is."""
        component = self._wire.component if self._wire else None
        return {
            "connections": float(bool(component and component.up)),
            "rooms": float(len(self._rooms)),
            "rooms_up": float(sum(room.is_up for room in self._rooms.values())),
            "puppets": float(sum(room.puppets.present for room in self._rooms.values())),
            "under_way": float(sum(room.evidence.pending for room in self._rooms.values())),
            "stanzas_received": float(component.received if component else 0),
            "stanzas_sent": float(component.sent if component else 0),
            "hosted_rooms": float(len(self._gateway.rooms) if self._gateway else 0),
            "copies_dropped": float(component.dropped if component else 0),
        }

    # --- the stream ------------------------------------------------------------------------------

    def on_connected(self) -> None:
        """Tell, and let the rooms enter."""
        assert self._wire is not None
        self._wire.connected.set()
        self._wire.host.observe(NetworkStatus(self.name, True))
        self._wire.start(self._leave_unlinked(self._wire))
        if self._gateway:
            self._gateway.resume()

    def on_disconnected(self, words: str) -> None:
        """Tell; no room is in reach."""
        assert self._wire is not None
        self._wire.connected.clear()
        self._wire.host.observe(NetworkStatus(self.name, False, words))
        if self._gateway:
            self._gateway.lose()
        for room in self._rooms.values():
            room.entrance.lose(words)

    def on_message(self, xml: Element) -> None:
        """Hand a message to its room; puppets' copies of what all hear end here."""
        to = xml.get("to") or ""
        kind = xml.get("type")
        if self._gateway and self._gateway.takes(to):
            self._gateway.routing.on_message(xml)
            return
        if to != self._config.listener and kind == "groupchat":
            return
        room = self._rooms.get((xml.get("from") or "").partition("/")[0])
        if room is None:
            self._stray(xml)
        elif to == self._config.listener:
            room.on_message(xml)
        elif kind == "error":
            room.on_error(xml)
        else:
            room.on_private(xml)

    def on_presence(self, xml: Element) -> None:
        """Hand a presence to its room."""
        to = xml.get("to") or ""
        if self._gateway and self._gateway.takes(to):
            self._gateway.routing.on_presence(xml)
            return
        room_id, _, nick = (xml.get("from") or "").partition("/")
        room = self._rooms.get(room_id)
        if room is None:
            return
        if to == self._config.listener:
            room.on_presence(xml)
        else:
            room.on_puppet_presence(xml, to, nick)

    def on_iq(self, xml: Element) -> None:
        """Answer a question: as the gateway, or as what a puppet is."""
        assert self._wire is not None
        sender, to = xml.get("from") or "", xml.get("to") or ""
        if self._gateway and sender != self._config.jid and self._gateway.takes(to):
            self._gateway.routing.on_iq(xml)
        else:
            self._wire.post(disco.answer(xml))

    def _stray(self, xml: Element) -> None:
        """Somebody writes to us from outside all rooms."""
        message = decode.message(xml)
        room = (xml.get("from") or "").partition("/")[0]
        if xml.get("type") == "groupchat" and self._wire:
            # A room that does not know that we have left it (XEP-0045 §18.1.2).
            words = "this room is not linked any longer"
            listener = self._config.listener
            self._wire.post(
                encode.message_error(listener, room, message.id, "cancel", "gone", words)
            )
        if not message.body or xml.get("type") in ("error", "groupchat", "headline"):
            return
        answer = self._courtesy.about_private(xml.get("to", ""), xml.get("from", ""), message.id)
        if answer and self._wire:
            self._wire.post(answer)

    # --- beside ----------------------------------------------------------------------------------

    def _place(self, room: RoomRef) -> wording.Place:
        known = self._rooms.get(room.id)
        default = wording.Place(self._config.jid, self._config.max_bytes)
        return known.place if known else default

    async def _check_service(self, component: Component, service: str) -> None:
        try:
            answer = await component.ask(
                "get", self._config.listener, service, disco.INFO, self._config.patience / 2
            )
        except Failed as error:
            raise Rejected(f"there is no room service {service}: {error.failure}") from None
        except Unavailable as error:
            raise Rejected(f"the room service {service} cannot be asked: {error}") from None
        if "http://jabber.org/protocol/muc" not in decode.features(answer):
            raise Rejected(f"{service} is not a room service; {_FORM}")

    async def _leave_unlinked(self, wire: Wire) -> None:
        """Take puppets out of rooms that were unlinked while there was no stream."""
        for key, nick in await wire.host.state.items("seat:"):
            room, _, jid = key.removeprefix("seat:").partition(" ")
            if room not in self._rooms:
                wire.post(encode.part(jid, f"{room}/{nick}"))
                await wire.host.state.delete(key)

    async def _announce(self, room: Room, text: str) -> None:
        if not room.is_up:
            return
        mark = self._wire.marks.make(room.ref.id, text) if self._wire else ""
        payload = wording.say_payload(text, self._config.max_bytes)
        room.wire.post(encode.groupchat(room.listener, room.ref.id, mark, payload))

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            for room in tuple(self._rooms.values()):
                try:
                    await room.save(WRITE_SECONDS)
                except Exception as error:  # The bridge itself says what is wrong with the disk.
                    log.warning("%s could not be saved: %s", room.ref, error)

    async def _stop(self, wire: Wire) -> None:
        """Leave politely, in less than two seconds."""
        try:
            with contextlib.suppress(Unavailable):
                if self._gateway:
                    await self._gateway.stop()
                for room in self._rooms.values():
                    room.say_goodbye()
            await wire.component.close()
            for room in self._rooms.values():
                await room.save()
        finally:
            await wire.stop()
            self._rooms.clear()
            self._wire = self._gateway = None
