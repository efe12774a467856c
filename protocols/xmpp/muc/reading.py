"""Makes sense of a room's message: what was said, when, and by which ids it is known. Pure."""

from bridge.model.content import Content, Paragraph, Spoiler, Style, Text
from protocols.xmpp import styling
from protocols.xmpp.decode import MucMessage

STABLE_IDS = "urn:xmpp:sid:0"
OCCUPANT_IDS = "urn:xmpp:occupant-id:0"
OPEN_JIDS = "muc_nonanonymous"
ANONYMITY_CHANGED = frozenset({172, 173, 174})
SHORTEST_ID = 8
"""Characters. COMPAT(Psi and bots): counters such as ``12`` or ``aa1fa`` come again after a restart
of the client; where the room gives ids of its own, such ids are not needed to know a message."""


def is_speech(message: MucMessage) -> bool:
    """Tell whether this says something to people (and is not about another message)."""
    return bool(message.body and message.body.strip()) and message.refers in ("", "replace")


def content(message: MucMessage) -> Content:
    """Read what was said."""
    body = _without_quote(message)
    style: Style = "text"
    if not message.nick:
        style = "notice"
    elif body.startswith("/me "):
        style, body = "emote", body[4:]
    if message.refers == "replace":
        body = f"* {body}"
    read = styling.read(body, unstyled=message.unstyled, style=style)
    if message.spoiler is None:
        return read
    return _covered(read, message.spoiler)


def ids(message: MucMessage, room: str, sender: str, stable: bool) -> tuple[str, ...]:
    """Return the ids by which later messages may mean this one, the most trusted first.

    ``sender`` is the occupant-id or occupant JID: ids that clients make up are only theirs.
    ``stable``: the room announces that its own ids can be trusted (XEP-0359 §5).
    """
    found = []
    if stable:
        found = [f"sid:{id_}" for by, id_ in message.stanza_ids if by == room][:1]
    shortest = SHORTEST_ID if found else 1
    if len(message.origin_id) >= shortest:
        found.append(f"oid:{sender}/{message.origin_id}")
    if len(message.id) >= shortest:
        found.append(f"attr:{sender}/{message.id}")
    return tuple(found)


def said_at(message: MucMessage, room: str) -> float | None:
    """Return the time that the room gave to a message of its history; None if it gave none.

    An occupant may put a delay of their own into a message; the room's comes after it.
    """
    service = room.partition("@")[2]
    for by, when in reversed(message.delays):
        if by in (room, service, ""):
            return when
    return None


def _without_quote(message: MucMessage) -> str:
    """Leave out what only repeats the message that is answered (XEP-0461 §3.2), if it is that."""
    body = message.body or ""
    if message.quoted is None:
        return body
    start, end = message.quoted
    cut = body[start:end]
    at_line_end = end == len(body) or body[end - 1 : end] == "\n"
    if not 0 <= start < end <= len(body) or not at_line_end:
        return body
    if not all(line.startswith(">") for line in cut.rstrip("\n").split("\n")):
        return body
    return body[:start] + body[end:]


def _covered(content: Content, reason: str) -> Content:
    first, *more = content.blocks
    if more or not isinstance(first, Paragraph):
        covered = Paragraph((Spoiler((Text(styling.write(content).body),), reason),))
    else:
        covered = Paragraph((Spoiler(first.children, reason),))
    return Content((covered,), content.style)
