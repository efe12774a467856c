"""What a room will never be told message by message."""

from bridge.engine.context import Context
from bridge.engine.missed import Missed, Span
from bridge.store import Store


async def test_it_is_counted_and_survives_a_restart(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    missed = Missed(Context(store, "mark"), 7)
    assert not missed
    for event, time in ((5, 100.0), (9, 130.0)):
        missed.add(event, time)
    assert missed.must_tell("anna")
    assert not missed.must_tell("anna")
    await store.journal.committed()
    again = Missed(Context(store, "mark"), 7)
    await again.load()
    assert again.span == Span(2, 5, 9, 100.0, 130.0)
    assert again.span.page(7) == "missed.7.5.9"
    again.forget()
    await store.journal.committed()
    await again.load()
    assert not again
    await store.close()
