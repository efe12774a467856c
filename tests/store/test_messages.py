"""Reading the archive."""

import pytest

from bridge.model import Account, LegPolicy, MessageSent, RoomRef, TopicChanged, UserRef, from_text
from bridge.store import messages, relations
from bridge.store.rooms import Seat, link

A, B = RoomRef("a", "r"), RoomRef("b", "r")
ANNA = Account(UserRef("a", "anna"), "anna")


def said(text, room=A):
    return MessageSent(room=room, author=ANNA, ids=("1",), content=from_text(text), time=1.0)


def keep(store, number, event, room=1, portal=1):
    kind = "topic" if isinstance(event, TopicChanged) else "sent"
    body = messages.encode_event(event)
    store.journal.add("event", (number, portal, room, None, "", kind, 1.0, 2.0, None, None, body))


async def test_an_event_is_read_as_it_was_written(store):
    keep(store, 1, said("hi"))
    await store.journal.committed()
    stored = await messages.event(store.reader, 1)
    assert (stored.event, stored.room, stored.received_at) == (said("hi"), 1, 2.0)
    assert await messages.event(store.reader, 2) is None


def test_text_that_is_no_unicode_is_refused_before_it_reaches_the_database():
    with pytest.raises(UnicodeEncodeError):
        messages.encode_event(said("\ud800"))


async def test_known_ids_are_found_however_many_are_asked_for(store):
    store.journal.add("copy", (1, "x700", 1, 0), (2, "x1", 1, 0))
    await store.journal.committed()
    assert await relations.named(store.reader, 1, [f"x{n}" for n in range(1200)]) == {"x700": 1}
    assert await messages.natives(store.reader, 1, 2) == ["x1"]


async def test_what_a_room_missed_is_what_was_said_in_the_others(store):
    seats = [Seat(room, "r", LegPolicy()) for room in (A, B)]
    portal = await link(store.journal, "p", seats, 0.0)
    first, second = (leg.number for leg in portal.legs)
    for number, room in enumerate((first, second, first, first), start=1):
        keep(store, number, said(str(number)), room, portal.number)
    await store.journal.committed()
    found = await messages.missed(store.reader, second, 2, 4, 10)
    assert [item.id for item in found] == [3, 4]


async def test_the_latest_topic_is_found(store):
    for number, text in enumerate(("old", "new"), start=1):
        keep(store, number, TopicChanged(room=A, topic=text, time=1.0))
    await store.journal.committed()
    assert (await messages.latest_topic(store.reader, 1)).topic == "new"
    assert await messages.latest_topic(store.reader, 2) is None
