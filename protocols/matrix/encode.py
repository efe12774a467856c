"""Commands as the contents of events. Pure.

A *part* is one event to send, as JSON text: its type, its content, and its state key if it is
state. Every content names the command it came from, so that it is found again after a crash.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bridge.model import Content, Rejected, Send, Tell, from_text, plain
from protocols.matrix import markup
from protocols.matrix.html import clean

KEY = "dev.tercet.key"
PART = "dev.tercet.part"
HOP = "dev.tercet.hop"

ROOM_FOR_CONTENT = 45_000
"""Bytes of JSON. A whole event may have 65,536 (Matrix specification, "Size limits"), with
signatures, hashes and the references to earlier events."""
_FIRST_PART = 4_000
"""Characters that are shown of a message which is too long for one event."""
_LONGEST_TOPIC = 8_000
_MSGTYPES = {"text": "m.text", "emote": "m.emote", "notice": "m.notice"}
_STATUSES = {True: "FAIL_RETRIABLE", False: "FAIL_PERMANENT"}

_encoder = msgspec.json.Encoder()


class Part(Struct, frozen=True, omit_defaults=True):
    """One event to send."""

    type: str
    content: Raw
    state_key: str | None = None


def part(kind: str, content: dict[str, Any], state_key: str | None = None) -> str:
    """Write one part."""
    made = Part(kind, Raw(_encoder.encode(content)), state_key)
    return _encoder.encode(made).decode()


def read_part(text: str) -> Part:
    """Read a part again."""
    return msgspec.json.decode(text, type=Part)


def transaction_id(key: str, number: int) -> str:
    """Name one event of a command, always alike: a homeserver carries each name out once."""
    return hashlib.sha256(f"{key}/{number}".encode("utf-8", "replace")).hexdigest()[:40]


def message(send: Send, pill: markup.Pill, speaker: str, relay: str | None = None) -> str:
    """Write what someone says as one event; ``speaker`` is the MXID that sends it. With ``relay``,
    a template, the bot says it for them.

    Raises ``Rejected`` if nothing is left of it that can be shown.
    """
    content = send.content
    if relay is not None:
        content = markup.spoken_by(clean(send.speaker.name), content, relay)
    try:
        made = _message(content, pill, speaker, send.more)
    except RecursionError:
        raise Rejected("it is nested too deeply for Matrix") from None
    made[KEY] = send.key
    if send.hop:
        made[HOP] = send.hop
    return part("m.room.message", made)


def _message(content: Content, pill: markup.Pill, speaker: str, more: str) -> dict[str, Any]:
    body = clean(plain(content))
    if not body.strip():
        raise Rejected("there is nothing in it that Matrix can show")
    addressed = [mxid for mxid in markup.mentioned(content.blocks, pill) if mxid != speaker]
    made: dict[str, Any] = {
        "msgtype": _MSGTYPES[content.style],
        "body": body,
        "m.mentions": {"user_ids": addressed[:50]} if addressed else {},
    }
    if not markup.is_plain(content):
        html = clean(markup.write(content.blocks, pill))
        made |= {"format": "org.matrix.custom.html", "formatted_body": html}
    if len(body) * 4 + len(made.get("formatted_body", "")) * 4 <= ROOM_FOR_CONTENT:
        return made
    return made if _fits(made) else _cut(made, more)


def _fits(content: dict[str, Any]) -> bool:
    return len(_encoder.encode(content)) <= ROOM_FOR_CONTENT


def _cut(made: dict[str, Any], more: str) -> dict[str, Any]:
    """Do without the formatting, and if that is not enough without the end."""
    made.pop("formatted_body", None)
    made.pop("format", None)
    if _fits(made):
        return made
    first = made["body"][:_FIRST_PART].rstrip()
    return made | {"body": f"{first}…\n{clean(more)}".rstrip()}


def notice(text: str, key: str = "", number: int = 0, more: Mapping[str, Any] | None = None) -> str:
    """Write something that the bot says for itself: a notice, which no bot answers."""
    made = _message(from_text(text, "notice"), lambda user: None, "", "")
    if key:
        made |= {KEY: key}
    if number:
        made |= {PART: number}
    return part("m.room.message", made | dict(more or {}))


def told(tell: Tell, network: str) -> tuple[str, ...]:
    """Write a word to one person. If it is about a message of theirs, the message is marked as not
    delivered (``com.beeper.message_send_status``, which clients of bridges show), and answered."""
    mentions = {"user_ids": [tell.user.id]}
    if not tell.about:
        return (notice(f"{tell.user.id}: {tell.text}", tell.key, 0, {"m.mentions": mentions}),)
    about = tell.about[0]
    status = {
        "network": network,
        "m.relates_to": {"rel_type": "m.reference", "event_id": about},
        "status": _STATUSES[tell.retriable],
        "reason": "m.foreign_network_error",
        "error": clean(tell.text)[:1000],
        "message": clean(tell.text)[:1000],
        KEY: tell.key,
    }
    answer = {"m.mentions": mentions, "m.relates_to": {"m.in_reply_to": {"event_id": about}}}
    return (
        part("com.beeper.message_send_status", status),
        notice(tell.text, tell.key, 1, answer),
    )


def topic(text: str) -> str:
    """Write a topic, cut where no client shows it any more."""
    text = clean(text)
    if len(text) > _LONGEST_TOPIC:
        text = text[: _LONGEST_TOPIC - 1].rstrip() + "…"
    return part("m.room.topic", {"topic": text}, "")
