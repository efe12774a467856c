"""Writes what is said in a room: by a person's own puppet, by the relay for them, by the bridge.

Pure. Everything returned is the ready children of a message.
"""

import re
from collections.abc import Callable

from msgspec import Struct, structs

from bridge.model import (
    Edit,
    Mention,
    Paragraph,
    React,
    Rejected,
    Reply,
    Send,
    Text,
    Thread,
    UserRef,
    from_text,
    plain,
)
from bridge.model.content import Content, File, Poll
from bridge.model.content import Place as Spot
from protocols.xmpp import about, encode, files, styling
from protocols.xmpp.muc import reading

THREAD = "thread:"
"""Begins the id by which the bridge knows a thread."""


class Place(Struct, frozen=True):
    """What the words depend on beside what is to be said."""

    component: str
    max_bytes: int
    named: styling.Named = lambda mention: mention.name
    occupant_id: Callable[[UserRef], str] = lambda user: ""
    """Answers the occupant-id that somebody has in the room; empty if it is not known."""


def pieces(command: Send | Edit) -> tuple[Send | Edit, ...]:
    """Cut it into what is one message each: clients show a file only where nothing else is said, so
    that what is said of it comes after it. The first piece is the one that answers something.
    """
    content = command.content
    shown = tuple(it for it in content.attached if not isinstance(it, Poll))
    if not shown:
        return (command,)
    texts = [Content((), attached=(it,)) for it in shown]
    names = [it.name for it in shown if isinstance(it, Spot) and it.name]
    if plain(content).strip():
        texts.append(structs.replace(content, attached=()))
    elif names:
        texts.append(from_text(", ".join(names)))
    first, *more = (structs.replace(command, content=text) for text in texts)
    return (first, *(structs.replace(piece, reply=None) for piece in more))


def after(room: str, nick: str, ids: tuple[str, ...]) -> str:
    """Point from what is said of a file to the message with the file, which has these ids."""
    stanza_id = reading.native(ids, "sid:")
    return encode.reply(f"{room}/{nick}", stanza_id, 0) if stanza_id else ""


def puppet_payload(command: Send | Edit, place: Place) -> str:
    """Write what the person's own puppet says, one piece of it (see ``pieces``).

    Raises ``Rejected`` if nothing is left to say.
    """
    if command.content.attached:
        return _attached(command, place, "")
    written = styling.write(command.content, place.named)
    body = encode.clean(written.body)
    if command.content.style == "emote":
        body = f"/me {body}"
    elif body.startswith("/me "):
        # There is no escape in XEP-0245; what was no emote must not become one.
        body = f"\u200b{body}"
    return _payload(command, written, body, place)


def relay_payload(command: Send | Edit, place: Place, template: str) -> str:
    """Write one piece of what the relay says for a person who has no puppet. Who speaks is worth
    more than a picture: with a name before its address, few clients show it.
    """
    name = _one_line(command.speaker.name)
    if command.content.attached:
        return _attached(command, place, template.replace("{name}", name))
    written = styling.write(command.content, place.named)
    body = encode.clean(written.body)
    if command.content.style == "emote":
        body = f"* {name} {body}"
    else:
        prefix = template.replace("{name}", name)
        starts_block = body.startswith((">", "```"))
        body = f"{prefix.rstrip()}\n{body}" if starts_block else f"{prefix}{body}"
    return _payload(command, written, body, place)


def say_payload(text: str, max_bytes: int) -> str:
    """Write what the bridge itself says."""
    body = encode.cut(encode.clean(text), max_bytes, "")
    return encode.payload(body, unstyled=styling.looks_styled(body))


def relayed_reaction(command: React, stanza_id: str) -> str:
    """Tell in words how somebody reacts who cannot do so themselves."""
    name, reaction = _one_line(command.speaker.name), _one_line(command.reaction)
    body = f"* {name} reacted with {reaction}"
    occupant = f"{command.room.id}/{_one_line(command.author.name)}"
    return encode.payload(body, unstyled=True) + encode.reply(occupant, stanza_id, 0)


