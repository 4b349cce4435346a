"""The log over the audit facts, on a real database."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError, StorageError
from pbx.core.ids import CallId
from pbx.recording.log import commitment
from pbx.recording.log_entry import payload
from pbx.store.audit import AuditStore
from pbx.store.audit_log import ERASED, MAX_BATCH, AuditLog, Leaf, StoredCheckpoint
from pbx.store.database import MIGRATIONS, Database

AT = datetime(2026, 11, 28, 12, 0, 0, 5, tzinfo=UTC)


def fact(n: int) -> AuditFact:
    return AuditFact(kind="test", call=CallId(f"c{n}"), tenant="acme", details={"n": n, "deep": None})


def commits(leaf: Leaf) -> bool:
    assert leaf.salt is not None
    assert leaf.fact is not None
    said, at = leaf.fact
    return commitment(leaf.salt, payload(leaf.position, at, said)) == leaf.entry


@pytest.mark.requirement("E-13")
async def test_every_fact_has_its_entry(database: Database) -> None:
    store, log = AuditStore(database), AuditLog(database)
    await store.append(fact(0), AT)
    await database.write(lambda connection: store.append_all(connection, [(fact(1), AT), (fact(2), AT)]))
    leaves = await log.leaves(0)
    assert [leaf.position for leaf in leaves] == [0, 1, 2]
    assert [leaf.fact for leaf in leaves] == [(fact(n), AT) for n in range(3)]
    assert all(map(commits, leaves))
    assert len({leaf.salt for leaf in leaves}) == 3
    assert await log.size() == 3
    assert await log.entries(1) == [leaf.entry for leaf in leaves[1:]]
    assert await log.entries(1, limit=1) == [leaves[1].entry]
    assert await log.strays() == []


async def test_an_empty_log(database: Database) -> None:
    log = AuditLog(database)
    assert (await log.size(), await log.leaves(0), await log.checkpoints(), await log.newest()) == (
        0,
        [],
        [],
        None,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET kind = 'x'",
        "DELETE FROM audit_events",
        "UPDATE audit_leaves SET entry = x'00'",
        "UPDATE audit_leaves SET position = 7",
        "UPDATE audit_leaves SET salt = x'00'",
        "DELETE FROM audit_leaves",
        "UPDATE audit_checkpoints SET note = x'00'",
        "DELETE FROM audit_checkpoints",
    ],
)
async def test_the_tables_are_append_only(database: Database, statement: str) -> None:
    await AuditStore(database).append(fact(0), AT)
    await AuditLog(database).keep_note(1, b"note", AT)
    with pytest.raises(StorageError):
        await database.write(lambda connection: connection.execute(text(statement)))


async def test_a_fact_that_went_past_the_log_is_a_stray(database: Database) -> None:
    insert = "INSERT INTO audit_events (at, kind, tenant, details) VALUES ('2026-01-01', 'x', '', '{}')"
    await AuditStore(database).append(fact(0), AT)
    await database.write(lambda connection: connection.execute(text(insert)))
    await AuditStore(database).append(fact(1), AT)
    assert await AuditLog(database).strays() == [2]
    assert [leaf.event for leaf in await AuditLog(database).leaves(0)] == [1, 3]


@pytest.mark.requirement("E-13")
async def test_what_is_erased_is_gone_and_named(database: Database, tmp_path: Path) -> None:
    store, log = AuditStore(database), AuditLog(database)
    for n in range(3):
        await store.append(fact(n), AT)
    before = await log.entries(0)
    await log.erase([1], "request 7", AT)
    assert (await log.entries(0))[:3] == before
    leaves = await log.leaves(0)
    assert (leaves[1].salt, leaves[1].fact) == (None, None)
    assert leaves[3].fact == (AuditFact(kind=ERASED, details={"position": 1, "reason": "request 7"}), AT)
    assert [fact.details.get("n") for _, fact in await store.list()] == [None, 2, 0]


async def test_the_id_of_an_erased_fact_is_never_given_again(database: Database) -> None:
    store, log = AuditStore(database), AuditLog(database)
    await store.append(fact(0), AT)
    await log.erase([0], "request", AT)
    assert [leaf.event for leaf in await log.leaves(0)] == [1, 2]


async def test_so_many_are_erased_at_once_and_not_more(database: Database) -> None:
    log = AuditLog(database)
    await log.erase(range(5, 5 + MAX_BATCH), "nothing is there", AT)
    with pytest.raises(MisuseError):
        await log.erase(range(MAX_BATCH + 1), "too many", AT)


async def test_checkpoints_come_back_in_order_and_once(database: Database) -> None:
    log = AuditLog(database)
    two, ten = (StoredCheckpoint(size=size, note=b"%d" % size, at=AT) for size in (2, 10))
    for size, note in ((10, b"10"), (2, b"2"), (2, b"another")):
        await log.keep_note(size, note, AT)
    assert await log.checkpoints() == [two, ten]
    assert await log.newest() == ten


async def test_facts_of_earlier_versions_become_the_first_entries(tmp_path: Path, url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path}/pbx.db")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "pbx.db")) as raw:
        raw.execute(
            "INSERT INTO audit_events (id, at, kind, call, tenant, details)"
            " VALUES (4, '2026-11-28 12:00:00.000005', 'test', 'c1', 'acme', '{\"n\": 1, \"deep\": null}')"
        )
        raw.commit()
    database = Database(url)
    await database.migrate()
    await AuditStore(database).append(fact(2), AT)
    leaves = await AuditLog(database).leaves(0)
    assert [(leaf.position, leaf.event, leaf.fact) for leaf in leaves] == [
        (0, 4, (fact(1), AT)),
        (1, 5, (fact(2), AT)),
    ]
    assert all(map(commits, leaves))
    await database.close()
