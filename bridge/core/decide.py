"""Turn an event in one room into what the other rooms of its portal must be told."""

from msgspec import Struct, structs

from bridge.core import reactions
from bridge.core.echo import too_often
from bridge.core.facts import Facts, Leg, Original
from bridge.core.mentions import addressed, with_mentions
from bridge.core.trust import same_hand
from bridge.model import (
    Event,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    PuppetRemoved,
    Reacted,
    ReactionsSet,
    RoomRef,
    Tell,
    TopicChanged,
    UserRef,
    Why,
)
from bridge.model.content import Paragraph, Quote, Text


class Notice(Struct, frozen=True):
    """Words for one person, on the network they are on."""

    room: RoomRef
    user: UserRef
    text: str
    about: tuple[str, ...] = ()
    why: Why = "refused"

    def command(self, key: str) -> Tell:
        """Make it something a network can be asked to do."""
        return Tell(
            key=key,
            room=self.room,
            user=self.user,
            text=self.text,
            about=self.about,
            why=self.why,
        )


class Record(Struct, frozen=True):
    """One event for the archive."""

    event: Event
    relay_to: tuple[RoomRef, ...] = ()
    """The rooms that must be told of it."""
    target: int = 0
    """The event it answers, edits, retracts or reacts to."""
    thread: int = 0
    """The first event of its thread."""
    undone: int = 0
    """The edit that it takes back; then nothing is left of what that said."""


class Decision(Struct, frozen=True):
    """What becomes of one event."""

    records: tuple[Record, ...] = ()
    notices: tuple[Notice, ...] = ()


_NOTHING = Decision()
_JUST_NOW = 120.0
"""Seconds after a message in which who begins a line with its author's name means it."""


def decide(event: Event, facts: Facts) -> Decision:
    """Decide what becomes of an event. Confirmations of copies are no matter for a decision."""
    match event:
        case MessageSent():
            return _message(event, facts)
        case MessageEdited():
            return _edit(event, facts)
        case MessageRetracted():
            return _retraction(event, facts)
        case ReactionsSet() | Reacted():
            return _reactions(event, facts)
        case TopicChanged():
            return _topic(event, facts)
        case PuppetRemoved():
            return _removed(event, facts)
        case _:
            return _NOTHING


def _message(event: MessageSent, facts: Facts) -> Decision:
    if facts.known or (event.hop and event.hop == facts.mark):
        return _NOTHING
    if too_often(facts.repeats):
        return Decision(notices=_tell_once(event, facts))
    parent = facts.original(event.reply_to) if event.reply_to else None
    if parent and parent.kind == "edited":
        parent = facts.by_number(parent.target)
    threaded = event.thread and facts.origin.policy.threads
    root = facts.original(event.thread) if threaded else None
    content = with_mentions(event.content, facts.find_names, event.author.user)
    if content is not event.content:
        event = structs.replace(event, content=content)
    if event.quoted and parent is None:
        event = _with_quote(event)
    if not event.reply_to and facts.origin.policy.answers_by_name:
        parent = _answered_by_name(event, facts)
    thread = (root.thread or root.id) if root else 0
    if not thread and parent and not facts.threads:
        thread = parent.thread
    return _record(Record(event, _listening(facts), parent.id if parent else 0, thread))


def _answered_by_name(event: MessageSent, facts: Facts) -> Original | None:
    """Read ``anna: …`` right after one message of hers as an answer (semantics 2.1)."""
    user = addressed(event.content)
    if user is None or not facts.lately or facts.lately[-1][0] != user:
        return None
    latest = (facts.by_number(number) for who, number in facts.lately[-2:] if who == user)
    recent = [found for found in latest if found and event.time - found.time < _JUST_NOW]
    if len(recent) != 1:
        return None  # which of them is meant?
    return recent[0] if recent[0].versions else None


def _with_quote(event: MessageSent) -> MessageSent:
    """Put back what was cut: the message it answers is not known here."""
    quote = Quote((Paragraph((Text(event.quoted),)),))
    content = structs.replace(event.content, blocks=(quote, *event.content.blocks))
    return structs.replace(event, content=content, quoted="")


