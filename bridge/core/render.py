"""Turn an event that waits in the outbox into the command for one room, when its turn has come."""

from collections.abc import Callable
from datetime import tzinfo

from msgspec import Struct, structs

from bridge.core import words
from bridge.model import (
    Capabilities,
    Command,
    Content,
    Event,
    MessageSent,
    Paragraph,
    RoomRef,
    Send,
    SetTopic,
    Text,
    TopicChanged,
    plain,
)

LATE = 60.0
"""Seconds after which a message is told together with its time."""


_NEVER_CUT = 100
"""A single line of so few characters fits everywhere."""


class Moment(Struct, frozen=True):
    """The circumstances in which a room is told something."""

    now: float
    zone: tzinfo | None = None
    """None: the daemon's own time zone."""
    hop: str = ""
    link: Callable[[], str] = str
    """Tells where the full text can be read; asked only for what might have to be cut."""


def render(
    event: Event, key: str, room: RoomRef, can: Capabilities, moment: Moment
) -> Command | None:
    """Say what the room must be asked to do now. None: this kind of event is not told."""
    match event:
        case MessageSent():
            return _send(event, key, room, can, moment)
        case TopicChanged():
            if not can.topics:
                return None
            return SetTopic(key=key, room=room, topic=event.topic, speaker=event.author)
        case _:
            return None


def _send(event: MessageSent, key: str, room: RoomRef, can: Capabilities, moment: Moment) -> Send:
    late = moment.now - event.time > LATE
    content = event.content
    if late and not can.times:
        content = _dated(content, words.told_at(event.time, moment.now, moment.zone))
    return Send(
        key=key,
        room=room,
        speaker=event.author,
        content=content,
        time=event.time,
        late=late,
        more=_more(event.content, moment),
        hop=moment.hop,
    )


def _dated(content: Content, stamp: str) -> Content:
    first, *rest = content.blocks or (Paragraph(()),)
    if isinstance(first, Paragraph):
        first = Paragraph((Text(stamp), *first.children))
        return structs.replace(content, blocks=(first, *rest))
    return structs.replace(content, blocks=(Paragraph((Text(stamp.rstrip()),)), *content.blocks))


def _more(content: Content, moment: Moment) -> str:
    text = plain(content)
    lines = text.count("\n") + 1
    if lines == 1 and len(text) < _NEVER_CUT:
        return ""
    url = moment.link()
    return words.more(lines, url) if url else ""
