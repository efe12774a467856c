"""The one writer: everything that must survive a crash goes into its open batch.

What is added without an ``await`` in between is one transaction. A batch is committed as soon as
somebody waits for it and the writer is free, so that many callers share one ``fsync`` (group
commit, ``synchronous=FULL``). A batch that cannot be written is kept and tried again until it can;
only ``accepted`` fails at once, because its caller has somebody to ask again.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bridge import metrics
from bridge.model import StorageFailed

log = logging.getLogger(__name__)

_LAZY = 0.1
"""Seconds that a write nobody waits for may wait for company."""
_RETRY = 2.0

# In this order within a batch, so that a row which is made and finished in one batch is gone.
_STATEMENTS = {
    "identity": "INSERT INTO identities (id, network, account, name, about) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (network, account) DO UPDATE SET name = excluded.name, about = excluded.about",
    "event": "INSERT INTO events (id, portal, room, author, authority, kind, happened_at,"
    " received_at, target, thread, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "retract": "UPDATE events SET retracted_at = ?, body = ? WHERE id = ?",
    "copy": "INSERT INTO copies (room, native, event, part) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "inbox": "INSERT INTO inbox (id, received_at, body) VALUES (?, ?, ?)",
    "decided": "DELETE FROM inbox WHERE id = ?",
    "quarantine": "INSERT INTO quarantine (id, failed_at, error, body) VALUES (?, ?, ?, ?)",
    "outbox": "INSERT INTO outbox (id, room, lane, event, command, created_at, parts, done,"
    " attempts, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "freeze": "UPDATE outbox SET parts = ? WHERE id = ?",
    "progress": "UPDATE outbox SET done = max(done, ?) WHERE id = ?",
    "delay": "UPDATE outbox SET attempts = ?, due_at = ? WHERE id = ?",
    "delivered": "DELETE FROM outbox WHERE id = ?",
    "whisper": "INSERT INTO whispers (id, created_at, body) VALUES (?, ?, ?)",
    "whispered": "DELETE FROM whispers WHERE id = ?",
}
_REMEMBER = (
    "INSERT INTO state (owner, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value"
)
_FORGET = "DELETE FROM state WHERE owner = ? AND key = ?"

_OUR_FAULT = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""Trying again would change nothing."""
Task = Callable[[sqlite3.Connection], Any]


class _Batch:
    """Rows for one transaction, and those who wait for it."""

    __slots__ = ("accepting", "rows", "state", "tasks", "waiting")

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.state: dict[tuple[str, str], str | None] = {}
        self.tasks: list[Task] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.accepting: list[asyncio.Future[None]] = []

    def refuse(self, error: Exception) -> None:
        """Tell everybody who waits that it will never be written."""
        for future in (*self.accepting, *self.waiting):
            if not future.done():
                future.set_exception(error)

    def refuse_accepted(self, error: StorageFailed) -> None:
        """Take back what ``accepted`` added: its callers will bring it again."""
        if self.accepting:
            self.rows.pop("inbox", None)
        for future in self.accepting:
            if not future.done():
                future.set_exception(error)
        self.accepting = []


