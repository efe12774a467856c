"""Opening, upgrading, refusing and copying a database."""

import sqlite3

import pytest

from bridge.store import Store
from bridge.store.database import DatabaseRefused, backup, migrations, open_writer


def test_a_new_database_gets_the_newest_schema_and_is_private(tmp_path):
    path = tmp_path / "deep" / "t.db"
    open_writer(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    [(version,)] = sqlite3.connect(path).execute("PRAGMA user_version")
    assert version == migrations()[-1][0]


def test_every_commit_is_on_the_disk(tmp_path):
    db = open_writer(tmp_path / "t.db")
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_migrations_are_numbered_without_a_gap():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("version", [number for number, _ in migrations()])
def test_every_older_database_is_upgraded(tmp_path, version):
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    for number, sql in migrations():
        if number <= version:
            old.executescript(sql)
    old.execute(f"PRAGMA user_version = {version}")
    old.execute("INSERT INTO portals (id, name, created_at) VALUES (1, 'lounge', 0)")
    old.commit()
    old.close()
    db = open_writer(path)
    assert db.execute("SELECT name FROM portals").fetchall() == [("lounge",)]
    assert db.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)
    db.close()


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    path = tmp_path / "t.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(DatabaseRefused, match="newer Tercet"):
        open_writer(path)


@pytest.mark.parametrize("damage", [b"this is no database at all" * 100, None])
def test_a_damaged_database_is_refused(tmp_path, damage):
    path = tmp_path / "t.db"
    open_writer(path).close()
    body = bytearray(path.read_bytes())
    body[4096 * 2 : 4096 * 6] = b"\xff" * (4096 * 4)
    path.write_bytes(damage or bytes(body))
    with pytest.raises(DatabaseRefused, match=r"t\.db"):
        open_writer(path)


def test_a_folder_that_cannot_be_written_is_refused_with_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseRefused, match="Restore a backup, or free the disk"):
        open_writer(tmp_path / "file" / "t.db")


async def test_a_backup_is_a_whole_database_while_the_original_is_written(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    store.journal.remember("test", "key", "value")
    await store.journal.committed()
    size = backup(tmp_path / "t.db", tmp_path / "copy.db")
    assert size == (tmp_path / "copy.db").stat().st_size
    with pytest.raises(FileExistsError):
        backup(tmp_path / "t.db", tmp_path / "copy.db")
    await store.close()
    copy = open_writer(tmp_path / "copy.db")
    assert copy.execute("SELECT value FROM state").fetchall() == [("value",)]
    copy.close()
