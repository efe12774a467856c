"""Reads stanzas: ElementTree elements into plain values. Pure; no stanza makes it raise.

The namespace of the stanza itself is not looked at: a component stream says
``jabber:component:accept`` where a forwarded message says ``jabber:client``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from msgspec import Struct, structs

from bridge.model.content import File
from protocols.xmpp import about, files, markup
from protocols.xmpp.encode import CHAT_STATES, HOP, MARKERS, MENTIONS

LONGEST_TEXT = 1 << 19
"""Characters kept of a text; the archive and the other networks must not choke on one message."""
LONGEST_ID = 512
"""Characters; an id that is longer is none."""

_MUC_USER = "{http://jabber.org/protocol/muc#user}"
_SID = "{urn:xmpp:sid:0}"
_STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
_CHAT_STATES = f"{{{CHAT_STATES}}}"


class Failure(Struct, frozen=True):
    """What an error stanza says (RFC 6120 §8.3)."""

    condition: str = "undefined-condition"
    kind: str = "cancel"
    text: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.condition})" if self.text else self.condition


class MucMessage(Struct, kw_only=True):
    """A message from a room or an occupant, with nothing in it believed yet."""

    nick: str
    """Empty: the room itself speaks."""
    id: str = ""
    body: str | None = None
    subject: str | None = None
    thread: str | None = None
    origin_id: str = ""
    stanza_ids: tuple[tuple[str, str], ...] = ()
    """Pairs of (by, id)."""
    occupant_id: str = ""
    delays: tuple[tuple[str, float], ...] = ()
    """Pairs of (from, time), in the order they were added."""
    hop: str = ""
    unstyled: bool = False
    spoiler: str | None = None
    encrypted: bool = False
    reply: str = ""
    """The id of the message that is answered (XEP-0461)."""
    quoted: tuple[tuple[int, int], ...] = ()
    """Code points of the body that only repeat what is answered (XEP-0461 §3.2)."""
    replaces: str | None = None
    """The attr-id of the message that this is a correction of (XEP-0308); None: it is none."""
    retraction: about.Retraction | None = None
    reactions: about.Reactions | None = None
    mentions: tuple[about.Mention, ...] = ()
    state: str = ""
    """``composing``, ``paused`` and so on (XEP-0085)."""
    offered: files.Offered | None = None
    """Files (XEP-0447, XEP-0385, XEP-0066) and stickers (XEP-0449)."""
    instead: tuple[tuple[int, int], ...] = ()
    """Code points of the body that stand in for the files."""
    marks: tuple[markup.Mark, ...] = ()
    """Ranges of the body that are styled (XEP-0394)."""
    displayed: str = ""
    """The id of a message up to which the sender has read (XEP-0333)."""
    codes: tuple[int, ...] = ()


class MucPresence(Struct, kw_only=True):
    """A presence from a room: somebody is there, is gone, or could not get in."""

    nick: str
    kind: str
    """``available``, ``unavailable`` or ``error``."""
    codes: frozenset[int] = frozenset()
    role: str = ""
    jid: str = ""
    """The real JID, where we may see it."""
    new_nick: str = ""
    occupant_id: str = ""
    actor: str = ""
    reason: str = ""
    destroyed: bool = False
    failure: Failure | None = None


def message(xml: Element) -> MucMessage:
    """Read a message that came from ``room@service`` or ``room@service/nick``."""
    found = MucMessage(nick=(xml.get("from") or "").partition("/")[2], id=_id(xml.get("id")))
    for child in xml:
        tag = child.tag
        namespace, _, name = tag.rpartition("}")
        read = _CHILDREN.get(tag) or _STANZA_CHILDREN.get(name if namespace in _STANZA_NS else "")
        if read is not None:
            read(found, child)
    return found


def presence(xml: Element) -> MucPresence:
    """Read a presence that came from an occupant or a room."""
    kind = xml.get("type", "available")
    found = MucPresence(nick=(xml.get("from") or "").partition("/")[2], kind=kind)
    if kind == "error":
        found.failure = failure(xml)
        return found
    for child in xml:
        tag = child.tag
        if tag == f"{_MUC_USER}x":
            _muc_user(found, child)
        elif tag == "{urn:xmpp:occupant-id:0}occupant-id":
            found.occupant_id = _id(child.get("id"))
        elif tag.endswith("}status") and not found.reason:
            found.reason = _text(child)
    return found


def failure(xml: Element) -> Failure:
    """Read the error of a stanza; what cannot be understood becomes ``undefined-condition``."""
    for child in xml:
        if not child.tag.endswith("}error"):
            continue
        condition, text = "undefined-condition", ""
        for detail in child:
            if detail.tag == f"{_STANZAS}text":
                text = _text(detail)[:1000]
            elif detail.tag.startswith(_STANZAS):
                condition = detail.tag.removeprefix(_STANZAS)
        return Failure(condition, child.get("type", "cancel"), text)
    return Failure()


def features(xml: Element) -> frozenset[str]:
    """Read the features from an answer to disco#info (XEP-0030 §3)."""
    return frozenset(
        child.get("var", "") for query in xml for child in query if child.tag.endswith("}feature")
    )


