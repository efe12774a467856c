"""Turn an event in one room into what the other rooms of its portal must be told."""

from msgspec import Struct, structs

from bridge.core import words
from bridge.core.echo import too_often
from bridge.core.facts import Facts, Leg
from bridge.core.mentions import with_mentions
from bridge.model import (
    Event,
    MessageSent,
    PuppetRemoved,
    RoomRef,
    Tell,
    TopicChanged,
    UserRef,
)


class Notice(Struct, frozen=True):
    """Words for one person, on the network they are on."""

    room: RoomRef
    user: UserRef
    text: str
    about: tuple[str, ...] = ()

    def command(self, key: str) -> Tell:
        """Make it something a network can be asked to do."""
        return Tell(key=key, room=self.room, user=self.user, text=self.text, about=self.about)


class Decision(Struct, frozen=True):
    """What becomes of one event."""

    record: Event | None = None
    """The event as it goes into the archive; None: it does not."""
    relay_to: tuple[RoomRef, ...] = ()
    """The rooms that must be told of it."""
    notices: tuple[Notice, ...] = ()


_NOTHING = Decision()


def decide(event: Event, facts: Facts) -> Decision:
    """Decide what becomes of an event. Confirmations of copies are no matter for a decision."""
    match event:
        case MessageSent():
            return _message(event, facts)
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
    find = facts.find_name
    event = structs.replace(event, content=with_mentions(event.content, find, event.author.user))
    return Decision(event, _listening(facts))


def _tell_once(event: MessageSent, facts: Facts) -> tuple[Notice, ...]:
    if too_often(facts.repeats - 1):
        return ()
    places = " and ".join(words.place(leg.room, leg.address) for leg in facts.others)
    return (Notice(event.room, event.author.user, words.repeated(places), event.ids),)


def _topic(event: TopicChanged, facts: Facts) -> Decision:
    if facts.known or event.topic == facts.topic or event.time < facts.topic_time:
        return _NOTHING
    if facts.topic is None and not event.topic:
        return _NOTHING
    return Decision(event, _listening(facts))


def _removed(event: PuppetRemoved, facts: Facts) -> Decision:
    home = next((leg for leg in facts.others if leg.room.network == event.user.network), None)
    if home is None:
        return Decision(event)
    place = words.place(facts.origin.room, facts.origin.address)
    text = words.removed(place, event.by, event.reason, event.banned)
    return Decision(event, (), (Notice(home.room, event.user, text),))


def _listening(facts: Facts) -> tuple[RoomRef, ...]:
    if facts.origin.policy.direction == "out":
        return ()
    return tuple(leg.room for leg in facts.others if _hears(leg))


def _hears(leg: Leg) -> bool:
    return leg.policy.direction != "in"
