"""One hosted room: who of us is in it, and what they are shown of the others."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bridge.model import (
    Displayed,
    Entered,
    MembersChanged,
    Mention,
    Presence,
    PuppetNamed,
    Roster,
    SeatLost,
    SeatWaits,
    Standings,
    UserRef,
)
from bridge.model.refs import RoomRef
from protocols.xmpp.hosted import presence, stanza
from protocols.xmpp.hosted.entering import Entrance
from protocols.xmpp.hosted.occupants import (
    Altered,
    Appeared,
    Change,
    Occupant,
    Occupants,
    Renamed,
    Vanished,
)
from protocols.xmpp.hosted.places import Place
from protocols.xmpp.hosted.seats import Client, Seat
from protocols.xmpp.hosted.showing import Showing
from protocols.xmpp.hosted.signs import Signs
from protocols.xmpp.hosted.speech import Speech
from protocols.xmpp.hosted.stanza import Stanza
from protocols.xmpp.muc import wording

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

log = logging.getLogger(__name__)


class HostedRoom:
    """The room of one channel. It lives as long as one of us is in it, or on the way in."""

    def __init__(self, gateway: "Gateway", place: Place):
        self.gateway = gateway
        self.place = place
        self.jid = place.jid
        self.ref = RoomRef(gateway.name, place.jid)
        self.occupants = Occupants(place.jid, gateway.secret)
        self.seats: dict[UserRef, Seat] = {}
        self.clients: dict[str, Client] = {}
        self.behind = Entered("")
        """What the network behind told about the room when we last entered it."""
        self.entrance = Entrance(self)
        self.speech = Speech(self)
        self.showing = Showing(self)
        self.signs = Signs(self)

    # --- whom to tell ----------------------------------------------------------------------------

    def tell(self, text: Stanza, but: Seat | None = None) -> None:
        """Show a presence to everybody, at once."""
        readers = [client.to for client in self.clients.values() if client.seat is not but]
        if readers:
            self.gateway.post(stanza.spliced(text, readers))

    def say(self, sid: str, text: Stanza) -> None:
        """Show a message to everybody; who still gets the history sees it after that."""
        readers = []
        for client in self.clients.values():
            if client.waiting is None:
                readers.append(client.to)
            else:
                client.keep(sid, text)
        if readers:
            self.gateway.post(stanza.spliced(text, readers))

    def tell_seat(self, seat: Seat, text: Stanza) -> None:
        """Show something to one person, wherever they are in the room."""
        if seat.clients:
            self.gateway.post(stanza.spliced(text, [it.to for it in seat.clients.values()]))

    def announce(self, changes: Iterable[Change]) -> None:
        """Show who came, went, and what they are now."""
        out: list[str] = []
        readers = [client.to for client in self.clients.values()]
        for change in changes:
            seat = self.seats.get(change.who.account.user)
            if seat is not None and seat.clients:
                others = [it.to for it in self.clients.values() if it.seat is not seat]
                self._to_themselves(seat, change, out)
            else:
                others = readers
            if others:
                out += [stanza.spliced(it, others) for it in self._to_others(change)]
        if out:
            self.gateway.post("".join(out))

    def _to_others(self, change: Change) -> list[Stanza]:
        who = change.who
        jid = self.address(who)
        match change:
            case Appeared() | Altered():
                return [presence.available(self.jid, who, jid)]
            case Renamed():
                gone = presence.renaming(self.jid, change, jid)
                return [gone, presence.available(self.jid, who, jid)]
            case Vanished():
                return [presence.unavailable(self.jid, change, jid)]

    def _to_themselves(self, seat: Seat, change: Change, out: list[str]) -> None:
        me = (presence.SELF,)
        for client in seat.clients.values():
            match change:
                case Appeared() | Altered():
                    texts = [presence.available(self.jid, change.who, client.jid, *me)]
                case Renamed():
                    texts = [
                        presence.renaming(self.jid, change, client.jid, *me),
                        presence.available(self.jid, change.who, client.jid, *me),
                    ]
                case Vanished():
                    texts = [presence.unavailable(self.jid, change, client.jid, *me)]
            out += [text.to(client.to) for text in texts]

    # --- who is who ------------------------------------------------------------------------------

    def address(self, who: Occupant) -> str:
        """The address that others may know of an occupant: on IRC, never that of one of us."""
        user, places = who.account.user, self.gateway.places
        if user.network == self.occupants.native:
            jid = places.person(who.account.name, self.place.server)
            behind = who.standing.address
            return f"{jid}/~{behind.removeprefix('~')}" if behind and "/" not in jid else jid
        if self.occupants.has_puppet(user):
            return places.person(who.nick, self.place.server)
        return ""

    @property
    def words(self) -> wording.Place:
        """What words for this room depend on."""
        config = self.gateway.config
        return wording.Place(config.jid, config.max_bytes, self._named, self._occupant_id)

    def _named(self, mention: Mention) -> str:
        known = self.occupants.of(mention.user) if mention.user else None
        return known.nick if known else mention.name

    def _occupant_id(self, user: UserRef) -> str:
        known = self.occupants.of(user)
        return known.id if known else ""

    def appear(self, state: Presence) -> None:
        """Let somebody of a third network be seen, or vanish; the network behind tells of its own
        people by itself.
        """
        user = state.account.user
        if user.network == self.occupants.native or user in self.seats:
            return
        if state.present:
            self.announce(self.occupants.guest(state.account))
        elif not self.occupants.has_puppet(user):
            self.announce(self.occupants.remove(user, reason=state.reason))

    # --- what the network behind tells -----------------------------------------------------------

    def display(self, state: Displayed) -> None:
        """Follow what becomes of those who are in the room."""
        match state:
            case Roster():
                self.announce(self.occupants.roster(state))
            case MembersChanged():
                self.announce(self.occupants.changed(state))
            case PuppetNamed():
                self._named_anew(state)
            case Standings():
                self.announce(self.occupants.stand(state))
            case SeatLost():
                self.entrance.lost(state)
            case SeatWaits():
                self._waits(state)

    def _named_anew(self, state: PuppetNamed) -> None:
        seat = self.seats.get(state.user)
        if seat is not None and not state.name:
            return  # The seat itself tells when it ends.
        changes = self.occupants.puppet(state)
        known = self.occupants.of(state.user)
        if seat is not None and known is not None and seat.nick != known.nick:
            self.entrance.renamed(seat, known.nick)
        self.announce(changes)

    def _waits(self, state: SeatWaits) -> None:
        seat = self.seats.get(state.user)
        if seat is None:
            return
        words = "You are connected again."
        if state.reason:
            words = (
                f"Your connection to {self.place.server} is lost ({state.reason}). Reconnecting…"
            )
        payload = wording.say_payload(words, self.gateway.config.max_bytes)
        self.tell_seat(seat, stanza.message(self.jid, "groupchat", "", payload))