def categories(xml: Element) -> frozenset[str]:
    """Read the categories of the identities from an answer to disco#info (XEP-0030 §3)."""
    return frozenset(
        child.get("category", "")
        for query in xml
        for child in query
        if child.tag.endswith("}identity")
    )


def archived(xml: Element) -> tuple[str, str, Element] | None:
    """Read one result of an archive query (XEP-0313 §4.2): query id, archive id and the message.

    The delay of the archive becomes the message's last delay. None: it is not such a result.
    """
    result = xml.find("{urn:xmpp:mam:2}result")
    if result is None:
        return None
    forwarded = result.find("{urn:xmpp:forward:0}forwarded")
    if forwarded is None:
        return None
    delay = forwarded.find("{urn:xmpp:delay}delay")
    for child in forwarded:
        if child.tag.endswith("}message"):
            if delay is not None:
                child.append(delay)
            return _id(result.get("queryid")), _id(result.get("id")), child
    return None


def time(stamp: str | None) -> float | None:
    """Read a date of XEP-0082 as seconds since 1970; None if it is not one."""
    if not stamp or len(stamp) > 40:
        return None
    try:
        moment = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds >= 0 else None


def _id(value: str | None) -> str:
    return value if value and len(value) <= LONGEST_ID else ""


def _text(xml: Element) -> str:
    text = xml.text or ""
    if len(text) > LONGEST_TEXT:
        return text[:LONGEST_TEXT] + "…"
    return text


def _muc_user(found: MucPresence, xml: Element) -> None:
    codes = set()
    for child in xml:
        name = child.tag.removeprefix(_MUC_USER)
        if name == "status":
            code = child.get("code", "")
            if code.isascii() and code.isdigit() and len(code) < 6:
                codes.add(int(code))
        elif name == "item":
            found.jid = child.get("jid", "")
            found.role = child.get("role", "")
            found.new_nick = child.get("nick", "")
            found.reason = child.findtext(f"{_MUC_USER}reason") or found.reason
            actor = child.find(f"{_MUC_USER}actor")
            if actor is not None:
                found.actor = actor.get("nick") or actor.get("jid") or ""
        elif name == "destroy":
            found.destroyed = True
            found.reason = child.findtext(f"{_MUC_USER}reason") or found.reason
    found.codes = frozenset(codes)


def _body(found: MucMessage, xml: Element) -> None:
    if found.body is None or _no_language(xml):
        found.body = _text(xml)


def _subject(found: MucMessage, xml: Element) -> None:
    if found.subject is None or _no_language(xml):
        found.subject = _text(xml)


def _no_language(xml: Element) -> bool:
    return xml.get("{http://www.w3.org/XML/1998/namespace}lang") is None


def _thread(found: MucMessage, xml: Element) -> None:
    found.thread = _id((xml.text or "").strip())


def _origin(found: MucMessage, xml: Element) -> None:
    found.origin_id = _id(xml.get("id"))


def _stanza_id(found: MucMessage, xml: Element) -> None:
    if len(found.stanza_ids) < 8 and (id_ := _id(xml.get("id"))):
        found.stanza_ids += ((xml.get("by", ""), id_),)


def _occupant(found: MucMessage, xml: Element) -> None:
    found.occupant_id = _id(xml.get("id"))


def _delay(found: MucMessage, xml: Element) -> None:
    when = time(xml.get("stamp"))
    if when is not None and len(found.delays) < 16:
        found.delays += ((xml.get("from", ""), when),)


def _hop(found: MucMessage, xml: Element) -> None:
    found.hop = _id(xml.get("id"))


def _unstyled(found: MucMessage, _: Element) -> None:
    found.unstyled = True


def _spoiler(found: MucMessage, xml: Element) -> None:
    found.spoiler = _text(xml)[:500]


def _encrypted(found: MucMessage, _: Element) -> None:
    found.encrypted = True


def _reply(found: MucMessage, xml: Element) -> None:
    found.reply = _id(xml.get("id"))


