"""Turn an event that waits in the outbox into the command for one room, when its turn has come."""

from collections.abc import Callable
from datetime import tzinfo

from msgspec import Struct, structs

from bridge.core.correction import correction
from bridge.core.mentions import addressed
from bridge.core.words import ENGLISH, Words
from bridge.model import (
    Account,
    Capabilities,
    Command,
    Content,
    Edit,
    Event,
    File,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Paragraph,
    React,
    Reacted,
    Reply,
    Retract,
    RoomRef,
    Send,
    SetTopic,
    Text,
    Thread,
    TopicChanged,
    from_text,
    inline_text,
    plain,
)
from bridge.model.content import Attached, Block, Place

LATE = 60.0
"""Seconds after which a message is told together with its time."""
_NEVER_CUT = 100
"""A single line of so few characters fits everywhere."""
Parts = tuple[tuple[str, ...], ...]


class Moment(Struct, frozen=True):
    """The circumstances in which a room is told something."""

    now: float
    zone: tzinfo | None = None
    """None: the daemon's own time zone."""
    hop: str = ""
    link: Callable[[], str] = str
    """Tells where the full text can be read; asked only for what might have to be cut."""
    offered: Callable[[File, int], File] = lambda file, number: file
    """Fills in where everybody can get the file of this number in the message."""
    links: bool = False
    """A file that is no more than an address in a text is shown as a file."""
    words: Words = ENGLISH


class Related(Struct, frozen=True, kw_only=True):
    """What the event answers, edits, retracts or reacts to, as the room knows it now."""

    author: Account
    parts: Parts = ()
    """The ids of each part of it in this room; empty if it never came here."""
    edits: Parts = ()
    """The ids of what told of its edits in this room."""
    content: Content | None = None
    """What it says now; None if it was taken back."""
    before: Content | None = None
    """What it said before this edit."""
    own: bool = True
    """What this room has of it is a copy of ours."""
    recent: bool = False
    """It is among the last things that were said, and the author's last."""
    keys: tuple[str, ...] = ()
    """All that the speaker reacts to it with, this event counted; where that is told in words, what
    is to be told at once."""
    others: tuple[str, ...] = ()
    """Who else reacts in the same way, if it is told in words."""
    key: str = ""
    """The reaction that is taken away, as it was sent."""
    copy: tuple[str, ...] = ()
    """The ids of the reaction that is taken away, in this room."""
    reply: Reply | None = None
    """What it answers itself."""


class Situation(Struct, frozen=True, kw_only=True):
    """One event on its way to one room."""

    key: str
    room: RoomRef
    can: Capabilities
    moment: Moment
    target: Related | None = None
    thread: Thread | None = None
    lead: str = ""
    """Says which thread this is, where there are none and it was not said lately."""


def render(event: Event, at: Situation) -> Command | None:
    """Say what the room must be asked to do now. None: there is nothing to say."""
    match event:
        case MessageSent():
            return say(event, at)
        case MessageEdited():
            return _edit(event, at)
        case MessageRetracted():
            return _retract(event, at)
        case Reacted():
            return _react(event, at)
        case TopicChanged():
            if not at.can.topics:
                return None
            return SetTopic(key=at.key, room=at.room, topic=event.topic, speaker=event.author)
        case _:
            return None


def say(event: MessageSent, at: Situation) -> Send:
    """Say a message in the room."""
    content, target = _shown(event.content, at), at.target
    answer = _answer(at)
    if target and not (answer and at.can.replies):
        content = _quoting(content, target, at.moment.words)
    elif at.lead:
        content = _prefixed(content, at.lead)
    return _said(event, at, content, answer)


def _shown(content: Content, at: Situation) -> Content:
    """Offer the files, and put into words what the room cannot show."""
    if not content.attached:
        return content
    shown: list[Attached] = []
    told: list[str] = []
    for number, thing in enumerate(content.attached):
        offered = at.moment.offered(thing, number) if isinstance(thing, File) else thing
        if _can_show(at, offered):
            shown.append(offered)
        else:
            told.append(at.moment.words.attached(offered))
    blocks = _captioned(content.blocks, " ".join(told)) if told else content.blocks
    return structs.replace(content, blocks=blocks, attached=tuple(shown))


def _can_show(at: Situation, thing: Attached) -> bool:
    match thing:
        case File():
            return at.can.files and (at.moment.links or not thing.bare)
        case Place():
            return at.can.places
        case _:
            return False


