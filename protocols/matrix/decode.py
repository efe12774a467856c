"""Events as the homeserver pushes them, read into canonical ones. Pure, and patient: what is
malformed is left out or read as plain text, never an error.
"""

import json
import re
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bridge.model import (
    Account,
    Content,
    Mention,
    MessageEdited,
    MessageSent,
    Paragraph,
    RoomRef,
    Text,
    UserRef,
)
from bridge.model.content import Block, Inline, Style
from protocols.matrix import attached, encode, polls
from protocols.matrix.encode import inner
from protocols.matrix.html import Known, clean, read

AHEAD = 60.0
"""Seconds that an event's time may lie before ours: an event of the year 2600 must not stay the
newest for ever."""

_LONGEST_NAME = 100
_LONGEST_ID = 255
"""Bytes of an event id (Matrix specification, appendices, identifiers)."""
_QUOTED = re.compile(r"> (?:\* )?<")
"""How the quotation began that clients put before an answer until Matrix 1.13. Whoever quotes
something else answers with these words of their own."""
_STYLES: dict[str, Style] = {"m.emote": "emote", "m.notice": "notice"}
_SILENT = frozenset({"m.key.verification.request", "m.server_notice"})


class Envelope(Struct, frozen=True):
    """What all events have in common."""

    type: str = ""
    room_id: str = ""
    event_id: str = ""
    sender: str = ""
    state_key: str | None = None
    origin_server_ts: float = 0
    content: Raw = Raw(b"{}")
    unsigned: Raw = Raw(b"{}")
    redacts: Any = ""
    """Until room version 10; since then it is in the content."""

    def time(self, now: float) -> float:
        """When it happened, in seconds, and never far in the future."""
        return min(max(self.origin_server_ts / 1000, 0.0), now + AHEAD)


class Membership(Struct, frozen=True):
    """A change of someone's place in a room."""

    mxid: str
    by: str
    was: str
    now: str
    name: str
    avatar: str
    reason: str


class Transaction(Struct, frozen=True):
    """What a homeserver pushes. Of encryption data we need nothing; ``ephemeral`` reads its own."""

    events: list[Raw] = []


_envelopes = msgspec.json.Decoder(Envelope)
_transactions = msgspec.json.Decoder(Transaction)
_object = msgspec.json.Decoder(dict[str, Any])


def transaction(body: bytes) -> list[Envelope | None]:
    """Read the body of a transaction; None stands for an event that cannot be read at all.

    Raises ``msgspec.DecodeError`` if the body is not JSON, or holds no list of events.
    """
    return [envelope(raw) for raw in _transactions.decode(body).events]


