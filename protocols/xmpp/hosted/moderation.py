"""Moderators at work in a hosted room (XEP-0045 §8-9, XEP-0425): everything is asked of IRC."""

from secrets import token_hex
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from bridge.model import ListBans, MessageRetracted, Moderate, Rank, Rejected
from protocols.xmpp import about, address, encode
from protocols.xmpp.hosted import presence
from protocols.xmpp.hosted.seats import Client

if TYPE_CHECKING:
    from protocols.xmpp.hosted.room import HostedRoom

ADMIN = f"{encode.MUC}#admin"
MOST_ITEMS = 20
_ITEM = f"{{{ADMIN}}}item"
_BY_ROLE: dict[str, Rank] = {"visitor": "muted", "moderator": "halfop"}
_BY_AFFILIATION: dict[str, Rank] = {
    "none": "none",
    "member": "voice",
    "admin": "operator",
    "owner": "owner",
}
"""As biboumi has them, but that an owner is one (``+q``), and not what IRC calls an admin."""


def items(query: Element) -> list[Element]:
    """Return what is asked for, or to be done."""
    return query.findall(_ITEM)[:MOST_ITEMS]


async def show(room: "HostedRoom", client: Client, query: Element) -> str:
    """Write the list that is asked for: who has a role or an affiliation."""
    found = items(query)
    if len(found) != 1:
        raise Rejected("ask for one role or one affiliation", "malformed")
    role, affiliation = found[0].get("role", ""), found[0].get("affiliation", "")
    if affiliation == "outcast":
        bans = await room.gateway.ask(ListBans(person=client.seat.account, room=room.ref))
        written = [_ban(room, line) for line in str(bans or "").splitlines() if line.strip()]
    else:
        written = [
            _occupant(room, who.nick, who.standing.rank, room.address(who))
            for who in room.occupants
            if presence.role(who.standing.rank) == role
            or (affiliation and presence.affiliation(who.standing.rank) == affiliation)
        ]
    return f"<query xmlns='{ADMIN}'>{''.join(written)}</query>"


async def act(room: "HostedRoom", client: Client, query: Element) -> str:
    """Kick, ban, and change what people may do, with the person's own rights on IRC."""
    for item in items(query):
        await room.gateway.ask(_deed(room, client, item))
    return ""


def remove(room: "HostedRoom", client: Client, request: Element) -> None:
    """Remove what somebody said (XEP-0425 §4). Raises ``Rejected``."""
    me = room.occupants.of(client.seat.user)
    if me is None or presence.role(me.standing.rank) != "moderator":
        raise Rejected("only operators of the channel can do that", "forbidden")
    target = request.get("id", "")
    if not target or request.find(f"{{{about.RETRACT}}}retract") is None:
        raise Rejected("which message?", "malformed")
    reason = request.findtext(f"{{{about.MODERATE}}}reason") or ""
    room.gateway.report(
        MessageRetracted(
            room=room.ref,
            target=target,
            time=room.gateway.now(),
            author=client.seat.account,
            moderated=True,
            reason=reason[: about.LONGEST_REASON],
            ids=(token_hex(12),),
        )
    )


def _deed(room: "HostedRoom", client: Client, item: Element) -> Moderate:
    nick = _whom(room, item)
    reason = (item.findtext(f"{{{ADMIN}}}reason") or "")[: about.LONGEST_REASON]
    role, affiliation = item.get("role", ""), item.get("affiliation", "")
    person, ref = client.seat.account, room.ref
    if affiliation == "outcast":
        return Moderate(person=person, room=ref, deed="ban", nick=nick, reason=reason)
    if role == "none":
        return Moderate(person=person, room=ref, deed="kick", nick=nick, reason=reason)
    if affiliation == "none" and not room.occupants.called(nick):
        return Moderate(person=person, room=ref, deed="unban", nick=nick, reason=reason)
    rank = _BY_AFFILIATION.get(affiliation) or _BY_ROLE.get(role)
    if role == "participant":
        known = room.occupants.called(nick)
        rank = "voice" if known and known.standing.rank == "muted" else "none"
    if rank is None:
        raise Rejected("there is nothing like this on IRC", "malformed")
    return Moderate(person=person, room=ref, deed="rank", nick=nick, rank=rank, reason=reason)


def _whom(room: "HostedRoom", item: Element) -> str:
    """Return the nick, or the mask, that an item is about."""
    if nick := item.get("nick", ""):
        return nick
    jid = item.get("jid", "")
    if address.domain(jid) == room.gateway.config.jid:
        place = room.gateway.places.read(jid)
        if place.kind == "person":
            return place.name
        if place.kind == "room" and place.resource:
            return place.resource
    user = next((seat for seat in room.seats.values() if seat.jid == address.bare(jid)), None)
    if jid and user:
        return user.nick
    raise Rejected("whom is this about? people of IRC are named by their nick", "unknown")


def _occupant(room: "HostedRoom", nick: str, rank: Rank, jid: str) -> str:
    known = f" jid='{encode.attribute(jid)}'" if jid else ""
    return (
        f"<item affiliation='{presence.affiliation(rank)}' role='{presence.role(rank)}' "
        f"nick='{encode.attribute(nick)}'{known}/>"
    )


def _ban(room: "HostedRoom", line: str) -> str:
    """A mask is no address, but lists have nothing else: it is written as one of ours."""
    mask, _, more = line.strip().partition(" ")
    jid = room.gateway.places.person(mask, room.place.server)
    reason = f"<reason>{encode.text_node(f'{mask} {more}'.strip())}</reason>"
    return f"<item affiliation='outcast' jid='{encode.attribute(jid)}'>{reason}</item>"
