"""Private messages between our people and those of other networks (semantics: one conversation).

XMPP offers two addresses for it: ``nick%server@gw`` and the occupant ``room/nick``. People are
answered from the one that they wrote to last.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from msgspec import structs

from bridge.model import PrivateSent, Rejected, Send, StorageFailed, Tell, Whisper
from bridge.model.refs import RoomRef
from protocols.xmpp import address, decode, encode
from protocols.xmpp.hosted import stanza
from protocols.xmpp.hosted.places import Place
from protocols.xmpp.hosted.seats import Client
from protocols.xmpp.muc import reading, wording

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway
    from protocols.xmpp.hosted.room import HostedRoom

REMEMBERED = 10_000
"""Conversations whose last address is kept in mind."""
_MARK = "pm:"
ENCRYPTED = "IRC cannot carry encrypted messages. Please turn encryption off here."
_IN_ROOM = (
    f"<x xmlns='{encode.MUC}#user'/><private xmlns='urn:xmpp:carbons:2'/>"
    "<no-copy xmlns='urn:xmpp:hints'/>"
)
"""What a private message within a room has, because each client gets its own (XEP-0045 §7.5)."""


class Private:
    """All private conversations of one gateway."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._last: OrderedDict[tuple[str, str, str], RoomRef | None] = OrderedDict()
        """For each person, server and nick: the room within which they wrote last, or None."""
        self._servers: OrderedDict[tuple[str, str], str] = OrderedDict()
        """What each person calls a network, so that they are written to from the same address."""

    # --- from us ---------------------------------------------------------------------------------

    def take(self, sender: str, place: Place, xml: Element) -> None:
        """Take in a message to somebody. Raises ``Rejected`` with words for its author."""
        message = decode.message(xml)
        message.nick = "someone"
        if message.encrypted:
            raise Rejected(ENCRYPTED, "refused")
        if not reading.is_speech(message):
            return  # Somebody types, or has read something: nothing on IRC says so in private.
        self._gateway.people.check_words(address.bare(sender))
        room, client = self._within(sender, place)
        to = place.resource if room else place.name
        if not to:
            raise Rejected("whom is this for?", "unknown")
        network = place.server
        if room is not None:
            network, to = self._meant(room, to)
        self._note(address.bare(sender), place.server, to, room.ref if room else None)
        private = PrivateSent(
            author=self._gateway.person(sender, client.seat.nick if client else ""),
            network=network,
            to=to,
            content=reading.content(message),
            time=self._gateway.now(),
            ids=(f"{_MARK}{xml.get('to')}\n{sender}\n{message.id}",),
            room=room.ref if room else None,
        )
        self._gateway.start(self._pass_on(private))

    async def _pass_on(self, private: PrivateSent) -> None:
        try:
            await self._gateway.wire.host.whisper(private)
        except (Rejected, StorageFailed) as reason:
            self._refuse(private.ids, reason)

    def refused(self, tell: Tell) -> bool:
        """Tell the author that it did not arrive. False: it was no private message."""
        return self._refuse(tell.about, Rejected(tell.text, tell.why))

    def _refuse(self, ids: tuple[str, ...], reason: Exception) -> bool:
        """The id itself says where it came from: nothing need be remembered."""
        for id_ in ids:
            if id_.startswith(_MARK):
                to, sender, attr_id = id_.removeprefix(_MARK).split("\n", 2)
                self._gateway.refuse_message(to, sender, attr_id, reason)
                return True
        return False

    def _within(self, sender: str, place: Place) -> tuple["HostedRoom | None", Client | None]:
        """Return the room within which somebody writes, and their client there."""
        if place.kind != "room":
            return None, None
        room = self._gateway.rooms.get(place.jid)
        client = room.clients.get(sender) if room else None
        if room is None or client is None:
            raise Rejected("you are not in this room", "refused")
        if room.occupants.called(place.resource) is None:
            raise Rejected(f"nobody is called {place.resource} here", "unknown")
        return room, client

    def _meant(self, room: "HostedRoom", nick: str) -> tuple[str, str]:
        """Return on which network somebody in the room is, and what they are called there."""
        known = room.occupants.called(nick)
        assert known is not None  # ``_within`` found them
        user = known.account.user
        if user.network == room.occupants.native:
            return room.place.server, known.account.name
        if room.occupants.has_puppet(user):
            return room.place.server, nick
        return user.network, user.id

    # --- to us -----------------------------------------------------------------------------------

    def deliver(self, whisper: Whisper) -> None:
        """Show a message of somebody of another network to one of us."""
        person = whisper.to
        room, server = self._where(whisper)
        place = wording.Place(self._gateway.config.jid, self._gateway.config.max_bytes)
        ref = room.ref if room else RoomRef(self._gateway.name, "")
        said = Send(
            key=whisper.key,
            room=ref,
            speaker=whisper.speaker,
            content=whisper.content,
            time=whisper.time,
        )
        for number, piece in enumerate(wording.pieces(said)):
            key = f"{whisper.key}.{number}" if number else whisper.key
            payload = wording.puppet_payload(structs.replace(piece, reply=None), place)
            if room is not None:
                nick = room.occupants.nick(whisper.speaker)
                text = stanza.message(f"{room.jid}/{nick}", "chat", key, payload + _IN_ROOM)
                room.tell_seat(room.seats[self._gateway.person(person).user], text)
            else:
                sender = self._gateway.places.person(whisper.speaker.name, server)
                self._gateway.send_chat(sender, person, payload, key)

    def learn(self, person: str, network: str, server: str) -> None:
        """Somebody calls a network so."""
        self._servers[person, network] = server
        self._servers.move_to_end((person, network))
        if len(self._servers) > REMEMBERED:
            self._servers.popitem(last=False)

    def _where(self, whisper: Whisper) -> tuple["HostedRoom | None", str]:
        """Say within which room, or else from which server, somebody is written to."""
        person, gateway = whisper.to, self._gateway
        network = whisper.speaker.user.network
        server = gateway.places.fixed or self._servers.get((person, network), network)
        last = self._last.get((person, server, whisper.speaker.name.lower()), whisper.room)
        room = gateway.rooms.get(last.id) if last else None
        seat = room.seats.get(gateway.person(person).user) if room else None
        if room is None or seat is None or not seat.clients:
            return None, server
        return room, server

    def _note(self, person: str, server: str, to: str, room: RoomRef | None) -> None:
        key = (person, server, to.lower())
        self._last[key] = room
        self._last.move_to_end(key)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