def transaction_by_halves(body: bytes) -> list[Envelope | None]:
    """Read a transaction that msgspec refuses as a whole, because one event holds what is no good
    JSON (half a surrogate pair, a number beyond all bounds): the other events still count.

    Raises ``ValueError`` if it is no JSON for any reader.
    """
    try:
        found = json.loads(body.decode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    events = found.get("events", []) if isinstance(found, dict) else None
    if not isinstance(events, list):
        raise ValueError("it holds no list of events")
    return [envelope(_written(event)) for event in events]


def _written(event: object) -> bytes:
    try:
        return json.dumps(event, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return b""


def envelope(raw: bytes | Raw) -> Envelope | None:
    """Read the outside of one event."""
    try:
        found = _envelopes.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return found if found.type and found.room_id.startswith("!") and found.sender else None


def fields(raw: Raw) -> dict[str, Any]:
    """Read a content; one that is no object is empty."""
    try:
        return _object.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return {}


def text(value: object) -> str:
    """Read something that ought to be a string."""
    return clean(value) if isinstance(value, str) else ""


def name(value: object, mxid: str) -> str:
    """Read a display name as one short line; who has none is called by the MXID's localpart."""
    found = " ".join(text(value).split())[:_LONGEST_NAME].strip()
    return found or mxid[1:].partition(":")[0] or mxid


def account(network: str, mxid: str, member: dict[str, Any]) -> Account:
    """Describe a member; ``member`` holds ``displayname`` and ``avatar_url``."""
    avatar = text(member.get("avatar_url"))
    return Account(
        UserRef(network, mxid),
        name(member.get("displayname"), mxid),
        avatar=avatar if avatar.startswith("mxc://") else "",
        about=mxid,
    )


def membership(event: Envelope) -> Membership | None:
    """Read ``m.room.member``; None if nothing is told by it."""
    content = fields(event.content)
    before = inner(fields(event.unsigned), "prev_content")
    now = text(content.get("membership"))
    if not event.state_key or not now:
        return None
    return Membership(
        event.state_key,
        event.sender,
        text(before.get("membership")) or "leave",
        now,
        name(content.get("displayname"), event.state_key),
        text(content.get("avatar_url")),
        " ".join(text(content.get("reason")).split())[:300],
    )


def message(
    event: Envelope, author: Account, room: RoomRef, known: Known, now: float
) -> MessageSent | MessageEdited | None:
    """Read a message, a sticker or the start of a poll; None if nobody is meant to see it."""
    content = fields(event.content)
    relation = inner(content, "m.relates_to")
    kind = relation.get("rel_type")
    if kind == "m.replace":
        return _edit(event, content, event_id(relation.get("event_id")), author, room, known, now)
    answered = event_id(inner(relation, "m.in_reply_to").get("event_id"))
    said, quoted = _body(content, event.type, known, room.network), ""
    if answered:
        own, quoted = without_quote(text(content.get("body")))
        rest = content | {"body": own}
        said = (_body(rest, event.type, known, room.network) if quoted else None) or said
    if said is None:
        return None
    thread = event_id(relation.get("event_id")) if kind == "m.thread" else ""
    falls_back = bool(thread) and relation.get("is_falling_back") is True
    return MessageSent(
        room=room,
        author=author,
        ids=(event.event_id,) if event.event_id else (),
        content=said,
        time=event.time(now),
        hop=text(content.get(encode.HOP)),
        reply_to="" if falls_back else answered,
        quoted="" if falls_back else quoted,
        thread=thread,
    )


def _edit(
    event: Envelope,
    content: dict[str, Any],
    target: str,
    author: Account,
    room: RoomRef,
    known: Known,
    now: float,
) -> MessageEdited | None:
    """Read a replacement (Matrix specification, "Event replacements"); whether its sender may
    replace the event, others decide."""
    new = inner(content, "m.new_content")
    said = _body(new, event.type, known, room.network) if new and target else None
    if said is None or event.state_key is not None:
        return None
    return MessageEdited(
        room=room,
        author=author,
        target=target,
        content=said,
        time=event.time(now),
        ids=(event.event_id,) if event.event_id else (),
        hop=text(content.get(encode.HOP)),
    )


def event_id(value: object) -> str:
    """Read the id of an event; empty if it can be none."""
    found = value if isinstance(value, str) and value.startswith("$") else ""
    return found if 1 < len(found) <= _LONGEST_ID and found.isprintable() else ""


def without_quote(body: str) -> tuple[str, str]:
    """Part what somebody answers from the quotation before it; empty if there is none."""
    if not _QUOTED.match(body):
        return body, ""
    lines, quoted = body.split("\n"), []
    while lines and lines[0].startswith(">"):
        quoted.append(lines.pop(0)[1:].removeprefix(" "))
    if lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines), "\n".join(quoted)


def own_mark(event: Envelope) -> tuple[str, int] | None:
    """Tell which part of which command became this event of ours."""
    content = fields(event.content)
    key, part = text(content.get(encode.KEY)), content.get(encode.PART, 0)
    return (key, part) if key and isinstance(part, int) else None


def _body(content: dict[str, Any], kind: str, known: Known, network: str) -> Content | None:
    if kind in polls.STARTS:
        found = polls.ballot(content)
        return Content((), attached=(found.poll,)) if found else None
    if attachment := attached.read(content, kind, network):
        blocks = _blocks(content, known) if attachment.captioned else ()
        if isinstance(attachment.thing, str):
            return Content((Paragraph((Text(attachment.thing),)), *blocks))
        return Content(blocks, attached=(attachment.thing,))
    msgtype = text(content.get("msgtype"))
    if kind == "m.sticker" or msgtype in _SILENT:
        return None
    blocks = _blocks(content, known)
    return Content(blocks, _STYLES.get(msgtype, "text")) if blocks else None


def _blocks(content: dict[str, Any], known: Known) -> tuple[Block, ...]:
    body = text(content.get("body"))
    blocks: tuple[Block, ...] = ()
    html = content.get("formatted_body")
    if isinstance(html, str) and content.get("format") == encode.FORMAT:
        blocks = read(html, known)
    if not blocks:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
        blocks = (Paragraph((Text(body),)),) if body.strip() else ()
    if inner(content, "m.mentions").get("room") is True:
        blocks = tuple(_calling(block) for block in blocks)
    return blocks


def _calling(block: Block) -> Block:
    if not isinstance(block, Paragraph):
        return block
    spans: list[Inline] = []
    for span in block.children:
        before, found, after = span.text.partition("@room") if type(span) is Text else ("", "", "")
        if found:
            spans += [Text(before)] if before else []
            spans += [Mention("@room")]
            spans += [Text(after)] if after else []
        else:
            spans.append(span)
    return Paragraph(tuple(spans))
