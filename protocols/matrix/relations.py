"""Reactions and redactions, read from events. Pure."""

from bridge.model import Account, MessageRetracted, Reacted, RoomRef
from protocols.matrix.decode import Envelope, event_id, fields, text
from protocols.matrix.encode import inner

_LONGEST_REASON = 300


def reaction(event: Envelope, author: Account, room: RoomRef, now: float) -> Reacted | None:
    """Read ``m.reaction`` (Matrix specification, "Event annotations"); None if it says nothing
    that can be shown."""
    content = fields(event.content)
    relation = inner(content, "m.relates_to")
    target = event_id(relation.get("event_id"))
    key = _one_line(relation.get("key"))
    if key.startswith("mxc://"):
        key = _shortcode(content.get("com.beeper.reaction.shortcode") or content.get("shortcode"))
    if relation.get("rel_type") != "m.annotation" or not target or not key:
        return None
    return Reacted(
        room=room,
        author=author,
        target=target,
        key=key,
        time=event.time(now),
        ids=(event.event_id,) if event.event_id else (),
    )


def redacted(event: Envelope) -> str:
    """Tell which event a redaction takes back: since room version 11 its content says it."""
    return event_id(fields(event.content).get("redacts")) or event_id(event.redacts)


def redaction(
    event: Envelope, author: Account, room: RoomRef, now: float, moderated: bool
) -> MessageRetracted | None:
    """Read ``m.room.redaction``; ``moderated`` if the homeserver vouches that its sender had the
    power to take back what somebody else said."""
    target = redacted(event)
    if not target:
        return None
    return MessageRetracted(
        room=room,
        target=target,
        time=event.time(now),
        author=author,
        moderated=moderated,
        reason=_one_line(fields(event.content).get("reason"))[:_LONGEST_REASON],
        ids=(event.event_id,) if event.event_id else (),
    )


def _shortcode(value: object) -> str:
    """Name a custom emoji, whose picture no other network shows."""
    name = _one_line(value).strip(":")
    return f":{name}:" if name and " " not in name else ""


def _one_line(value: object) -> str:
    return " ".join(text(value).split())