def _fallback(found: MucMessage, xml: Element) -> None:
    if xml.get("for") == about.REPLY:
        found.quoted += about.fallback(xml)[: about.MOST_RANGES - len(found.quoted)]
    elif xml.get("for") in (files.SHARING, files.OOB):
        ranges = about.fallback(xml) or ((0, LONGEST_TEXT),)
        found.instead += ranges[: about.MOST_RANGES - len(found.instead)]


def _replace(found: MucMessage, xml: Element) -> None:
    found.replaces = _id(xml.get("id"))


def _retract(found: MucMessage, xml: Element) -> None:
    found.retraction = about.retraction(xml)


def _apply(found: MucMessage, xml: Element) -> None:
    found.retraction = about.applied(xml)


def _reactions(found: MucMessage, xml: Element) -> None:
    """More than one element is none (XEP-0444 §4.1): it is about no message."""
    again = found.reactions is not None
    found.reactions = about.Reactions("", ()) if again else about.reactions(xml)


def _mention(found: MucMessage, xml: Element) -> None:
    if len(found.mentions) < about.MOST_MENTIONS and (mention := about.mention(xml)):
        found.mentions += (mention,)


def _sharing(found: MucMessage, xml: Element) -> None:
    _offer(found, files.sharing(xml))


def _reference(found: MucMessage, xml: Element) -> None:
    _offer(found, files.reference(xml))


def _offer(found: MucMessage, file: File | None) -> None:
    offered = found.offered or files.Offered()
    if file and len(offered.files) < files.MOST_FILES:
        found.offered = structs.replace(offered, files=(*offered.files, file))


def _out_of_band(found: MucMessage, xml: Element) -> None:
    offered = found.offered or files.Offered()
    link = files.out_of_band(xml)
    if link and len(offered.links) < files.MOST_FILES:
        found.offered = structs.replace(offered, links=(*offered.links, link))


def _sticker(found: MucMessage, _: Element) -> None:
    found.offered = structs.replace(found.offered or files.Offered(), sticker=True)


def _markup(found: MucMessage, xml: Element) -> None:
    found.marks = markup.marks(xml)


def _state(found: MucMessage, xml: Element) -> None:
    found.state = xml.tag.removeprefix(_CHAT_STATES)


def _displayed(found: MucMessage, xml: Element) -> None:
    found.displayed = _id(xml.get("id"))


def _codes(found: MucMessage, xml: Element) -> None:
    codes = (child.get("code", "") for child in xml if child.tag == f"{_MUC_USER}status")
    found.codes = tuple(int(c) for c in codes if c.isascii() and c.isdigit() and len(c) < 6)


_STANZA_NS = ("{jabber:component:accept", "{jabber:client", "{jabber:server", "")
_Reader = Callable[[MucMessage, Element], None]
_STANZA_CHILDREN: dict[str, _Reader] = {"body": _body, "subject": _subject, "thread": _thread}
_CHILDREN: dict[str, _Reader] = {
    f"{_SID}origin-id": _origin,
    f"{_SID}stanza-id": _stanza_id,
    "{urn:xmpp:occupant-id:0}occupant-id": _occupant,
    "{urn:xmpp:delay}delay": _delay,
    f"{{{HOP}}}hop": _hop,
    "{urn:xmpp:styling:0}unstyled": _unstyled,
    "{urn:xmpp:spoiler:0}spoiler": _spoiler,
    "{eu.siacs.conversations.axolotl}encrypted": _encrypted,
    "{urn:xmpp:omemo:2}encrypted": _encrypted,
    "{urn:xmpp:omemo:1}encrypted": _encrypted,
    "{urn:xmpp:openpgp:0}openpgp": _encrypted,
    "{jabber:x:encrypted}x": _encrypted,
    "{urn:xmpp:eme:0}encryption": _encrypted,
    f"{{{about.REPLY}}}reply": _reply,
    f"{{{about.FALLBACK}}}fallback": _fallback,
    f"{{{about.CORRECT}}}replace": _replace,
    f"{{{about.RETRACT}}}retract": _retract,
    f"{{{about.FASTEN}}}apply-to": _apply,
    f"{{{about.REACTIONS}}}reactions": _reactions,
    **{f"{_CHAT_STATES}{state}": _state for state in ("active", "composing", "paused", "inactive")},
    f"{{{MENTIONS}}}mention": _mention,
    f"{{{files.SHARING}}}file-sharing": _sharing,
    f"{{{files.REFERENCE}}}reference": _reference,
    f"{{{files.OOB}}}x": _out_of_band,
    f"{{{files.STICKERS}}}sticker": _sticker,
    f"{{{markup.MARKUP}}}markup": _markup,
    f"{{{MARKERS}}}displayed": _displayed,
    f"{_MUC_USER}x": _codes,
}
