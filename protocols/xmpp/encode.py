"""Writes stanzas as ready XML text. Pure; the only place where text meets XML."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from bridge.model.content import File
from protocols.xmpp import about, files

ORIGIN_ID = "urn:xmpp:sid:0"
HOP = "urn:tercet:hop:0"
MUC = "http://jabber.org/protocol/muc"
CHAT_STATES = "http://jabber.org/protocol/chatstates"
MARKERS = "urn:xmpp:chat-markers:0"
MENTIONS = "urn:xmpp:mentions:0"
STORE = "<store xmlns='urn:xmpp:hints'/>"
"""XEP-0334: to be archived although there is no body."""
NO_STORE = "<no-store xmlns='urn:xmpp:hints'/>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\"'\t\n\r]")
_ENTITIES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;",
    "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip


def clean(text: str) -> str:
    """Return text without what XML 1.0 cannot carry (§2.2), its line ends as ``\\n``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text)


def text_node(text: str) -> str:
    """Escape text for use between tags."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(value: str) -> str:
    """Escape a value for use between quotes of either kind."""
    return _SPECIAL.sub(lambda found: _ENTITIES[found.group()], _ILLEGAL.sub("", value))


def groupchat(sender: str, room: str, attr_id: str, payload: str) -> str:
    """A message for a room (XEP-0045 §7.4) with its own id as origin-id (XEP-0359)."""
    attr_id = attribute(attr_id)
    return (
        f"<message from='{attribute(sender)}' to='{attribute(room)}' type='groupchat' "
        f"id='{attr_id}'>{payload}<origin-id xmlns='{ORIGIN_ID}' id='{attr_id}'/></message>"
    )


def sign(sender: str, room: str, payload: str) -> str:
    """A message for a room that nobody will refer to: it has no id."""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(room)}' type='groupchat'>"
        f"{payload}</message>"
    )


def payload(
    body: str,
    *,
    unstyled: bool = False,
    spoiler: str | None = None,
    hop: str = "",
    late: tuple[str, float] | None = None,
) -> str:
    """The children of a message. ``late``: who held it back, and when it was said (XEP-0203)."""
    parts = [f"<body>{text_node(body)}</body>"]
    if unstyled:
        parts.append("<unstyled xmlns='urn:xmpp:styling:0'/>")
    if spoiler is not None:
        parts.append(f"<spoiler xmlns='urn:xmpp:spoiler:0'>{text_node(spoiler)}</spoiler>")
    if hop:
        parts.append(f"<hop xmlns='{HOP}' id='{attribute(hop)}'/>")
    if late:
        parts.append(
            f"<delay xmlns='urn:xmpp:delay' from='{attribute(late[0])}' stamp='{stamp(late[1])}'/>"
        )
    return "".join(parts)


def reply(to: str, id_: str, quote: int) -> str:
    """Point at the message that is answered (XEP-0461 §3); the body begins with ``quote`` code
    points that repeat it.
    """
    element = f"<reply xmlns='{about.REPLY}' to='{attribute(to)}' id='{attribute(id_)}'/>"
    if not quote:
        return element
    return (
        f"{element}<fallback xmlns='{about.FALLBACK}' for='{about.REPLY}'>"
        f"<body start='0' end='{quote}'/></fallback>"
    )


def mention(begin: int, end: int, occupant_id: str) -> str:
    """Say that these code points of the body mean an occupant (XEP-0513 §3.1)."""
    return (
        f"<mention xmlns='{MENTIONS}' begin='{begin}' end='{end}' "
        f"occupantid='{attribute(occupant_id)}'/>"
    )


def file(file: File, begin: int, end: int) -> str:
    """Offer a file (XEP-0447) that has an address, to all clients there are: those code points of
    the body are that address, which is there for clients that know just that or XEP-0066.
    """
    facts: dict[str, str | int] = {
        "media-type": file.mime,
        "name": file.name,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "length": round(file.duration * 1000),
        "desc": file.description,
    }
    known = "".join(f"<{tag}>{text_node(str(fact))}</{tag}>" for tag, fact in facts.items() if fact)
    if file.thumbnail_url:
        known += f"<thumbnail xmlns='{files.THUMBS}' uri='{attribute(file.thumbnail_url)}'/>"
    shown = "attachment" if file.kind == "file" else "inline"
    where = f"<body start='{begin}' end='{end}'/>" if begin else "<body/>"
    sticker = f"<sticker xmlns='{files.STICKERS}'/>" if file.kind == "sticker" else ""
    return (
        f"<file-sharing xmlns='{files.SHARING}' disposition='{shown}'>"
        f"<file xmlns='{files.METADATA}'>{known}</file>"
        f"<sources><url-data xmlns='{files.URL_DATA}' target='{attribute(file.url)}'/></sources>"
        f"</file-sharing>{sticker}"
        f"<fallback xmlns='{about.FALLBACK}' for='{files.SHARING}'>{where}</fallback>"
        f"<x xmlns='{files.OOB}'><url>{text_node(file.url)}</url></x>"
    )


def thread(name: str) -> str:
    """Name the thread that a message belongs to (XEP-0201)."""
    return f"<thread>{text_node(name)}</thread>"


def replace(attr_id: str) -> str:
    """Say which message this is the whole new version of (XEP-0308 §3)."""
    return f"<replace xmlns='{about.CORRECT}' id='{attribute(attr_id)}'/>"


def retract(stanza_id: str, *, told: bool) -> str:
    """Take a message back (XEP-0424 §3). ``told``: with words for clients that do not know this."""
    words = (
        f"<fallback xmlns='{about.FALLBACK}' for='{about.RETRACT}'/>"
        "<body>/me retracted a previous message, but it's unsupported by your client.</body>"
    )
    return (
        f"<retract xmlns='{about.RETRACT}' id='{attribute(stanza_id)}'/>"
        f"{words if told else ''}{STORE}"
    )


def moderate(stanza_id: str, reason: str, *, old: bool) -> str:
    """Ask the room to remove a message (XEP-0425 §4)."""
    why = f"<reason>{text_node(reason)}</reason>" if reason else ""
    id_ = attribute(stanza_id)
    if old:  # COMPAT(Prosody 0.12, mod_muc_moderation)
        return (
            f"<apply-to xmlns='{about.FASTEN}' id='{id_}'><moderate xmlns='{about.MODERATE_OLD}'>"
            f"<retract xmlns='{about.RETRACT_OLD}'/>{why}</moderate></apply-to>"
        )
    return (
        f"<moderate xmlns='{about.MODERATE}' id='{id_}'>"
        f"<retract xmlns='{about.RETRACT}'/>{why}</moderate>"
    )


def reactions(stanza_id: str, keys: Iterable[str]) -> str:
    """All reactions of the sender to a message (XEP-0444 §4)."""
    each = "".join(f"<reaction>{text_node(key)}</reaction>" for key in keys)
    id_ = attribute(stanza_id)
    return f"<reactions xmlns='{about.REACTIONS}' id='{id_}'>{each}</reactions>{STORE}"


def chat_state(state: str) -> str:
    """Tell that somebody types, or no longer does (XEP-0085); ``state`` is ours, not theirs."""
    return f"<{state} xmlns='{CHAT_STATES}'/>{NO_STORE}"


def displayed(stanza_id: str) -> str:
    """Tell up to where somebody has read (XEP-0333)."""
    return f"<displayed xmlns='{MARKERS}' id='{attribute(stanza_id)}'/>{NO_STORE}"


def subject(sender: str, room: str, attr_id: str, topic: str) -> str:
    """Ask the room to change its subject (XEP-0045 §8.1)."""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(room)}' type='groupchat' "
        f"id='{attribute(attr_id)}'><subject>{text_node(topic)}</subject></message>"
    )


def private(sender: str, occupant: str, attr_id: str, body: str) -> str:
    """A private message to an occupant (XEP-0045 §7.5)."""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(occupant)}' type='chat' "
        f"id='{attribute(attr_id)}'><body>{text_node(body)}</body>"
        f"<unstyled xmlns='urn:xmpp:styling:0'/><x xmlns='{MUC}#user'/></message>"
    )


def join(sender: str, occupant: str, *, password: str = "", seconds: int | None = None) -> str:
    """Enter a room (XEP-0045 §7.2), with the history of the last ``seconds`` or with none.

    Asked for by age and not by date, so that a clock that runs wrong loses nothing.
    """
    wanted = "maxstanzas='0' maxchars='0'" if seconds is None else f"seconds='{seconds}'"
    secret = f"<password>{text_node(password)}</password>" if password else ""
    return (
        f"<presence from='{attribute(sender)}' to='{attribute(occupant)}'>"
        f"<x xmlns='{MUC}'><history {wanted}/>{secret}</x></presence>"
    )


def rename(sender: str, occupant: str) -> str:
    """Ask for another nick in a room one is in (XEP-0045 §7.6)."""
    return f"<presence from='{attribute(sender)}' to='{attribute(occupant)}'/>"


def part(sender: str, occupant: str, reason: str = "") -> str:
    """Leave a room (XEP-0045 §7.14)."""
    status = f"<status>{text_node(reason)}</status>" if reason else ""
    return (
        f"<presence from='{attribute(sender)}' to='{attribute(occupant)}' type='unavailable'>"
        f"{status}</presence>"
    )


def message_error(sender: str, to: str, attr_id: str, kind: str, condition: str, text: str) -> str:
    """Refuse a message, in words (RFC 6120 §8.3)."""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(to)}' type='error' "
        f"id='{attribute(attr_id)}'>{error(kind, condition, text)}</message>"
    )


def error(kind: str, condition: str, text: str = "") -> str:
    """The error element of a stanza (RFC 6120 §8.3.2); kind and condition are ours, not theirs."""
    words = f"<text xmlns='{STANZAS}'>{text_node(text)}</text>" if text else ""
    return f"<error type='{kind}'><{condition} xmlns='{STANZAS}'/>{words}</error>"


def iq(kind: str, sender: str, to: str, attr_id: str, content: str = "") -> str:
    """A question or an answer. ``content`` is ready XML."""
    return (
        f"<iq type='{kind}' from='{attribute(sender)}' to='{attribute(to)}' "
        f"id='{attribute(attr_id)}'>{content}</iq>"
    )


def stamp(time: float) -> str:
    """Write seconds since 1970 as XEP-0082 does; times out of its range become the nearest."""
    bounded = min(max(time, 0.0), 253402300799.0)
    moment = datetime.fromtimestamp(bounded, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def cut(text: str, limit: int, more: str) -> str:
    """Shorten text to so many bytes as it is on the wire, ending with the line that leads on."""
    if len(text) * 5 <= limit or size(text) <= limit:
        return text
    tail = f"…\n{more}" if more else "…"
    room = max(limit - size(tail), 0)
    data = text.encode("utf-8", "ignore")
    while (length := size(head := data.decode("utf-8", "ignore"))) > room:
        data = data[: len(data) * room // length]
    return head + tail


def size(text: str) -> int:
    """Return how many bytes a text is on the wire."""
    return len(text_node(text).encode("utf-8", "ignore"))