class Journal:
    """Owns the writing connection and its thread."""

    def __init__(self, db: sqlite3.Connection):
        self.failure: str | None = None
        """Why the last commit failed; None while all is well."""
        self.commits = 0
        self._db = db
        self.on_failure: Callable[[str], None] = lambda reason: None
        """Called when writing begins to fail, with the reason, and with "" when it works again."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._open = _Batch()
        self._urgent = asyncio.Event()
        self._lazy: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._writer = asyncio.create_task(self._write_forever(), name="journal")
        self._closing = False

    def add(self, statement: str, *rows: tuple[Any, ...]) -> None:
        """Add rows to the open batch; they are written soon, whether or not someone waits."""
        self._open.rows.setdefault(statement, []).extend(rows)
        self._soon()

    def remember(self, owner: str, key: str, value: str | None) -> None:
        """Keep a durable fact, or forget it (None); within a batch the last word wins."""
        self._open.state[owner, key] = value
        self._soon()

    def _soon(self) -> None:
        if self._lazy is None:
            self._lazy = self._loop.call_later(_LAZY, self._urgent.set)

    def commit(self) -> asyncio.Future[None]:
        """Have the open batch written now; the future is done when it is on the disk."""
        future = self._loop.create_future()
        self._open.waiting.append(future)
        self._urgent.set()
        return future

    async def committed(self) -> None:
        """Wait until everything added so far is on the disk, however long that takes."""
        await self.commit()

    async def accepted(self, *rows: tuple[Any, ...]) -> None:
        """Add inbox rows and wait until they are on the disk.

        Raises ``StorageFailed`` if they are not, and then they never will be.
        """
        if self.failure:
            raise StorageFailed(self.failure)
        self._open.rows.setdefault("inbox", []).extend(rows)
        future = self._loop.create_future()
        self._open.accepting.append(future)
        self._urgent.set()
        await future

    def later(self, task: Task) -> None:
        """Have a change made soon, after those that were added before it."""
        self._open.tasks.append(task)
        self._soon()

    async def run(self, task: Task) -> Any:
        """Run a rare change (a link, a clean-up) in the next transaction; return its result.

        Raises what the task raises; then the task has changed nothing.
        """
        box: list[tuple[Any, Exception | None]] = []
        self._open.tasks.append(lambda db: box.append(_alone(db, task)))
        await self.committed()
        result, error = box[-1]
        if error:
            raise error
        return result

    async def close(self) -> None:
        """Write what is left, if that is possible within two seconds, and close the database."""
        self._closing = True
        self._urgent.set()
        try:
            await asyncio.wait_for(self._writer, 2)
        except TimeoutError:
            log.error("the journal could not be written before the end: %s", self.failure)
        self._thread.shutdown()
        self._db.close()

    async def _write_forever(self) -> None:
        while True:
            await self._urgent.wait()
            self._urgent.clear()
            if self._lazy:
                self._lazy.cancel()
                self._lazy = None
            batch, self._open = self._open, _Batch()
            await self._write(batch)
            if (
                self._closing
                and not self._open.rows
                and not self._open.state
                and not self._open.waiting
            ):
                return

    async def _write(self, batch: _Batch) -> None:
        while True:
            start = time.perf_counter()
            try:
                await self._loop.run_in_executor(self._thread, self._commit, batch)
            except sqlite3.Error as error:
                if isinstance(error, _OUR_FAULT):
                    log.critical("a batch could not be written and is lost", exc_info=error)
                    batch.refuse(error)
                    return
                self._fail(batch, error)
                await asyncio.sleep(_RETRY)
                continue
            except Exception as error:  # a row that no database could hold: a fault of ours
                log.critical("a batch could not be written and is lost", exc_info=error)
                batch.refuse(error)
                return
            self.commits += 1
            metrics.commit_seconds.observe(time.perf_counter() - start)
            break
        if self.failure:
            log.warning("the journal can be written again")
            self.failure = None
            self._tell("")
        for future in (*batch.accepting, *batch.waiting):
            if not future.done():
                future.set_result(None)

    def _fail(self, batch: _Batch, error: sqlite3.Error) -> None:
        metrics.commit_failures.inc()
        first = self.failure is None
        self.failure = str(error)
        batch.refuse_accepted(StorageFailed(self.failure))
        # So that the next try proves that something can be written, whatever else is in the batch.
        batch.state["journal", "failed"] = self.failure
        self._open.refuse_accepted(StorageFailed(self.failure))
        if first:
            log.critical("the journal cannot be written: %s", error)
            self._tell(self.failure)

    def _tell(self, reason: str) -> None:
        try:
            self.on_failure(reason)
        except Exception:
            log.exception("not everybody could be told about the journal")

    def _commit(self, batch: _Batch) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            for name, sql in _STATEMENTS.items():
                if rows := batch.rows.get(name):
                    db.executemany(sql, rows)
            for (owner, key), value in batch.state.items():
                if value is None:
                    db.execute(_FORGET, (owner, key))
                else:
                    db.execute(_REMEMBER, (owner, key, value))
            for task in batch.tasks:
                task(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _alone(db: sqlite3.Connection, task: Task) -> tuple[Any, Exception | None]:
    """Run one task so that its failure undoes its own changes and no others."""
    db.execute("SAVEPOINT task")
    try:
        result = task(db)
    except sqlite3.OperationalError:
        raise  # the disk, not the task: the whole batch is tried again
    except Exception as error:
        db.execute("ROLLBACK TO task")
        db.execute("RELEASE task")
        return None, error
    db.execute("RELEASE task")
    return result, None
