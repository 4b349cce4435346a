"""The connection to the database: one engine, short transactions, migrations."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from pbx.core.errors import MisuseError, StorageError

RETRY_MS = 10
BUSY_TIMEOUT_MS = 5_000  # as long as a caller's verification may take
MIGRATIONS = Path(__file__).parent / "migrations"
_BLOCK = 1 << 20
_WRITES = "pbx_writes"
ResultT = TypeVar("ResultT")


def _prepare(connection: Any, _record: object) -> None:
    """Set up a fresh SQLite connection; SQLAlchemy begins transactions, not the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=FULL",  # counters and consents must survive a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # a deleted key header leaves zeros, not free space that can be read
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE takes the write lock before the first read, so that "count, compare, insert" is one step.
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def newest_revision() -> str:
    """The revision that `migrate` brings a database to: the last file of migrations/versions."""
    return max(file.stem for file in (MIGRATIONS / "versions").glob("r*.py"))[1:].partition("_")[0]


def _is_newest(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return found == [newest_revision()]


def _upgrade(connection: Connection) -> None:
    if _is_newest(connection):
        return
    # Nearly every start ends above; alembic takes as long to import as the store itself.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _write_ahead(file: str) -> None:
    """Have a file keep a write-ahead log from now on, for whoever opens it.

    SQLite does not wait for others here as it does elsewhere: of several processes that make a new file at
    the same moment, all but one are told at once that it is locked.
    """
    with closing(sqlite3.connect(file)) as connection:
        for _ in range(BUSY_TIMEOUT_MS // RETRY_MS):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError:
                time.sleep(RETRY_MS / 1000)
    raise StorageError("the database is busy: another process holds it", retryable=True)


def _scrub(file: str, needles: Sequence[bytes]) -> None:
    try:
        with closing(
            sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        ) as connection:
            for statement in ("", "VACUUM") if needles else ("VACUUM",):
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute(statement)
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy and not _holds(file, needles):
                    return
    except sqlite3.OperationalError:
        pass
    raise StorageError("the database's files still hold a deleted key: repeat", retryable=True)


def _holds(file: str, needles: Sequence[bytes]) -> bool:
    if not needles:
        return False
    overlap, tail = max(map(len, needles)), b""
    for path in (Path(file), Path(f"{file}-wal")):
        if not path.exists():
            continue
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK):
                tail += block
                if any(needle in tail for needle in needles):
                    return True
                tail = tail[-overlap:]
    return False


class Database:
    """One SQLite file (`sqlite+aiosqlite:///...`) in WAL mode.

    Raises StorageError from every transaction when the database refuses; `retryable` when it was busy.
    """

    def __init__(self, url: str) -> None:
        if make_url(url).drivername != "sqlite+aiosqlite":
            raise MisuseError("the store needs a URL that begins with sqlite+aiosqlite:///")
        self._engine = create_async_engine(url, hide_parameters=True)
        event.listen(self._engine.sync_engine, "connect", _prepare)
        event.listen(self._engine.sync_engine, "begin", _begin)
        writer = self._engine.execution_options(**{_WRITES: True})
        self._writer = writer
        self._writers = asyncio.Lock()
        # Each statement of the asyncio driver is a trip to its thread; `write` makes one trip for all.
        batch = create_engine(
            make_url(url).set(drivername="sqlite"),
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        event.listen(batch, "connect", _prepare)
        event.listen(batch, "begin", _begin)
        self._batch = batch.execution_options(**{_WRITES: True})
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pbx-store")
        self._read_sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._write_sessions = async_sessionmaker(writer, expire_on_commit=False)

    async def migrate(self) -> None:
        """Bring the tables to the newest revision; does nothing when they are."""
        directory = Path(self._engine.url.database or "").parent
        if not await asyncio.to_thread(directory.is_dir):
            raise StorageError(f"{directory}: no such directory", retryable=False)
        with _translated():
            await asyncio.to_thread(_write_ahead, self._engine.url.database or "")
            async with self._writer.begin() as connection:
                await connection.run_sync(_upgrade)

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._thread.shutdown)
        self._batch.dispose()
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One transaction that sees one state of the database."""
        with _translated():
            async with self._read_sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction that holds the write lock from its beginning."""
        # SQLite's own waiting is polling; within this process writers stand in a fair queue instead.
        async with self._writers:
            with _translated():
                async with self._write_sessions.begin() as session:
                    yield session

    async def write(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in one transaction like `writing`, in the store's own thread and off the loop."""
        async with self._writers:
            with _translated():
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, self._transact, work)

    async def scrub(self, needles: Sequence[bytes]) -> None:
        """Leave none of `needles` in the database's files; StorageError when that cannot be done now.

        The write-ahead log is emptied; where pages still hold old octets, the file is written anew. Without
        needles (after a crash nobody knows them) it is written anew in any case.
        """
        async with self._writers:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, _scrub, self._engine.url.database or "", needles)

    def _transact(self, work: Callable[[Connection], ResultT]) -> ResultT:
        with self._batch.begin() as connection:
            return work(connection)


class _translated:
    """Turns the driver's errors into StorageError without their parameters, which may be personal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, StatementError) and isinstance(error.orig, MisuseError):
            raise error.orig from None
        if isinstance(error, PoolTimeout):
            raise StorageError("the database is busy: no free connection", retryable=True) from None
        if isinstance(error, DBAPIError):
            # Operational: locked, full, not yet migrated by the other process. The rest is our own bug.
            name, later = type(error.orig).__name__, isinstance(error, OperationalError)
            raise StorageError(f"the database refused: {name}", retryable=later) from None
