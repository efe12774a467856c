"""Reads the elements by which a message is about other messages, or replaces part of itself. Pure.

Nothing in them is believed yet: whoever sends a message may put any of them into it.
"""

from xml.etree.ElementTree import Element

from msgspec import Struct

CORRECT = "urn:xmpp:message-correct:0"
FALLBACK = "urn:xmpp:fallback:0"
FASTEN = "urn:xmpp:fasten:0"
MODERATE = "urn:xmpp:message-moderate:1"
MODERATE_OLD = "urn:xmpp:message-moderate:0"
REACTIONS = "urn:xmpp:reactions:0"
REPLY = "urn:xmpp:reply:0"
RETRACT = "urn:xmpp:message-retract:1"
RETRACT_OLD = "urn:xmpp:message-retract:0"

LONGEST_REACTION = 64
"""Characters; what is longer is no reaction."""
MOST_REACTIONS = 100
MOST_RANGES = 16
MOST_MENTIONS = 20
LONGEST_REASON = 1000


class Retraction(Struct, frozen=True):
    """Something is taken back (XEP-0424), perhaps by a moderator (XEP-0425)."""

    id: str
    moderated: bool = False
    by: str = ""
    """The moderator's occupant JID, if it is told."""
    reason: str = ""


class Reactions(Struct, frozen=True):
    """All reactions of the sender to one message (XEP-0444)."""

    id: str
    keys: tuple[str, ...]


class Mention(Struct, frozen=True):
    """Code points of the body that mean an occupant (XEP-0513 §3.1)."""

    begin: int
    end: int
    occupant_id: str


def retraction(xml: Element) -> Retraction | None:
    """Read ``<retract/>`` as of today (XEP-0424 §3, XEP-0425 §4)."""
    moderated = xml.find(f"{{{MODERATE}}}moderated")
    if moderated is None:
        return Retraction(xml.get("id", ""))
    reason = xml.findtext(f"{{{RETRACT}}}reason") or xml.findtext(f"{{{MODERATE}}}reason") or ""
    return Retraction(xml.get("id", ""), True, moderated.get("by", ""), reason[:LONGEST_REASON])


def applied(xml: Element) -> Retraction | None:
    """Read a retraction in the form it had when it was fastened to its target (XEP-0422).

    COMPAT(Prosody 0.12, older clients): ``mod_muc_moderation`` speaks nothing else.
    """
    target = xml.get("id", "")
    if xml.find(f"{{{RETRACT_OLD}}}retract") is not None:
        return Retraction(target)
    moderated = xml.find(f"{{{MODERATE_OLD}}}moderated")
    if moderated is None or moderated.find(f"{{{RETRACT_OLD}}}retract") is None:
        return None
    reason = moderated.findtext(f"{{{MODERATE_OLD}}}reason") or ""
    return Retraction(target, True, moderated.get("by", ""), reason[:LONGEST_REASON])


def reactions(xml: Element) -> Reactions:
    """Read a set of reactions; what comes twice counts once."""
    keys: dict[str, None] = {}
    for child in xml:
        if child.tag == f"{{{REACTIONS}}}reaction" and len(keys) < MOST_REACTIONS:
            key = (child.text or "").strip()
            if 0 < len(key) <= LONGEST_REACTION:
                keys[key] = None
    return Reactions(xml.get("id", ""), tuple(keys))


def fallback(xml: Element) -> tuple[tuple[int, int], ...]:
    """Read which code points of the body stand in for something else (XEP-0428 §3).

    A body without a range, or no body at all, means the whole: that is no range.
    """
    ranges: list[tuple[int, int]] = []
    for child in xml:
        found = _range(child.get("start", ""), child.get("end", ""))
        if child.tag == f"{{{FALLBACK}}}body" and found:
            ranges.append(found)
    return tuple(ranges[:MOST_RANGES])


def mention(xml: Element) -> Mention | None:
    """Read whom a part of the body means, if it is one occupant."""
    found = _range(xml.get("begin", ""), xml.get("end", ""))
    occupant_id = xml.get("occupantid", "")
    return Mention(*found, occupant_id) if found and occupant_id else None


def _range(start: str, end: str) -> tuple[int, int] | None:
    if all(n.isascii() and n.isdigit() and len(n) < 8 for n in (start, end)):
        return int(start), int(end)
    return None
