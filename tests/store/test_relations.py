"""How archived events belong together."""

from bridge.model import (
    Account,
    LegPolicy,
    MessageEdited,
    MessageSent,
    Reacted,
    RoomRef,
    UserRef,
    from_text,
)
from bridge.store import messages, relations
from bridge.store.rooms import Seat, link

A = RoomRef("a", "r")
ANNA = Account(UserRef("a", "anna"), "anna")


def keep(store, number, event, target=None, thread=None):
    kind = type(event).__struct_config__.tag
    body = messages.encode_event(event)
    store.journal.add("event", (number, 1, 1, 1, "", kind, 1.0, 2.0, target, thread, body))


def said(text):
    return MessageSent(room=A, author=ANNA, ids=(text,), content=from_text(text), time=1.0)


def edited(text):
    return MessageEdited(
        room=A, author=ANNA, target="1", content=from_text(text), time=1.0, ids=(text,)
    )


async def test_an_id_that_was_used_twice_names_the_later_event(store):
    store.journal.add("copy", (1, "x", 1, 0), (1, "x", 2, 0), (2, "y", 3, 0))
    await store.journal.committed()
    assert await relations.named(store.reader, 1, ["x", "y", "z"]) == {"x": 2}


async def test_edits_come_in_their_order(store):
    keep(store, 1, said("redy"))
    keep(store, 2, edited("rady"), target=1)
    keep(store, 3, edited("ready"), target=1)
    await store.journal.committed()
    assert [edit.event.content for edit in await relations.edits(store.reader, 1)] == [
        from_text("rady"),
        from_text("ready"),
    ]
    found = await relations.archived(store.reader, 2)
    assert (found.kind, found.target, found.retracted) == ("edited", 1, False)
    assert await relations.archived(store.reader, 9) is None


async def test_reactions_that_stand_are_those_not_taken_back(store):
    number = await store.identities.number(ANNA)
    for key, event in (("👍", 5), ("🎉", 6)):
        relations.react(store.journal, 1, number, key, event)
    relations.unreact(store.journal, 1, number, "👍")  # in the same batch: the last word counts
    await store.journal.committed()
    assert await relations.reactions(store.reader, 1) == [(ANNA.user, "🎉", 6)]


async def test_earlier_reactions_come_newest_first(store):
    for number, added in ((2, True), (3, False), (4, True)):
        event = Reacted(room=A, author=ANNA, target="1", key="👍", time=1.0, added=added)
        keep(store, number, event, target=1)
    await store.journal.committed()
    assert [e.id for e in await relations.reactions_before(store.reader, 1, 4)] == [3, 2]


async def test_ids_are_grouped_by_part_and_threads_know_their_latest(store):
    await link(store.journal, "p", [Seat(A, "r", LegPolicy())], 0.0)
    keep(store, 1, said("root"))
    keep(store, 2, said("in it"), thread=1)
    keep(store, 3, said("elsewhere only"), thread=1)
    store.journal.add("copy", (1, "a1", 1, 0), (1, "b1", 1, 1), (1, "b2", 1, 1), (1, "a2", 2, 0))
    await store.journal.committed()
    assert await relations.parts(store.reader, 1, 1) == {(0, "a1"), (1, "b1"), (1, "b2")}
    assert await relations.latest_in_thread(store.reader, 1, 1) == 2
    assert await relations.latest_in_thread(store.reader, 1, 2) == 1
