"""Open the database: pragmas, migrations, damage and version checks, backup, and reading.

Writing goes through ``bridge.store.journal`` alone.
"""

import os
import sqlite3
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import aiosqlite


class DatabaseRefused(Exception):
    """The database cannot be used. The text says why and what to do."""


def migrations() -> list[tuple[int, str]]:
    """Return the numbered SQL files, oldest first."""
    files = resources.files("bridge.store").joinpath("schema").iterdir()
    found = sorted((file.name, file.read_text()) for file in files if file.name.endswith(".sql"))
    return [(int(name.partition("_")[0]), sql) for name, sql in found]


def open_writer(path: Path) -> sqlite3.Connection:
    """Open (or make) the database, bring it up to date, and return the only writing connection.

    Raises ``DatabaseRefused`` if it is damaged, newer than this program, or cannot be opened.
    """
    try:
        fresh = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if fresh:
            os.chmod(path, 0o600)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA busy_timeout = 5000")
        _refuse_damage(db, path)
        _migrate(db, path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseRefused(f"{path}: {error}. Restore a backup, or free the disk.") from error
    return db


def _refuse_damage(db: sqlite3.Connection, path: Path) -> None:
    [(verdict,), *_] = db.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise DatabaseRefused(f"{path} is damaged: {verdict}. Restore a backup of it.")


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    [(version,)] = db.execute("PRAGMA user_version")
    steps = migrations()
    newest = steps[-1][0]
    if version > newest:
        raise DatabaseRefused(
            f"{path} was written by a newer Tercet (schema {version}, this one knows {newest}). "
            "Install that version again, or restore a backup from before the upgrade."
        )
    for number, sql in steps:
        if number > version:
            db.executescript(f"BEGIN;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")


class Reader:
    """Answers questions from the database, beside the writer and without waiting for it."""

    def __init__(self, db: aiosqlite.Connection):
        self._db = db

    @classmethod
    async def open(cls, path: Path) -> "Reader":
        """Open a reading connection to a database that ``open_writer`` has prepared."""
        db = await aiosqlite.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        await db.execute("PRAGMA busy_timeout = 5000")
        return cls(db)

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one query and return all of its rows."""
        return list(await self._db.execute_fetchall(sql, parameters))  # type: ignore[arg-type]

    async def close(self) -> None:
        """Close the connection."""
        await self._db.close()


def backup(source: Path, target: Path) -> int:
    """Copy the database to a new file while it is in use; return the copy's size in bytes.

    Raises ``FileExistsError`` if the target exists, ``OSError`` or ``sqlite3.Error`` if it cannot
    be written. Blocks: run it in a thread.
    """
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(handle)
    try:
        with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as db:
            copy = sqlite3.connect(target)
            try:
                db.backup(copy, pages=1000)
            finally:
                copy.close()
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target.stat().st_size
