"""The database: one SQLite file in the data folder. Whatever `write` returns is on disk.

What is waiting to be written is written together: one transaction, one fsync, however many ask at the same time; each
change stands or falls by itself. Functions that read or change get a SQLAlchemy connection, so that another database
can take SQLite's place.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import filelock
from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from connectors.errors import GridwireError
from connectors.service.migrations import bring_up
from connectors.service.tables import facts

Result = TypeVar("Result")

_TOGETHER = 500  # changes in one transaction
_READERS = 4
_LONGEST_WAIT = 10.0  # seconds for another process that writes
_CHANGES = "changes"

_Job: TypeAlias = tuple[Callable[[Connection], Any], "asyncio.Future[Any]"]
_Told: TypeAlias = tuple["asyncio.Future[Any]", Any, Exception | None]
"""Who waits, the result and the error."""


class StoreError(GridwireError):
    """The database cannot be read or written. Nothing was changed."""

    kind = "store"
    http_status = 503


class Store:
    """The database in a folder; use it as an async context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "gridwire.db"
        self.committed: Callable[[int, float], None] = lambda changes, seconds: None
        """Told of each transaction that is on disk: how many changes, and the seconds that it took."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="gridwire-writer", daemon=True)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="gridwire-reader")
        self._engine = _engine(self.file, "BEGIN IMMEDIATE", size=1)
        self._reading = _engine(self.file, "BEGIN", size=_READERS)
        self._watch = _engine(self.file, "", size=1)
        self._closed = False

    async def __aenter__(self) -> Store:
        """Opens it; its schema is brought up to date. Raises StoreError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file.touch(mode=0o600)
            await asyncio.to_thread(bring_up, self._engine)
        except (OSError, DatabaseError) as error:
            raise _said(error) from None
        self._seen = _Watch(self._watch)
        self._writer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes it, once everything that was asked for is written."""
        self._closed = True
        if self._writer.is_alive():
            self._jobs.put(None)
            await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._seen.close()
        for engine in (self._engine, self._reading, self._watch):
            engine.dispose()

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        """What `change` returns, once it is on disk. Raises what it raises, and then nothing is changed; StoreError.

        Whoever is cancelled meanwhile is told so once the change stands or has fallen, and nobody reads in between.
        """
        if self._closed:
            raise StoreError("the database is closed")
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._jobs.put((change, done))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        """What `question` finds in one state of the database. Raises StoreError."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(self._read, question))

    async def settle(self) -> None:
        """Leaves nothing in the files of what was deleted or replaced: SQLite overwrites it in the database, and the
        log of changes is emptied here. Where somebody reads for longer than ten seconds, it is when he is done.
        """
        await asyncio.get_running_loop().run_in_executor(self._readers, self._settle)

    @property
    def changes(self) -> int:
        """How often `changed` was said, by any process; it takes microseconds to ask."""
        return self._seen.count()

    @asynccontextmanager
    async def alone(self, name: str, *, wait: bool = True) -> AsyncGenerator[bool]:
        """While this is open nobody else has `name` open, in any process; a killed process has nothing open.

        Without `wait` it gives False, at once, if somebody else has.
        """
        folder = self.folder / "locks"
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = filelock.AsyncFileLock(folder / name, blocking=wait, run_in_executor=False, mode=0o600)
        try:
            await lock.acquire()
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            await lock.release()

    def _read(self, question: Callable[[Connection], Result]) -> Result:
        try:
            with self._reading.connect() as connection:
                return question(connection)
        except DatabaseError as error:
            raise _said(error) from None

    def _settle(self) -> None:
        held = self._engine.raw_connection()
        try:
            held.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            held.close()

    def _write_all(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs = [first]
            while len(jobs) < _TOGETHER and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._jobs.put(None)
                    break
                jobs.append(job)
            self._write(jobs)

    def _write(self, jobs: list[_Job]) -> None:
        started = time.perf_counter()
        try:
            with self._engine.begin() as connection:
                tried = _alone if len(jobs) == 1 else _beside_others
                told = [tried(connection, change, done) for change, done in jobs]
            self.committed(len(jobs), time.perf_counter() - started)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
            failure = _said(error) if isinstance(error, DatabaseError) else error
            told = [(done, None, failure) for _, done in jobs]
        _tell(told)


def changed(connection: Connection) -> None:
    """Tells every process that what it holds of keys, connections and the like may be out of date."""
    count = int.from_bytes(connection.scalar(select(facts.c.value).where(facts.c.name == _CHANGES)) or b"") + 1
    put(connection, _CHANGES, count.to_bytes(8))


def put(connection: Connection, name: str, value: bytes) -> None:
    """Keeps a fact."""
    if not connection.execute(update(facts).where(facts.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(facts).values(name=name, value=value))


class _Watch:
    """Sees what other connections change: SQLite counts their commits, and only then the table is asked."""

    def __init__(self, engine: Engine) -> None:
        self._held = engine.raw_connection()
        self._cursor: Any = self._held.cursor()
        self._version = -1
        self._count = 0
        self._one = threading.Lock()  # for loops in several threads may ask

    def close(self) -> None:
        self._held.close()

    def count(self) -> int:
        with self._one:
            [version] = self._cursor.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                found = self._cursor.execute("SELECT value FROM facts WHERE name = ?", (_CHANGES,)).fetchone()
                self._count = int.from_bytes(found[0]) if found else 0
                self._version = version
            return self._count


def _alone(connection: Connection, change: Callable[[Connection], Any], done: asyncio.Future[Any]) -> _Told:
    return done, change(connection), None


def _beside_others(connection: Connection, change: Callable[[Connection], Any], done: asyncio.Future[Any]) -> _Told:
    driver: Any = connection.connection.driver_connection  # for SQLAlchemy's own savepoints cost more than a change
    driver.execute("SAVEPOINT change")
    try:
        result = change(connection)
    except Exception as error:  # it is its caller's; the others' changes stand
        if not _under_way(connection):
            raise
        driver.execute("ROLLBACK TO change")
        driver.execute("RELEASE change")
        return done, None, _said(error) if isinstance(error, DatabaseError) else error
    driver.execute("RELEASE change")
    return done, result, None


def _tell(told: Iterable[_Told]) -> None:
    """Wakes each loop once, however many wait in it."""
    by_loop = defaultdict[asyncio.AbstractEventLoop, list[_Told]](list)
    for one in told:
        by_loop[one[0].get_loop()].append(one)
    for loop, those in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_settle_all, those)


def _settle_all(told: Iterable[_Told]) -> None:
    for done, result, error in told:
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def _under_way(connection: Connection) -> bool:
    """A full disk may make SQLite give up the whole transaction: then nobody's change stands."""
    driver: Any = connection.connection.driver_connection
    return driver.in_transaction


def _engine(file: Path, begin: str, *, size: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": _LONGEST_WAIT, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if begin:
            connection.exec_driver_sql(begin)

    return engine


def _said(error: Exception) -> StoreError:
    first = _first(error)
    why = str(first.orig) if isinstance(first, DatabaseError) else str(getattr(first, "strerror", None) or first)
    return StoreError(f"the database cannot be used: {why}", remedy="See whether the disk is full, and who may write.")


def _first(error: BaseException) -> BaseException:
    """Where a full disk has ended the transaction, its savepoints are missed later; that is not what went wrong."""
    first = error
    while (error := error.__context__) is not None:  # type: ignore[assignment]
        first = error if isinstance(error, DatabaseError) else first
    return first
