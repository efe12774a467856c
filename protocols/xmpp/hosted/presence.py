"""Writes the presences of a hosted room (XEP-0045 §7). Pure."""

from bridge.model import Rank
from protocols.xmpp import encode
from protocols.xmpp.hosted.occupants import Occupant, Renamed, Vanished
from protocols.xmpp.hosted.stanza import Stanza

_MUC_USER = f"{encode.MUC}#user"
_RANKS: dict[Rank, tuple[str, str]] = {
    "owner": ("owner", "moderator"),
    "admin": ("admin", "moderator"),
    "operator": ("admin", "moderator"),
    "halfop": ("member", "moderator"),
    "voice": ("member", "participant"),
    "none": ("none", "participant"),
    "muted": ("none", "visitor"),
}
_CODES = {"kicked": (307,), "banned": (301,)}

SELF = 110
OPEN = 100
NICK_GIVEN = 210
RENAMED = 303
LOST = 333
STOPPING = 332


def affiliation(rank: Rank) -> str:
    """What XMPP calls what somebody is."""
    return _RANKS[rank][0]


def role(rank: Rank) -> str:
    """What XMPP calls what somebody may do."""
    return _RANKS[rank][1]


def available(room: str, who: Occupant, jid: str, *codes: int) -> Stanza:
    """Somebody is there. ``jid``: the address that others may know; empty if there is none."""
    away = who.standing.away
    show = ""
    if away is not None:
        status = f"<status>{encode.text_node(away)}</status>" if away else ""
        show = f"<show>away</show>{status}"
    return _presence(room, who, who.nick, "", show + _x(_item(who, jid), codes))


def renaming(room: str, change: Renamed, jid: str, *codes: int) -> Stanza:
    """Somebody gives up a nick for another (§7.6); then ``available`` follows."""
    nick = f" nick='{encode.attribute(change.who.nick)}'"
    children = _x(_item(change.who, jid, nick), (*codes, RENAMED))
    return _presence(room, change.who, change.old, " type='unavailable'", children)


def unavailable(room: str, change: Vanished, jid: str, *codes: int) -> Stanza:
    """Somebody is gone, by themselves or not (§7.14, §8.2, §9.1)."""
    who = change.who
    forced = change.how in _CODES
    actor = f"<actor nick='{encode.attribute(change.by)}'/>" if forced and change.by else ""
    reason = f"<reason>{encode.text_node(change.reason)}</reason>" if change.reason else ""
    outcast = "outcast" if change.how == "banned" else affiliation(who.standing.rank)
    attributes = _address(jid) + f" affiliation='{outcast}' role='none'"
    item = f"<item{attributes}>{actor}{reason}</item>" if forced else f"<item{attributes}/>"
    status = ""
    if change.reason and not forced:
        status = f"<status>{encode.text_node(change.reason)}</status>"
    lost = (LOST,) if change.transient else ()
    children = status + _x(item, (*codes, *_CODES.get(change.how, ()), *lost))
    return _presence(room, who, who.nick, " type='unavailable'", children)


def outside(room: str, nick: str, *codes: int, text: str = "") -> Stanza:
    """Tell somebody that they are not, or no longer, in the room under this nick."""
    status = f"<status>{encode.text_node(text)}</status>" if text else ""
    x = _x("<item affiliation='none' role='none'/>", (SELF, *codes))
    sender = encode.attribute(f"{room}/{nick}")
    return Stanza(f"<presence from='{sender}'", f" type='unavailable'>{status}{x}</presence>")


def refusal(room: str, nick: str, error: str) -> Stanza:
    """Tell somebody why they cannot come in (§7.2)."""
    sender = encode.attribute(f"{room}/{nick}" if nick else room)
    by = error.replace("<error ", f"<error by='{encode.attribute(room)}' ", 1)
    return Stanza(
        f"<presence from='{sender}'", f" type='error'><x xmlns='{encode.MUC}'/>{by}</presence>"
    )


def _presence(room: str, who: Occupant, nick: str, kind: str, children: str) -> Stanza:
    sender = encode.attribute(f"{room}/{nick}")
    mark = f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{who.id}'/>"
    return Stanza(f"<presence from='{sender}'", f"{kind}>{children}{mark}</presence>")


def _x(item: str, codes: tuple[int, ...]) -> str:
    statuses = "".join(f"<status code='{code}'/>" for code in codes)
    return f"<x xmlns='{_MUC_USER}'>{item}{statuses}</x>"


def _item(who: Occupant, jid: str, more: str = "") -> str:
    rank = who.standing.rank
    known = f" affiliation='{affiliation(rank)}' role='{role(rank)}'"
    return f"<item{_address(jid)}{known}{more}/>"


def _address(jid: str) -> str:
    return f" jid='{encode.attribute(jid)}'" if jid else ""