def _captioned(blocks: tuple[Block, ...], told: str) -> tuple[Block, ...]:
    """Say it after a caption of one line, before a longer text."""
    match blocks:
        case (Paragraph(children=children),) if "\n" not in inline_text(children):
            spaced = f" {told}" if inline_text(children) else told
            return (Paragraph((*children, Text(spaced))),)
        case _:
            return (Paragraph((Text(told),)), *blocks)


def _said(
    event: MessageSent | MessageEdited,
    at: Situation,
    content: Content,
    answer: Reply | None = None,
) -> Send:
    moment = at.moment
    late = moment.now - event.time > LATE
    if late and not at.can.times:
        told_at = moment.words.told_at(event.time, moment.now, moment.zone)
        content = _prefixed(content, told_at)
    return Send(
        key=at.key,
        room=at.room,
        speaker=event.author,
        content=content,
        time=event.time,
        late=late,
        more=_more(event.content, moment),
        hop=moment.hop,
        reply=answer,
        thread=at.thread if at.can.threads else None,
    )


def reply(parts: Parts, author: Account, content: Content | None, words: Words) -> Reply:
    """Point at a message that the room knows by these ids."""
    return Reply(parts[0], author, words.excerpt(content))


def _answer(at: Situation) -> Reply | None:
    """Point at the target where the room can."""
    if at.target and at.target.parts and (at.can.replies or at.can.reply_tags):
        return reply(at.target.parts, at.target.author, at.target.content, at.moment.words)
    return None


def _quoting(content: Content, target: Related, words: Words) -> Content:
    """Let a message say itself what it answers."""
    if target.recent and addressed(content) == target.author.user:
        return content  # it does
    return _prefixed(content, words.quoted(target.author.name, target.content, target.recent))


def _edit(event: MessageEdited, at: Situation) -> Command | None:
    target = at.target
    if target is None or target.content is None:
        return None
    if at.can.edits and target.parts and target.own:
        return Edit(
            key=at.key,
            room=at.room,
            speaker=event.author,
            target=target.parts,
            content=_shown(event.content, at),
            time=event.time,
            more=_more(event.content, at.moment),
            hop=at.moment.hop,
            reply=target.reply if at.can.replies else None,
            thread=at.thread if at.can.threads else None,
        )
    before = plain(target.before) if target.before else ""
    text = correction(before, plain(event.content), at.moment.words)
    if text is None:
        return None
    said = from_text(text, event.content.style)
    return _said(event, at, said, _answer(at))


def _retract(event: MessageRetracted, at: Situation) -> Retract | None:
    target = at.target
    if target is None or not target.parts:
        return None
    able = at.can.retractions if target.own else at.can.moderation
    if not able and not event.moderated:
        return None  # semantics 5: silent where nothing can be unsaid
    if not (at.can.retractions or at.can.moderation):
        return None
    return Retract(
        key=at.key,
        room=at.room,
        speaker=event.author,
        author=target.author,
        target=(*target.parts, *target.edits),
        own=target.own,
        moderated=event.moderated,
        reason=event.reason,
    )


def _react(event: Reacted, at: Situation) -> Command | None:
    target = at.target
    if target is None or target.content is None:
        return None
    if at.can.reactions and target.parts:
        return React(
            key=at.key,
            room=at.room,
            speaker=event.author,
            target=target.parts[0],
            author=target.author,
            reaction=target.key or event.key,
            added=event.added,
            all=target.keys,
            copy=target.copy,
        )
    if not event.added:
        return None  # nobody needs a line about a reaction that went away
    keys = target.keys or (event.key,)
    name = target.author.name
    text = at.moment.words.reacted(keys, name, target.content, target.others)
    return Send(
        key=at.key,
        room=at.room,
        speaker=event.author,
        content=from_text(text, "emote"),
        time=event.time,
        hop=at.moment.hop,
    )


def _prefixed(content: Content, prefix: str) -> Content:
    first, *rest = content.blocks or (Paragraph(()),)
    if isinstance(first, Paragraph):
        first = Paragraph((Text(prefix), *first.children))
        return structs.replace(content, blocks=(first, *rest))
    return structs.replace(content, blocks=(Paragraph((Text(prefix.rstrip()),)), *content.blocks))


def _more(content: Content, moment: Moment) -> str:
    text = plain(content)
    lines = text.count("\n") + 1
    if lines == 1 and len(text) < _NEVER_CUT:
        return ""
    url = moment.link()
    return moment.words.more(lines, url) if url else ""
