"""One open database."""

import pytest

from bridge.store import DatabaseRefused, Store


async def test_numbers_only_grow_also_over_a_restart(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    assert [store.number("inbox") for _ in range(3)] == [1, 2, 3]
    await store.journal.accepted((3, 0.0, b"{}"))
    await store.close()
    again = await Store.open(tmp_path / "t.db")
    assert again.number("inbox") == 4
    assert again.number("events") == 1
    await again.close()


async def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "t.db").write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseRefused):
        await Store.open(tmp_path / "t.db")
