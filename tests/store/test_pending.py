"""What is owed is found again after a restart."""

from bridge.model import MessageSent, RoomRef, Say, from_text
from bridge.store import pending
from bridge.store.messages import encode_event
from bridge.store.pending import OutboxRow
from tests.store.test_messages import ANNA


async def test_the_outbox_comes_back_in_order_with_its_frozen_parts(store):
    say = Say(key="k", room=RoomRef("a", "r"), text="hi")
    rows = [
        OutboxRow(id=2, room=1, lane="a:anna", event=9, command=None, created_at=5.0),
        OutboxRow(id=1, room=1, lane="", event=None, command=say, created_at=4.0),
    ]
    store.journal.add("outbox", *(row.row() for row in rows))
    store.journal.add("freeze", (pending.encode_parts(("x", "y")), 2))
    store.journal.add("progress", (1, 2))
    store.journal.add("delay", (3, 77.0, 2))
    await store.journal.committed()
    (first, second), broken = await pending.outbox(store.reader)
    assert broken == []
    assert (first.id, first.command) == (1, say)
    assert (second.id, second.event, second.parts, second.done) == (2, 9, ("x", "y"), 1)
    assert (second.attempts, second.due_at) == (3, 77.0)


async def test_undecided_events_come_back(store):
    event = MessageSent(
        room=RoomRef("a", "r"), author=ANNA, ids=(), content=from_text("x"), time=1.0
    )
    await store.journal.accepted((5, 2.0, encode_event(event)))
    assert await pending.inbox(store.reader) == ([(5, 2.0, event)], [])


async def test_the_quarantine_is_counted(store):
    store.journal.add("quarantine", (1, 1.0, "first", b""), (2, 2.0, "second", b""))
    await store.journal.committed()
    assert await pending.quarantined(store.reader, 1) == (2, [(2.0, "second")])


async def test_what_cannot_be_read_is_told_apart(store):
    good = OutboxRow(id=1, room=1, lane="", event=7, command=None, created_at=5.0)
    odd = (2, 1, "", None, b'{"type":"sing"}', 5.0, None, 0, 0, 0.0)
    store.journal.add("outbox", good.row(), odd)
    await store.journal.accepted((3, 2.0, b"{}"))
    [row], [broken] = await pending.outbox(store.reader)
    assert (row.id, broken.id, broken.error.split(":")[0]) == (1, 2, "an outbox row")
    assert b"sing" in broken.body
    rows, [lost] = await pending.inbox(store.reader)
    assert (rows, lost.id, lost.body) == ([], 3, b"{}")