def _tell_once(event: MessageSent, facts: Facts) -> tuple[Notice, ...]:
    if too_often(facts.repeats - 1):
        return ()
    places = [facts.words.place(leg.room, leg.address) for leg in facts.others]
    text = facts.words.repeated(places)
    return (Notice(event.room, event.author.user, text, event.ids),)


def _edit(event: MessageEdited, facts: Facts) -> Decision:
    target = facts.original(event.target)
    if target and target.kind == "edited":
        target = facts.by_number(target.target)  # an edit of an edit is one of the original
    if facts.known or target is None or target.kind != "sent" or not target.versions:
        return _NOTHING
    if not same_hand(target.author, event.author) or (event.hop and event.hop == facts.mark):
        return _NOTHING
    content = with_mentions(event.content, facts.find_names, event.author.user)
    return _record(
        Record(structs.replace(event, content=content), _listening(facts), target.id, target.thread)
    )


def _retraction(event: MessageRetracted, facts: Facts) -> Decision:
    target = facts.original(event.target)
    if facts.known or target is None:
        return _NOTHING
    if target.kind == "reacted":
        removal = reactions.taken_back(event, target)
        message = facts.by_number(target.target)
        return _react(removal, message, facts) if removal and message else _NOTHING
    if not (event.moderated or same_hand(target.author, event.author)):
        return _NOTHING
    if target.kind == "edited":
        return _revert(event, target, facts)
    if target.kind != "sent" or not target.versions:
        return _NOTHING
    return _record(Record(event, _listening(facts), target.id))


def _revert(event: MessageRetracted, edit: Original, facts: Facts) -> Decision:
    """An edit was taken back: the message says again what it said before."""
    message = facts.by_number(edit.target)
    if message is None or message.author is None or len(message.versions) < 2:
        return _NOTHING
    if message.versions[-1].event != edit.id:
        return _record(Record(event, (), edit.id))  # a later edit stands
    said = [version.content for version in message.versions[:-1]]
    before = MessageEdited(
        room=event.room,
        author=message.author,
        target=event.target,
        # Those that were taken back before are empty.
        content=next((c for c in reversed(said) if c.blocks or c.attached), said[0]),
        time=event.time,
        ids=event.ids,
    )
    thread, undone = message.thread, edit.id
    return _record(Record(before, _listening(facts), message.id, thread, undone=undone))


def _reactions(event: ReactionsSet | Reacted, facts: Facts) -> Decision:
    target = facts.original(event.target)
    if target and target.kind == "edited":
        target = facts.by_number(target.target)
    if facts.known or target is None or target.kind != "sent" or not target.versions:
        return _NOTHING
    if isinstance(event, Reacted):
        return _react(event, target, facts)
    found = tuple(reactions.changes(event, target))
    return Decision(tuple(Record(change, _listening(facts), target.id) for change in found))


def _react(event: Reacted, target: Original, facts: Facts) -> Decision:
    if not reactions.changes_something(event, target):
        return _NOTHING
    return _record(Record(event, _listening(facts), target.id))


def _topic(event: TopicChanged, facts: Facts) -> Decision:
    if facts.known or event.topic == facts.topic or event.time < facts.topic_time:
        return _NOTHING
    if facts.topic is None and not event.topic:
        return _NOTHING
    return _record(Record(event, _listening(facts)))


def _removed(event: PuppetRemoved, facts: Facts) -> Decision:
    home = next((leg for leg in facts.others if leg.room.network == event.user.network), None)
    if home is None:
        return _record(Record(event))
    place = facts.words.place(facts.origin.room, facts.origin.address)
    text = facts.words.removed(place, event.by, event.reason, event.banned)
    return Decision((Record(event),), (Notice(home.room, event.user, text),))


def _record(record: Record) -> Decision:
    return Decision((record,))


def _listening(facts: Facts) -> tuple[RoomRef, ...]:
    if facts.origin.policy.direction == "out":
        return ()
    return tuple(leg.room for leg in facts.others if _hears(leg))


def _hears(leg: Leg) -> bool:
    return leg.policy.direction != "in"
