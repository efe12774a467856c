"""What somebody says, or says now, as events. Pure.

Words are one event. A file is one, with the words as its caption (Matrix 1.10); so is a place, but
nothing can be said about it, so the words come before it.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from bridge.model import Account, Content, Edit, File, Rejected, Send, plain
from bridge.model.content import Place
from protocols.matrix import attaching, encode, markup
from protocols.matrix.encode import HOP, KEY, PART
from protocols.matrix.html import clean


class _Event(Struct, frozen=True):
    content: dict[str, Any]
    file: File | None = None


def message(
    send: Send, pill: markup.Pill, speaker: str, relay: str | None = None
) -> tuple[str, ...]:
    """Write what someone says; ``speaker`` is the MXID that sends it. With ``relay``, a template,
    the bot says it for them.

    Raises ``Rejected`` if nothing is left of it that can be shown.
    """
    content = _spoken(send.speaker, send.content, relay)
    answered = pill(send.reply.author.user) if send.reply else None
    also = [answered] if answered else []
    words = None
    if not content.attached or _says(content):
        words = encode.said(content, pill, speaker, send.more, also=also)
    parts: list[str] = []
    for number, event in enumerate(_events(content, words, also)):
        made = dict(event.content)
        if relation := _relation(send, number == 0):
            made["m.relates_to"] = relation
        made[KEY] = send.key
        if number:
            made[PART] = number
        if send.hop:
            made[HOP] = send.hop
        parts.append(encode.part("m.room.message", made, file=event.file))
    if not parts:
        raise Rejected("there is nothing in it that Matrix can show")
    return tuple(parts)


def _says(content: Content) -> bool:
    return bool(clean(plain(content)).strip())


def _events(
    content: Content, words: dict[str, Any] | None, also: Iterable[str]
) -> Iterable[_Event]:
    """Part a message into events; the words go with the first file, if there is one."""
    files = [thing for thing in content.attached if isinstance(thing, File)]
    if words and not files:
        yield _Event(words)
    for number, file in enumerate(files):
        said = words if number == 0 else None
        yield _Event(_caption(said, also if number == 0 else ()), file)
    for thing in content.attached:
        if isinstance(thing, Place):
            yield _Event(attaching.place(thing) | {"m.mentions": {}})


def _caption(words: dict[str, Any] | None, also: Iterable[str] = ()) -> dict[str, Any]:
    """Take of an event what can be said about a file."""
    if words is None:
        mentioned = list(also)
        return {"m.mentions": {"user_ids": mentioned} if mentioned else {}}
    return {field: value for field, value in words.items() if field != "msgtype"}


def _spoken(speaker: Account, content: Content, relay: str | None) -> Content:
    return content if relay is None else markup.spoken_by(clean(speaker.name), content, relay)


def _relation(send: Send, first: bool) -> dict[str, Any]:
    """Say what is answered, in which thread. Clients without threads see a message of a thread as
    an answer to the latest one ("Fallback for unthreaded clients")."""
    answered = send.reply.ids[0] if first and send.reply and send.reply.ids else ""
    relation: dict[str, Any] = {}
    if send.thread and send.thread.root:
        latest = send.thread.latest or send.thread.root
        relation = {
            "rel_type": "m.thread",
            "event_id": send.thread.root[0],
            "is_falling_back": not answered,
        }
        answered = answered or latest[0]
    return relation | {"m.in_reply_to": {"event_id": answered}} if answered else relation


def edit(command: Edit, pill: markup.Pill, speaker: str, relay: str | None = None) -> str:
    """Write a replacement (Matrix specification, "Event replacements"). What the original answers
    and its thread stay as they were, so they are not in it.

    Raises ``Rejected`` if nothing is left that can be shown, or nobody knows what to replace.
    """
    if not command.target or not command.target[0]:
        raise Rejected("the message that was edited has no id on Matrix")
    content = _spoken(command.speaker, command.content, relay)
    file = next((thing for thing in content.attached if isinstance(thing, File)), None)
    words = None
    if file is None or _says(content):
        limit = encode.ROOM_FOR_CONTENT // 2
        words = encode.said(content, pill, speaker, command.more, limit)
    new = _caption(words) if file or words is None else words
    shown = {field: f"* {new[field]}" for field in ("body", "formatted_body") if field in new}
    relation = {"rel_type": "m.replace", "event_id": command.target[0][0]}
    made = new | shown | {"m.new_content": new, "m.relates_to": relation, KEY: command.key}
    if command.hop:
        made[HOP] = command.hop
    return encode.part("m.room.message", made, file=file)
