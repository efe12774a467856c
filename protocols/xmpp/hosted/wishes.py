"""Reads the presence by which a client enters a hosted room (XEP-0045 §7.2). Pure."""

from xml.etree.ElementTree import Element

from bridge.model import Past
from protocols.xmpp import decode, encode
from protocols.xmpp.hosted.seats import Wish

USUAL = 20
MOST = 200
"""Messages of history."""
LONGEST_PASSWORD = 200
_X = f"{{{encode.MUC}}}x"
_HISTORY = f"{{{encode.MUC}}}history"
_PASSWORD = f"{{{encode.MUC}}}password"


def read(xml: Element, nick: str, now: float) -> Wish | None:
    """Return what the client asks for; None: it does not ask to come in."""
    x = xml.find(_X)
    if x is None:
        return None
    password = (x.findtext(_PASSWORD) or "")[:LONGEST_PASSWORD]
    history = x.find(_HISTORY)
    if history is None:
        return Wish(nick, password, Past(USUAL), None, away(xml))
    count = _number(history.get("maxstanzas"))
    characters = _number(history.get("maxchars"))
    seconds = _number(history.get("seconds"))
    since = decode.time(history.get("since")) or 0.0
    if seconds is not None:
        since = max(since, now - seconds)
    if count is None:
        # Who names a time wants all since then; the smallest limit holds (§7.2.13).
        count = MOST if since else USUAL
    if characters == 0:
        count = 0
    return Wish(nick, password, Past(min(count, MOST), since), characters, away(xml))


def away(xml: Element) -> str | None:
    """Return why the client's user is away; None: they are not."""
    show, status = "", ""
    for child in xml:
        name = child.tag.rpartition("}")[2]
        if name == "show":
            show = (child.text or "").strip()
        elif name == "status" and not status:
            status = (child.text or "").strip()
    if show in ("away", "xa", "dnd"):
        return status[:300] or show
    return None


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
