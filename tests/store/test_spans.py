"""A person reads what was said in their spans, and nothing else."""

import sqlite3

from bridge.store import Store, spans


async def test_only_what_was_said_within_a_span_is_readable(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    for number in range(1, 7):
        row = (number, 1, 9, None, "", "sent", 100.0 + number, 100.0, None, None, b"{}")
        store.journal.add("event", row)
    spans.begin(store.journal, 9, 5, 2, 102.0)
    spans.begin(store.journal, 9, 5, 3, 103.0)  # they are there already
    spans.end(store.journal, 9, 5, 3)
    spans.begin(store.journal, 9, 5, 5, 0.0)
    await store.journal.committed()
    assert await spans.readable(store.reader, 1, 9, 5, 0.0, 10) == [2, 3, 5, 6]
    assert await spans.readable(store.reader, 1, 9, 5, 0.0, 2) == [5, 6]
    assert await spans.readable(store.reader, 1, 9, 5, 103.0, 10) == [3, 5, 6]
    assert await spans.readable(store.reader, 1, 9, 6, 0.0, 10) == []
    spans.end_all(store.journal, 5)
    await store.journal.committed()
    assert await spans.readable(store.reader, 1, 9, 5, 0.0, 10) == [2, 3, 5]
    await store.close()


async def test_what_came_in_late_is_shown_to_nobody_who_was_not_there(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    spans.begin(store.journal, 9, 5, 1, 100.0)
    yesterday = (1, 1, 9, None, "", "sent", 50.0, 101.0, None, None, b"{}")
    store.journal.add("event", yesterday)
    await store.journal.committed()
    assert await spans.readable(store.reader, 1, 9, 5, 0.0, 10) == []
    await store.close()
    assert sqlite3.connect(tmp_path / "t.db").execute("SELECT count(*) FROM spans").fetchone() == (
        1,
    )
