"""Makes sense of a room's message: what was said, when, and by which ids it is known. Pure."""

from collections.abc import Callable, Iterable

from msgspec import structs

from bridge.model import Mention, UserRef
from bridge.model.content import Content, File, Inline, Paragraph, Spoiler, Style, Styled, Text
from protocols.xmpp import files, markup, styling
from protocols.xmpp.decode import LONGEST_ID, MucMessage

STABLE_IDS = "urn:xmpp:sid:0"
OCCUPANT_IDS = "urn:xmpp:occupant-id:0"
OPEN_JIDS = "muc_nonanonymous"
ANONYMITY_CHANGED = frozenset({172, 173, 174})
_ME = "/me "
LONGEST_NAME = 200
"""Characters of a mention; more is no name."""
SHORTEST_ID = 8
"""Characters. COMPAT(Psi and bots): counters such as ``12`` or ``aa1fa`` come again after a restart
of the client; where the room gives ids of its own, such ids are not needed to know a message."""


def is_speech(message: MucMessage) -> bool:
    """Tell whether this says something to people: a new message, or a new version of one."""
    said = bool(message.body and message.body.strip()) or bool(attached(message))
    return said and message.retraction is None and message.reactions is None


Whose = Callable[[str], UserRef | None]
"""Answers who has an occupant-id."""


def attached(message: MucMessage) -> tuple[File, ...]:
    """Return the files that come with it, each once."""
    return message.offered.all() if message.offered else ()


def content(message: MucMessage, whose: Whose = lambda occupant_id: None) -> Content:
    """Read what was said, and what came with it."""
    shown = attached(message)
    body, _, removed = _split(message, shown)
    if shown and shown[0].kind == "sticker" and body.strip():
        return Content((), attached=(structs.replace(shown[0], description=body.strip()[:100]),))
    if shown and not body.strip():
        return Content((), attached=shown)
    if where := files.place(body):
        return Content((), attached=(*shown, where))
    style: Style = "text"
    if not message.nick:
        style = "notice"
    elif body.startswith(_ME):
        style = "emote"
    read = _styled(message, body, removed, style)
    if message.mentions:
        read = _with_mentions(read, message, whose)
    if message.spoiler is not None:
        read = _covered(read, message.spoiler)
    return structs.replace(read, attached=shown) if shown else read


def _styled(message: MucMessage, body: str, removed: markup.Ranges, style: Style) -> Content:
    if "aesgcm" in body.lower():
        body = files.veiled(body)  # Places in it are not what they were.
    elif message.marks and len(body) <= styling.LONGEST_STYLED:
        marks = markup.without(message.marks, removed)
        if style == "emote":
            body, marks = body.removeprefix(_ME), markup.without(marks, ((0, len(_ME)),))
        return markup.read(body, marks, style)
    read = styling.read(body, unstyled=message.unstyled, style=style)
    return _without_me(read) if style == "emote" else read


def _without_me(read: Content) -> Content:
    """Take away what makes it an emote; what comes after it begins no block (XEP-0245 §2)."""
    match read.blocks:
        case (Paragraph(children=(Text(text), *spans)), *more) if text.startswith(_ME):
            rest = text.removeprefix(_ME)
            spans = [Text(rest), *spans] if rest or not spans else spans
            return structs.replace(read, blocks=(Paragraph(tuple(spans)), *more))
    return read


def quoted(message: MucMessage) -> str:
    """Return what stood before the text only to repeat the message that is answered."""
    _, quote, _ = _split(message, ())
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


def _split(message: MucMessage, shown: tuple[File, ...]) -> tuple[str, str, markup.Ranges]:
    """Tell what is said from what only repeats the message that is answered (XEP-0461 §3.2), or
    stands in for files; and which ranges of the body those are.
    """
    body = message.body or ""
    quotes = _apart((start, end) for start, end in message.quoted if _is_quote(body, start, end))
    quote = "".join(body[start:end] for start, end in quotes)
    if not shown and not _without(body, quotes).strip():
        return body, "", ()
    stand_ins = [
        (start, min(end, len(body)))
        for start, end in message.instead
        if shown and _stands_in(body[start:end], shown)
    ]
    removed = _apart((*quotes, *stand_ins))
    said = _without(body, removed)
    for file in shown:
        if said.strip() == file.source:
            return "", quote, removed
    return said, quote, removed


def _apart(ranges: Iterable[tuple[int, int]]) -> markup.Ranges:
    """Put ranges in order; of those that overlap the last one counts."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(set(ranges), reverse=True):
        if start < end and (not out or end <= out[-1][0]):
            out.append((start, end))
    return tuple(reversed(out))


def _without(body: str, removed: markup.Ranges) -> str:
    for start, end in reversed(removed):
        body = body[:start] + body[end:]
    return body


def _stands_in(text: str, shown: tuple[File, ...]) -> bool:
    """Tell whether this is there for who cannot see the file, and not something said besides."""
    return any(file.kind == "sticker" or file.source in text for file in shown)


def _is_quote(body: str, start: int, end: int) -> bool:
    """Tell whether a range is whole lines of a quote. Some clients count otherwise than in code
    points, and some lie; then nothing is cut.
    """
    if not start < end <= len(body):
        return False
    if (start and body[start - 1] != "\n") or (end < len(body) and body[end - 1] != "\n"):
        return False
    return all(line.startswith(">") for line in body[start:end].removesuffix("\n").split("\n"))


def _with_mentions(content: Content, message: MucMessage, whose: Whose) -> Content:
    """Put in who is meant. In what is not running text, names are found by the core."""
    body = message.body or ""
    meant: list[tuple[str, UserRef]] = []
    for mention in sorted(message.mentions, key=lambda it: it.begin):
        name = body[mention.begin : mention.end]
        if any(start <= mention.begin < end for start, end in message.quoted):
            continue
        if 0 < len(name) <= LONGEST_NAME and (user := whose(mention.occupant_id)):
            meant.append((name, user))
    blocks = tuple(
        Paragraph(_spans_with(block.children, meant)) if isinstance(block, Paragraph) else block
        for block in content.blocks
    )
    return structs.replace(content, blocks=blocks)


def _spans_with(spans: tuple[Inline, ...], meant: list[tuple[str, UserRef]]) -> tuple[Inline, ...]:
    """Put the mentions that are found into these spans; they are taken out of ``meant``."""
    out: list[Inline] = []
    for span in spans:
        if isinstance(span, Styled):
            out.append(structs.replace(span, children=_spans_with(span.children, meant)))
        elif isinstance(span, Text):
            out += _text_with(span.text, meant)
        else:
            out.append(span)
    return tuple(out)


def _text_with(text: str, meant: list[tuple[str, UserRef]]) -> list[Inline]:
    out: list[Inline] = []
    at = 0
    for name, user in tuple(meant):
        begin = text.find(name, at)
        if begin < 0:
            continue
        meant.remove((name, user))
        out += [Text(text[at:begin])] if begin > at else []
        out.append(Mention(name, user))
        at = begin + len(name)
    return [*out, Text(text[at:])] if at < len(text) or not out else out


def _covered(content: Content, reason: str) -> Content:
    first, *more = content.blocks
    if more or not isinstance(first, Paragraph):
        covered = Paragraph((Spoiler((Text(styling.write(content).body),), reason),))
    else:
        covered = Paragraph((Spoiler(first.children, reason),))
    return structs.replace(content, blocks=(covered,))
