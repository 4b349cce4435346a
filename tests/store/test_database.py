"""Transactions, settings and migrations on a real file."""

import asyncio
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from pbx.core.errors import MisuseError, StorageError
from pbx.store.audit import AuditStore
from pbx.store.database import MIGRATIONS, Database, newest_revision
from pbx.store.tables import Base


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_migrations_build_exactly_the_tables_of_the_classes(database: Database, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/pbx.db")
    with engine.connect() as connection:
        assert _differences(connection) == []
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest_revision()
        )
    engine.dispose()


async def test_migrating_twice_changes_nothing(url: str) -> None:
    for _ in range(2):
        database = Database(url)
        await database.migrate()
        await database.migrate()
        await database.close()


def test_the_last_file_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


async def test_a_newest_database_needs_no_migration_tool(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(url)
    await database.migrate()
    monkeypatch.setitem(sys.modules, "alembic", None)  # importing it is an ImportError now
    await database.migrate()
    await database.close()


async def test_many_statements_are_one_transaction(database: Database) -> None:
    insert = text("INSERT INTO audit_events (at, kind, tenant, details) VALUES ('2026-01-01', 'x', '', '{}')")

    def twice(connection: Connection) -> int:
        return connection.execute(insert).rowcount + connection.execute(insert).rowcount

    def broken(connection: Connection) -> None:
        twice(connection)
        raise ValueError

    assert await database.write(twice) == 2
    with pytest.raises(ValueError):
        await database.write(broken)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM audit_events"))).scalar() == 2


async def test_the_settings_of_a_writing_connection(database: Database) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5_000, "synchronous": 2}

    def ask(connection: Connection) -> dict[str, object]:
        return {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in expected}

    assert await database.write(ask) == expected


async def test_settings_of_a_connection(database: Database) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5_000, "synchronous": 2}
    async with database.reading() as session:
        found = {name: (await session.execute(text(f"PRAGMA {name}"))).scalar() for name in expected}
    assert found == expected


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    insert = text("INSERT INTO audit_events (at, kind, tenant, details) VALUES ('2026-01-01', 'x', '', '{}')")
    with pytest.raises(ValueError):
        async with database.writing() as session:
            await session.execute(insert)
            raise ValueError
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM audit_events"))).scalar() == 0


async def test_writers_wait_for_each_other(database: Database) -> None:
    async def add_one() -> None:
        async with database.writing() as session:
            count = (await session.execute(text("SELECT count(*) FROM audit_events"))).scalar()
            await asyncio.sleep(0)
            await session.execute(
                text(
                    "INSERT INTO audit_events (at, kind, tenant, details) VALUES ('2026-01-01', :n, '', '{}')"
                ),
                {"n": str(count)},
            )

    await asyncio.gather(*(add_one() for _ in range(12)))
    async with database.reading() as session:
        kinds = (await session.execute(text("SELECT kind FROM audit_events"))).scalars().all()
    assert sorted(map(int, kinds)) == list(range(12))


async def test_errors_are_storage_errors_without_values(database: Database) -> None:
    with pytest.raises(StorageError) as caught:
        async with database.writing() as session:
            await session.execute(text("INSERT INTO legs (call) VALUES (:secret)"), {"secret": "s3cr3t"})
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not caught.value.retryable


async def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/none/pbx.db")
    with pytest.raises(StorageError):
        await database.migrate()
    await database.close()


def test_other_databases_are_refused() -> None:
    with pytest.raises(MisuseError):
        Database("postgresql://somewhere/pbx")


async def test_a_process_that_comes_before_the_migration_may_try_again(url: str) -> None:
    database = Database(url)
    with pytest.raises(StorageError) as caught:
        await AuditStore(database).list()
    assert caught.value.retryable
    await database.migrate()
    assert await AuditStore(database).list() == []
    await database.close()


async def test_several_processes_may_migrate_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(12)]
    await asyncio.gather(*(database.migrate() for database in databases))
    for database in databases:
        assert await AuditStore(database).list() == []
        await database.close()
