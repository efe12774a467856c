"""Group commit, what happens when the disk is full, and what a crash leaves."""

import asyncio
import shutil
import sqlite3

import pytest

from bridge.model import StorageFailed
from bridge.store import Store
from bridge.store.journal import Journal


def row(number, body=b"{}"):
    return (number, 0.0, body)


async def test_many_callers_share_a_commit(store):
    await asyncio.gather(*(store.journal.accepted(row(n)) for n in range(1, 501)))
    [(count,)] = await store.reader.rows("SELECT count(*) FROM inbox")
    assert count == 500
    assert store.journal.commits < 20


async def test_what_is_committed_is_there_after_a_crash(store, tmp_path):
    await store.journal.accepted(row(1))
    for suffix in ("", "-wal"):  # what a kill -9 leaves: the files as they are
        shutil.copy(f"{store.path}{suffix}", tmp_path / f"crashed.db{suffix}")
    again = await Store.open(tmp_path / "crashed.db")
    assert await again.reader.rows("SELECT id FROM inbox") == [(1,)]
    assert again.number("inbox") == 2
    await again.close()


async def test_what_nobody_waits_for_is_written_soon(store):
    store.journal.add("inbox", row(1))
    async with asyncio.timeout(5):
        while not await store.reader.rows("SELECT id FROM inbox"):
            await asyncio.sleep(0.005)


async def test_made_and_finished_in_one_batch_leaves_nothing(store):
    store.journal.add("decided", (1,))
    store.journal.add("inbox", row(1))
    await store.journal.committed()
    assert await store.reader.rows("SELECT id FROM inbox") == []


async def test_within_a_batch_the_last_word_about_a_fact_wins(store):
    for value in ("a", None, "b"):
        store.journal.remember("me", "key", value)
    for value in ("a", None):
        store.journal.remember("me", "gone", value)
    await store.journal.committed()
    assert await store.reader.rows("SELECT key, value FROM state") == [("key", "b")]


async def test_a_task_that_fails_changes_nothing_and_says_so(store):
    def bad(db):
        db.execute("INSERT INTO state (owner, key, value) VALUES ('a', 'b', 'c')")
        raise KeyError("no")

    with pytest.raises(KeyError):
        await store.journal.run(bad)
    assert await store.journal.run(lambda db: db.execute("SELECT * FROM state").fetchall()) == []


@pytest.fixture
async def full(tmp_path):
    """A journal on a full disk (SQLite itself says so), its complaints, and how to make room."""
    store = await Store.open(tmp_path / "t.db")
    await store.close()
    db = sqlite3.connect(tmp_path / "t.db", isolation_level=None, check_same_thread=False)
    [(pages,)] = db.execute("PRAGMA page_count")
    db.execute(f"PRAGMA max_page_count = {pages}")
    reasons = []
    journal = Journal(db)
    journal.on_failure = reasons.append
    yield journal, reasons, lambda: db.execute("PRAGMA max_page_count = 1000000")
    await journal.close()


async def test_on_a_full_disk_nothing_is_accepted_and_it_is_said_once(full):
    journal, reasons, _ = full
    for number in (1, 2):
        with pytest.raises(StorageFailed, match="full"):
            await journal.accepted(row(number, b"x" * 100_000))
    assert journal.failure
    assert len(reasons) == 1


async def test_when_there_is_room_again_what_was_decided_is_written_and_what_was_refused_is_not(
    full, monkeypatch
):
    monkeypatch.setattr("bridge.store.journal._RETRY", 0.02)
    journal, reasons, make_room = full
    decided = journal.commit()
    journal.add("inbox", row(7, b"x" * 100_000))
    later = asyncio.create_task(journal.committed())
    await asyncio.sleep(0)
    with pytest.raises(StorageFailed):
        await journal.accepted(row(8, b"x" * 100_000))
    assert not later.done() or decided.done()
    make_room()
    async with asyncio.timeout(5):
        await later
        while journal.failure:
            await asyncio.sleep(0.01)
    await journal.accepted(row(9))
    found = await journal.run(lambda db: db.execute("SELECT id FROM inbox ORDER BY id").fetchall())
    assert found == [(7,), (9,)]
    assert reasons[-1] == ""


async def test_a_row_that_no_database_can_hold_does_not_stop_the_journal(store):
    store.journal.add("quarantine", (1, 0.0, "\ud800", b""))
    with pytest.raises(UnicodeEncodeError):
        await store.journal.committed()
    await store.journal.accepted(row(1))
