"""Commands as the contents of events; what somebody says is in ``message``. Pure.

A *part* is one event to send, as JSON text: its type, its content, and its state key if it is
state. Every content names the command it came from, so that it is found again after a crash.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct, structs

from bridge.model import Content, File, React, Rejected, Tell, from_text, plain
from protocols.matrix import markup
from protocols.matrix.html import clean

KEY = "dev.tercet.key"
PART = "dev.tercet.part"
HOP = "dev.tercet.hop"
FORMAT = "org.matrix.custom.html"

ROOM_FOR_CONTENT = 45_000
"""Bytes of JSON. A whole event may have 65,536 (Matrix specification, "Size limits"), with
signatures, hashes and the references to earlier events."""
_FIRST_PART = 4_000
"""Characters that are shown of a message which is too long for one event."""
_LONGEST_TOPIC = 8_000
_LONGEST_REASON = 300
_MSGTYPES = {"text": "m.text", "emote": "m.emote", "notice": "m.notice"}
_STATUSES = {True: "FAIL_RETRIABLE", False: "FAIL_PERMANENT"}

_encoder = msgspec.json.Encoder()


class Part(Struct, frozen=True, omit_defaults=True):
    """One event to send."""

    type: str
    content: Raw
    state_key: str | None = None
    redacts: str = ""
    """What a redaction takes back."""
    file: File | None = None
    """What has to be uploaded first; the content is completed with where it is then
    (``attaching``)."""


def part(
    kind: str,
    content: dict[str, Any],
    state_key: str | None = None,
    redacts: str = "",
    file: File | None = None,
) -> str:
    """Write one part."""
    made = Part(kind, Raw(_encoder.encode(content)), state_key, redacts, file)
    return _encoder.encode(made).decode()


def read_part(text: str) -> Part:
    """Read a part again."""
    return msgspec.json.decode(text, type=Part)


def transaction_id(key: str, number: int) -> str:
    """Name one event of a command, always alike: a homeserver carries each name out once."""
    return hashlib.sha256(f"{key}/{number}".encode("utf-8", "replace")).hexdigest()[:40]


def unthreaded(threaded: Part) -> Part | None:
    """Take a message out of its thread, for a homeserver that says there can be none; None if it
    is in none."""
    content = msgspec.json.decode(threaded.content)
    relation = content.get("m.relates_to", {})
    if relation.get("rel_type") != "m.thread":
        return None
    del content["m.relates_to"]
    if not relation["is_falling_back"]:
        content["m.relates_to"] = {"m.in_reply_to": relation["m.in_reply_to"]}
    return structs.replace(threaded, content=Raw(_encoder.encode(content)))


def addressing_anew(edited: Part, original: Mapping[str, Any]) -> Part:
    """Let an edit call only those to whom the message was not addressed before; ``original`` is
    the event with its latest replacement, as the homeserver has it."""
    content = msgspec.json.decode(edited.content)
    replaced = _replacement(original)
    known = {
        *_addressed(inner(original, "content")),
        *_addressed(inner(inner(replaced, "content"), "m.new_content")),
    }
    anew = [mxid for mxid in _addressed(content) if mxid not in known]
    content["m.mentions"] = {"user_ids": anew} if anew else {}
    return structs.replace(edited, content=Raw(_encoder.encode(content)))


def replaced_at(original: Mapping[str, Any]) -> float:
    """Tell the time of the latest replacement, in seconds: the one with the newest time stands,
    and of two of the same millisecond any."""
    stamp = _replacement(original).get("origin_server_ts")
    return min(stamp, 2**53) / 1000 if isinstance(stamp, int) else 0.0


def _replacement(original: Mapping[str, Any]) -> dict[str, Any]:
    return inner(inner(inner(original, "unsigned"), "m.relations"), "m.replace")


def _addressed(content: Mapping[str, Any]) -> list[str]:
    users = inner(content, "m.mentions").get("user_ids")
    return [user for user in users if isinstance(user, str)] if isinstance(users, list) else []


def reaction(react: React) -> str:
    """Write a reaction, or the redaction of it. One whose id is not known is looked up."""
    key = clean(react.reaction)
    if not react.target or not key:
        raise Rejected("there is nothing on Matrix to react to")
    if not react.added:
        return redaction(react.copy[0] if react.copy else "", "")
    relation = {"rel_type": "m.annotation", "event_id": react.target[0], "key": key}
    return part("m.reaction", {"m.relates_to": relation, KEY: react.key})


def redaction(target: str, reason: str) -> str:
    """Write a redaction."""
    reason = " ".join(clean(reason).split())[:_LONGEST_REASON]
    return part("m.room.redaction", {"reason": reason} if reason else {}, None, target)


def said(
    content: Content,
    pill: markup.Pill,
    speaker: str,
    more: str,
    limit: int = ROOM_FOR_CONTENT,
    also: Iterable[str] = (),
) -> dict[str, Any]:
    """Write the words of a message as a content of at most ``limit`` bytes; ``speaker`` is the MXID
    that sends it, ``also`` is addressed without being mentioned.

    Raises ``Rejected`` if nothing is left of it that can be shown.
    """
    try:
        return _bounded(content, pill, speaker, more, limit, also)
    except RecursionError:
        raise Rejected("it is nested too deeply for Matrix") from None


def _bounded(
    content: Content,
    pill: markup.Pill,
    speaker: str,
    more: str,
    limit: int,
    also: Iterable[str],
) -> dict[str, Any]:
    body = clean(plain(content))
    if not body.strip():
        raise Rejected("there is nothing in it that Matrix can show")
    everybody = dict.fromkeys((*also, *markup.mentioned(content.blocks, pill)))
    addressed = [mxid for mxid in everybody if mxid != speaker]
    made: dict[str, Any] = {
        "msgtype": _MSGTYPES[content.style],
        "body": body,
        "m.mentions": {"user_ids": addressed[:50]} if addressed else {},
    }
    if not markup.is_plain(content):
        html = clean(markup.write(content.blocks, pill, speaker.partition(":")[2]))
        made |= {"format": FORMAT, "formatted_body": html}
    if len(body) * 4 + len(made.get("formatted_body", "")) * 4 <= limit:
        return made
    return made if _fits(made, limit) else _cut(made, more, limit)


def _fits(content: dict[str, Any], limit: int) -> bool:
    return len(_encoder.encode(content)) <= limit


def _cut(made: dict[str, Any], more: str, limit: int) -> dict[str, Any]:
    """Do without the formatting, and if that is not enough without the end."""
    made.pop("formatted_body", None)
    made.pop("format", None)
    if _fits(made, limit):
        return made
    first = made["body"][:_FIRST_PART].rstrip()
    return made | {"body": f"{first}…\n{clean(more)}".rstrip()}


def notice(text: str, key: str = "", number: int = 0, more: Mapping[str, Any] | None = None) -> str:
    """Write something that the bot says for itself: a notice, which no bot answers."""
    made = said(from_text(text, "notice"), lambda user: None, "", "")
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


def inner(outer: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Read an object in an object; one that is none is empty."""
    found = outer.get(field)
    return found if isinstance(found, dict) else {}