def said_anew(command: Edit) -> Edit:
    """Mark a new version as one, for where it cannot replace the old one."""
    first, *more = command.content.blocks or (Paragraph(()),)
    if isinstance(first, Paragraph):
        blocks = (Paragraph((Text("[edit] "), *first.children)), *more)
    else:
        blocks = (Paragraph((Text("[edit]"),)), first, *more)
    content: Content = structs.replace(command.content, blocks=blocks)
    return structs.replace(command, content=content)


def thread_name(thread: Thread) -> str:
    """Return what the room calls a thread: its own name for it, or else the bridge's."""
    return reading.native(thread.root, THREAD) or thread.name


def _attached(command: Send | Edit, place: Place, prefix: str) -> str:
    """Write a message that is a file or a place; it repeats nothing of what it answers, for it
    would not be shown as what it is.
    """
    (thing,) = command.content.attached
    if isinstance(thing, File) and files.is_web_address(thing.url):
        body = prefix + thing.url
        elements = encode.file(thing, len(prefix), len(body))
    elif isinstance(thing, File):
        body, elements = f"{prefix}[{thing.description or thing.name or thing.kind}]", ""
    else:
        body, elements = prefix + _one_line(thing.uri if isinstance(thing, Spot) else ""), ""
    payload = encode.payload(
        body, unstyled=styling.looks_styled(body), hop=command.hop, late=_late(command, place)
    )
    return payload + elements + _answer(command, place, 0) + _thread(command)


def _late(command: Send | Edit, place: Place) -> tuple[str, float] | None:
    late = isinstance(command, Send) and command.late
    return (place.component, command.time) if late else None


def _answer(command: Send | Edit, place: Place, quote: int) -> str:
    answered = command.reply
    answered_id = reading.native(answered.ids, "sid:") if answered else ""
    if not answered or not answered_id:
        return ""
    return encode.reply(f"{command.room.id}/{_named(answered, place)}", answered_id, quote)


def _thread(command: Send | Edit) -> str:
    return encode.thread(thread_name(command.thread)) if command.thread else ""


def _payload(command: Send | Edit, written: styling.Written, body: str, place: Place) -> str:
    if not encode.clean(written.body).strip():
        raise Rejected("there is nothing in this message that an XMPP room can show")
    answered = command.reply
    answered_id = reading.native(answered.ids, "sid:") if answered else ""
    quote = _quote(answered, place) if answered and answered_id else ""
    lead = max(len(body) - len(encode.clean(written.body)), 0)
    body = encode.cut(body, place.max_bytes - encode.size(quote), command.more)
    payload = encode.payload(
        quote + body,
        unstyled=not written.styled and styling.looks_styled(body),
        spoiler=written.spoiler,
        hop=command.hop,
        late=_late(command, place),
    )
    payload += _answer(command, place, len(quote)) + _thread(command)
    if written.mentions:
        payload += _mentions(quote + body, len(quote) + lead, written.mentions, place)
    return payload


def _mentions(body: str, at: int, mentions: tuple[Mention, ...], place: Place) -> str:
    """Point at the names of those whose occupant-id is known."""
    elements = ""
    for mention in mentions[: about.MOST_MENTIONS]:
        name = encode.clean(place.named(mention))
        found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)").search(body, at) if name else None
        if found is None:
            continue
        begin, at = found.span()
        if mention.user and (occupant_id := place.occupant_id(mention.user)):
            elements += encode.mention(begin, at, occupant_id)
    return elements


def _quote(answered: Reply, place: Place) -> str:
    """Repeat what is answered, for clients that do not know replies (XEP-0461 §3.2)."""
    if not answered.text:
        return ""  # It was taken back: the answer stays one, but nothing is said again.
    line = _one_line(f"{_named(answered, place)}: {answered.text}")
    return f"> {encode.cut(line, place.max_bytes // 4, '')}\n"


def _named(answered: Reply, place: Place) -> str:
    return place.named(Mention(answered.author.name, answered.author.user))


def _one_line(text: str) -> str:
    return " ".join(encode.clean(text).split())
