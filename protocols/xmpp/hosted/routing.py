"""Which stanza that comes in is for which room, person or server, and whether its sender may."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from bridge.model import Rejected, UserRef
from protocols.xmpp import address, decode, encode
from protocols.xmpp.hosted import presence, refusals, wishes
from protocols.xmpp.hosted.places import Place
from protocols.xmpp.hosted.room import HostedRoom
from protocols.xmpp.hosted.stanza import recipient

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

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


class Routing:
    """The way in of one gateway."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway

    def on_presence(self, xml: Element) -> None:
        """Take a presence to one of our addresses."""
        sender, kind = xml.get("from", ""), xml.get("type", "available")
        place = self._gateway.places.read(xml.get("to", ""))
        if kind == "error":
            self._bounced(xml, place)
        elif place.kind != "room":
            self._outside_rooms(sender, kind, xml, place)
        elif kind == "unavailable":
            room = self._gateway.rooms.get(place.jid)
            reason = (xml.findtext("{*}status") or "")[:1000]
            if room is None or not room.entrance.leave(
                sender, self._gateway.person(sender).user, reason
            ):
                self._not_in(sender, place, ())
        elif kind == "available":
            self._come(xml, sender, place)

    def on_message(self, xml: Element) -> None:
        """Take a message to one of our addresses."""
        sender, kind = xml.get("from", ""), xml.get("type", "normal")
        place = self._gateway.places.read(xml.get("to", ""))
        if kind == "error":
            self._bounced(xml, place)
            return
        try:
            self._gateway.people.check_stanza(address.bare(sender))
            self._take(xml, sender, kind, place)
        except Rejected as refused:
            self._gateway.refuse_message(xml.get("to", ""), sender, xml.get("id", ""), refused)

    def on_iq(self, xml: Element) -> None:
        """Answer a question, now or later."""
        place = self._gateway.places.read(xml.get("to", ""))
        try:
            self._gateway.people.check_stanza(address.bare(xml.get("from", "")))
        except Rejected as refused:
            self._gateway.answer(xml, error=refusals.of(refused))
            return
        self._gateway.questions.take(xml, place)

    def _take(self, xml: Element, sender: str, kind: str, place: Place) -> None:
        if place.kind == "room" and not place.resource:
            room = self._gateway.rooms.get(place.jid)
            client = room.clients.get(sender) if room else None
            if room is None or client is None:
                raise Rejected("you are not in this room", "refused")
            if kind == "groupchat":
                room.speech.groupchat(client, xml)
            else:
                self._gateway.invitations.take(room, client, xml)
            return
        if kind == "groupchat":
            raise Rejected("this is the address of somebody, and not of a room", "malformed")
        if place.kind == "server" or (place.kind == "gateway" and self._gateway.places.fixed):
            self._gateway.console.take(sender, place, xml)
        elif place.kind == "gateway":
            self._gateway.console.explain(sender, xml)
        elif not self._gateway.invitations.direct(sender, place, xml):
            self._gateway.private.take(sender, place, xml)

    def _come(self, xml: Element, sender: str, place: Place) -> None:
        """Somebody wants to come in, to have another nick, or is away."""
        wish = wishes.read(xml, place.resource, self._gateway.now())
        room, user = self._gateway.rooms.get(place.jid), self._gateway.person(sender).user
        try:
            self._gateway.people.check_stanza(user.id)
            client = room.clients.get(sender) if room else None
            if room is not None and client is not None and wish is None:
                room.entrance.update(client, place.resource, wishes.away(xml))
            elif wish is None:
                self._not_in(sender, place, (307, presence.LOST))
            elif not place.resource:
                raise Rejected("a nick is missing: #channel%server@gateway/nick", "malformed")
            elif not place.server:
                raise Rejected(
                    f"write {self._gateway.places.right_form('', place.name)}", "unknown"
                )
            else:
                self._check_rooms(user, place)
                room = self._gateway.rooms.setdefault(
                    place.jid, room or HostedRoom(self._gateway, place)
                )
                room.entrance.knock(sender, user, wish)
        except Rejected as refused:
            self._turn_away(sender, place, refused)

    def _check_rooms(self, user: UserRef, place: Place) -> None:
        most = self._gateway.settings.max_rooms
        here = self._gateway.seats_of(user)
        if len(here) >= most and place.jid not in here:
            raise Rejected(f"you may be in {most} rooms at once", "limit")

    def _turn_away(self, sender: str, place: Place, refused: Rejected) -> None:
        error = refusals.of(refused, "enter")
        self._gateway.post(presence.refusal(place.jid, place.resource, error).to(recipient(sender)))

    def _not_in(self, sender: str, place: Place, codes: tuple[int, ...]) -> None:
        text = presence.outside(place.jid, place.resource, *codes)
        self._gateway.post(text.to(recipient(sender)))

    def _outside_rooms(self, sender: str, kind: str, xml: Element, place: Place) -> None:
        """Presence to what is no room: gateways and servers are friends with everybody."""
        mine, theirs = encode.attribute(place.jid), encode.attribute(address.bare(sender))
        known = place.kind in ("gateway", "server")
        if kind == "subscribe":
            answer = "subscribed" if known else "unsubscribed"
            self._gateway.post(f"<presence from='{mine}' to='{theirs}' type='{answer}'/>")
        if (
            kind in ("subscribe", "probe")
            and known
            and self._gateway.people.may_enter(address.bare(sender))
        ):
            self._gateway.post(f"<presence from='{mine}' to='{theirs}'/>")
        elif kind == "available" and wishes.read(xml, "", 0.0) is not None:
            right = self._gateway.places.right_form(place.server, place.name)
            refused = Rejected(f"{place.jid} is not a room; a room is {right}", "unknown")
            self._turn_away(sender, place, refused)

    def _bounced(self, xml: Element, place: Place) -> None:
        """A client could not be reached: it is in none of our rooms any more."""
        sender = xml.get("from", "")
        room = self._gateway.rooms.get(place.jid)
        if room is not None and decode.failure(xml).condition in _GONE:
            room.entrance.vanish(sender, self._gateway.person(sender).user)
