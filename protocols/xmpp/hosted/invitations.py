"""Asking people to come to a room, both ways (XEP-0045 §7.8, XEP-0249)."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from bridge.model import Invite, Invited, Rejected
from protocols.xmpp import address, encode
from protocols.xmpp.hosted.places import Place
from protocols.xmpp.hosted.seats import Client

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway
    from protocols.xmpp.hosted.room import HostedRoom

MOST = 10
"""Invitations in one message."""
_USER = f"{encode.MUC}#user"
_DIRECT = "jabber:x:conference"


class Invitations:
    """All invitations of one gateway."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway

    def take(self, room: "HostedRoom", client: Client, xml: Element) -> None:
        """Take what somebody in a room sends to it besides what is said. Raises ``Rejected``."""
        found = xml.findall(f"{{{_USER}}}x/{{{_USER}}}invite")
        if not found:
            if xml.find("{*}body") is None:
                return
            raise Rejected("write to the room (groupchat), or to somebody in it", "malformed")
        for invite in found[:MOST]:
            self._invite(room, client, invite, xml.get("id", ""))

    def _invite(self, room: "HostedRoom", client: Client, invite: Element, attr_id: str) -> None:
        to = invite.get("to", "")
        reason = (invite.findtext(f"{{{_USER}}}reason") or "")[:500]
        if not to:
            raise Rejected("whom do you invite?", "malformed")
        if nick := self._nick(to, room.place.server):
            request = Invite(person=client.seat.account, room=room.ref, nick=nick)
            self._gateway.ask_for(client.jid, room.jid, attr_id, request)
            return
        why = f"<reason>{encode.text_node(reason)}</reason>" if reason else ""
        sender = encode.attribute(f"{room.jid}/{client.seat.nick}")
        self._gateway.post(
            f"<message from='{encode.attribute(room.jid)}' to='{encode.attribute(to)}'>"
            f"<x xmlns='{_USER}'><invite from='{sender}'>{why}</invite></x></message>"
        )

    def direct(self, sender: str, place: Place, xml: Element) -> bool:
        """Take an invitation that somebody sends to a person of IRC. False: it is none."""
        x = xml.find(f"{{{_DIRECT}}}x")
        if x is None:
            return False
        room = self._gateway.rooms.get(address.bare(x.get("jid", "")))
        client = room.clients.get(sender) if room else None
        if room is None or client is None:
            raise Rejected("you can invite people of IRC only to channels you are in", "refused")
        nick = place.resource if place.kind == "room" else place.name
        request = Invite(person=client.seat.account, room=room.ref, nick=nick)
        self._gateway.ask_for(sender, xml.get("to", ""), xml.get("id", ""), request)
        return True

    def tell(self, invited: Invited) -> None:
        """Somebody on IRC asks one of us to come, or the network has put them there already."""
        places = self._gateway.places
        room = encode.attribute(places.room(invited.address, invited.network))
        sender = room
        if invited.by:
            sender = f"{room}/{encode.attribute(invited.by)}"
        self._gateway.post(
            f"<message from='{room}' to='{encode.attribute(invited.user.id)}'>"
            f"<x xmlns='{_USER}'><invite from='{sender}'/></x></message>"
        )

    def _nick(self, to: str, server: str) -> str:
        """Return the nick, if somebody of the channel's own network is meant (as biboumi reads)."""
        if "@" not in to:
            return to.partition("/")[0]
        if address.domain(to) != self._gateway.config.jid:
            return ""
        place = self._gateway.places.read(to)
        if place.kind == "person" and place.server == server:
            return place.name
        return place.resource
