"""Writes what is said in a room: by a person's own puppet, by the relay for them, by the bridge.

Pure. Everything returned is the ready children of a message.
"""

from msgspec import structs

from bridge.model import Edit, Mention, Paragraph, React, Rejected, Reply, Send, Text, Thread
from bridge.model.content import Content
from protocols.xmpp import encode, styling
from protocols.xmpp.muc import reading

THREAD = "thread:"
"""Begins the id by which the bridge knows a thread."""


def puppet_payload(
    command: Send | Edit, named: styling.Named, component: str, max_bytes: int
) -> str:
    """Write what the person's own puppet says. Raises ``Rejected`` if nothing is left to say."""
    written = styling.write(command.content, named)
    body = encode.clean(written.body)
    if command.content.style == "emote":
        body = f"/me {body}"
    elif body.startswith("/me "):
        # There is no escape in XEP-0245; what was no emote must not become one.
        body = f"\u200b{body}"
    return _payload(command, written, body, named, component, max_bytes)


def relay_payload(
    command: Send | Edit, named: styling.Named, template: str, component: str, max_bytes: int
) -> str:
    """Write what the relay says for a person who has no puppet."""
    written = styling.write(command.content, named)
    name = _one_line(command.speaker.name)
    body = encode.clean(written.body)
    if command.content.style == "emote":
        body = f"* {name} {body}"
    else:
        prefix = template.replace("{name}", name)
        starts_block = body.startswith((">", "```"))
        body = f"{prefix.rstrip()}\n{body}" if starts_block else f"{prefix}{body}"
    return _payload(command, written, body, named, component, max_bytes)


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


def _payload(
    command: Send | Edit,
    written: styling.Written,
    body: str,
    named: styling.Named,
    component: str,
    max_bytes: int,
) -> str:
    if not encode.clean(written.body).strip():
        raise Rejected("there is nothing in this message that an XMPP room can show")
    answered = command.reply
    answered_id = reading.native(answered.ids, "sid:") if answered else ""
    quote = _quote(answered, named, max_bytes // 4) if answered and answered_id else ""
    body = encode.cut(body, max_bytes - encode.size(quote), command.more)
    payload = encode.payload(
        quote + body,
        unstyled=not written.styled and styling.looks_styled(body),
        spoiler=written.spoiler,
        hop=command.hop,
        late=(component, command.time) if isinstance(command, Send) and command.late else None,
    )
    if answered and answered_id:
        occupant = f"{command.room.id}/{_named(answered, named)}"
        payload += encode.reply(occupant, answered_id, len(quote))
    if command.thread:
        payload += encode.thread(thread_name(command.thread))
    return payload


def _quote(answered: Reply, named: styling.Named, max_bytes: int) -> str:
    """Repeat what is answered, for clients that do not know replies (XEP-0461 §3.2)."""
    if not answered.text:
        return ""  # It was taken back: the answer stays one, but nothing is said again.
    line = _one_line(f"{_named(answered, named)}: {answered.text}")
    return f"> {encode.cut(line, max_bytes, '')}\n"


def _named(answered: Reply, named: styling.Named) -> str:
    return named(Mention(answered.author.name, answered.author.user))


def _one_line(text: str) -> str:
    return " ".join(encode.clean(text).split())
