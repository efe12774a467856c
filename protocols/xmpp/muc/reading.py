"""Makes sense of a room's message: what was said, when, and by which ids it is known. Pure."""

from collections.abc import Callable

from bridge.model import Mention, UserRef
from bridge.model.content import Content, Inline, Paragraph, Spoiler, Style, Text
from protocols.xmpp import styling
from protocols.xmpp.decode import LONGEST_ID, MucMessage

STABLE_IDS = "urn:xmpp:sid:0"
OCCUPANT_IDS = "urn:xmpp:occupant-id:0"
OPEN_JIDS = "muc_nonanonymous"
ANONYMITY_CHANGED = frozenset({172, 173, 174})
LONGEST_NAME = 200
"""Characters of a mention; more is no name."""
SHORTEST_ID = 8
"""Characters. COMPAT(Psi and bots): counters such as ``12`` or ``aa1fa`` come again after a restart
of the client; where the room gives ids of its own, such ids are not needed to know a message."""


def is_speech(message: MucMessage) -> bool:
    """Tell whether this says something to people: a new message, or a new version of one."""
    said = bool(message.body and message.body.strip())
    return said and message.retraction is None and message.reactions is None


Whose = Callable[[str], UserRef | None]
"""Answers who has an occupant-id."""


def content(message: MucMessage, whose: Whose = lambda occupant_id: None) -> Content:
    """Read what was said."""
    body, _ = _split(message)
    style: Style = "text"
    if not message.nick:
        style = "notice"
    elif body.startswith("/me "):
        style, body = "emote", body[4:]
    read = styling.read(body, unstyled=message.unstyled, style=style)
    if message.mentions:
        read = _with_mentions(read, message, whose)
    if message.spoiler is None:
        return read
    return _covered(read, message.spoiler)


def quoted(message: MucMessage) -> str:
    """Return what stood before the text only to repeat the message that is answered."""
    _, quote = _split(message)
    lines = quote.removesuffix("\n").split("\n")
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)


def meant(id_: str, stable: bool) -> str:
    """Return the id, as ``ids`` writes it, of a message that is meant by the room's own id.

    Empty: it cannot be known what is meant, because the room has no ids that can be trusted.
    """
    return f"sid:{id_}" if stable and 0 < len(id_) <= LONGEST_ID else ""


def native(ids: tuple[str, ...], kind: str) -> str:
    """Return the first id of a kind as it is on the wire; empty if there is none."""
    return next((id_[len(kind) :] for id_ in ids if id_.startswith(kind)), "")


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


def _split(message: MucMessage) -> tuple[str, str]:
    """Tell what is said from what only repeats the message that is answered (XEP-0461 §3.2)."""
    whole = body = message.body or ""
    quote = ""
    after = len(body)
    for start, end in sorted(message.quoted, reverse=True):
        if start < end <= after and _is_quote(whole, start, end):
            quote = body[start:end] + quote
            body = body[:start] + body[end:]
            after = start
    return (body, quote) if body.strip() else (whole, "")


def _is_quote(body: str, start: int, end: int) -> bool:
    """Tell whether a range is whole lines of a quote. Some clients count otherwise than in code
    points, and some lie; then nothing is cut.
    """
    if (start and body[start - 1] != "\n") or (end < len(body) and body[end - 1] != "\n"):
        return False
    return all(line.startswith(">") for line in body[start:end].removesuffix("\n").split("\n"))


def _with_mentions(content: Content, message: MucMessage, whose: Whose) -> Content:
    """Put in who is meant, in a text without styles; in others, names are found by the core."""
    match content.blocks:
        case (Paragraph(children=(Text(text),)),):
            pass
        case _:
            return content
    spans: list[Inline] = []
    at = 0
    for mention in sorted(message.mentions, key=lambda it: it.begin):
        name = (message.body or "")[mention.begin : mention.end]
        begin = text.find(name, at) if 0 < len(name) <= LONGEST_NAME else -1
        user = whose(mention.occupant_id) if begin >= 0 else None
        if user is None or any(start <= mention.begin < end for start, end in message.quoted):
            continue
        spans += [Text(text[at:begin])] if begin > at else []
        spans.append(Mention(name, user))
        at = begin + len(name)
    if not spans:
        return content
    spans += [Text(text[at:])] if at < len(text) else []
    return Content((Paragraph(tuple(spans)),), content.style)


def _covered(content: Content, reason: str) -> Content:
    first, *more = content.blocks
    if more or not isinstance(first, Paragraph):
        covered = Paragraph((Spoiler((Text(styling.write(content).body),), reason),))
    else:
        covered = Paragraph((Spoiler(first.children, reason),))
    return Content((covered,), content.style)
