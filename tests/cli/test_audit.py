"""`pbx audit verify` against a real database that somebody has been at."""

import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.site import site
from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.recording.io.log_keeper import INTERVAL_S, LogKeeper
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.log import commitment, tree_of
from pbx.recording.log_entry import payload
from pbx.recording.vault_messages import AskCheckpoint, Refused
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.database import Database

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SIZE = 12  # entries that are signed; two more are not


@pytest.fixture
async def log(database: Database, vault: VaultClient) -> AuditLog:
    """A log of which a checkpoint was signed after 6 and after 12 of its 14 entries."""
    store, log = AuditStore(database), AuditLog(database)
    keeper = LogKeeper.over(log, vault)
    for n in range(SIZE + 2):
        await store.append(AuditFact(kind="test", tenant="acme", details={"n": n}), AT)
        if n + 1 in (SIZE // 2, SIZE):
            await keeper.tick(n * 1000.0)
            await keeper.tick(n * 1000.0 + INTERVAL_S)
    return log


@contextmanager
def raw(places: Places) -> Iterator[sqlite3.Connection]:
    """The database in the hands of its administrator, who takes the guards off."""
    with closing(sqlite3.connect(site(places.base / "config").database_file)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.commit()


async def found(pbx: Pbx) -> list[tuple[str, int | None]]:
    said = await pbx("audit", "verify", "--json")
    assert (said.code, said.json["ok"], said.err) == (1, False, "")
    return [(one["what"], one["index"]) for one in said.json["findings"]]


@pytest.mark.requirement("E-13")
async def test_a_whole_log(pbx: Pbx, log: AuditLog, vault: VaultClient) -> None:
    said = await pbx("audit", "verify")
    whole = "yes: 14 entries, 12 of them signed, 0 checkpoints outside\n"
    assert (said.code, said.out, said.err) == (0, whole, "")
    key = await vault.public_key()
    assert isinstance(key, bytes)
    said = await pbx("audit", "verify", "--json", "--public-key", key.hex())
    assert said.json == {"ok": True, "entries": 14, "signed": 12, "outside": 0, "findings": []}


@pytest.mark.requirement("E-13")
async def test_what_was_erased_still_verifies(pbx: Pbx, log: AuditLog) -> None:
    await log.erase([3, 7], "request 7", AT)
    assert (await pbx("audit", "verify")).out == "yes: 16 entries, 12 of them signed, 0 checkpoints outside\n"


@pytest.mark.requirement("E-13")
async def test_alteration(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("UPDATE audit_events SET details = '{\"n\": 99}' WHERE id = 5")
    assert await found(pbx) == [("altered", 4)]
    said = await pbx("audit", "verify")
    assert said.out.splitlines()[0] == "altered at 4: the fact is not the one that was committed to"
    assert said.out.splitlines()[-1] == "no: 14 entries, 12 of them signed, 0 checkpoints outside"


@pytest.mark.requirement("E-13")
async def test_an_alteration_with_a_new_commitment(pbx: Pbx, log: AuditLog, places: Places) -> None:
    """Who knows our code makes the entry fit; then the signatures tell between which two it was."""
    changed = payload(8, AT, AuditFact(kind="test", tenant="acme", details={"n": 99}))
    with raw(places) as connection:
        connection.execute("UPDATE audit_events SET details = '{\"n\": 99}' WHERE id = 9")
        (salt,) = connection.execute("SELECT salt FROM audit_leaves WHERE position = 8").fetchone()
        connection.execute(
            "UPDATE audit_leaves SET entry = ? WHERE position = 8", (commitment(salt, changed),)
        )
    assert ("forked", SIZE // 2) in await found(pbx)


@pytest.mark.requirement("E-13")
async def test_a_fact_that_is_deleted(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("DELETE FROM audit_events WHERE id = 5")
    assert await found(pbx) == [("deleted", 4)]


@pytest.mark.requirement("E-13")
async def test_a_fact_that_is_deleted_as_if_erased(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("DELETE FROM audit_events WHERE id = 5")
        connection.execute("UPDATE audit_leaves SET salt = NULL WHERE position = 4")
    assert await found(pbx) == [("deleted", 4)]


@pytest.mark.requirement("E-13")
async def test_an_entry_that_is_deleted(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("DELETE FROM audit_events WHERE id = 5")
        connection.execute("DELETE FROM audit_leaves WHERE position = 4")
    assert ("deleted", 4) in await found(pbx)


@pytest.mark.requirement("E-13")
async def test_an_entry_that_is_deleted_and_the_rest_moved_up(
    pbx: Pbx, log: AuditLog, places: Places
) -> None:
    with raw(places) as connection:
        connection.execute("DELETE FROM audit_events WHERE id = 5")
        connection.execute("DELETE FROM audit_leaves WHERE position = 4")
        connection.execute("UPDATE audit_leaves SET position = position - 1 WHERE position > 4")
    assert ("deleted", 4) in await found(pbx)


@pytest.mark.requirement("E-13")
async def test_the_end_that_is_deleted(pbx: Pbx, log: AuditLog, places: Places) -> None:
    """Nothing in the database says what was there: the vault's own record does."""
    with raw(places) as connection:
        connection.execute("DELETE FROM audit_events WHERE id > 8")
        connection.execute("DELETE FROM audit_leaves WHERE position > 7")
        connection.execute("DELETE FROM audit_checkpoints WHERE size > 7")
    assert await found(pbx) == [("deleted", 8)]


@pytest.mark.requirement("E-13")
async def test_a_fact_that_is_inserted(pbx: Pbx, log: AuditLog, places: Places) -> None:
    insert = "INSERT INTO audit_events (at, kind, tenant, details) VALUES ('2026-01-01', 'x', '', '{}')"
    with raw(places) as connection:
        connection.execute(insert)
    assert await found(pbx) == [("inserted", None)]


@pytest.mark.requirement("E-13")
async def test_an_entry_that_is_inserted_and_fits(pbx: Pbx, log: AuditLog, places: Places) -> None:
    said = payload(4, AT, AuditFact(kind="x"))
    with raw(places) as connection:
        for position in range(SIZE + 1, 3, -1):
            connection.execute(
                "UPDATE audit_leaves SET position = ? WHERE position = ?", (position + 1, position)
            )
        connection.execute(
            "INSERT INTO audit_events (id, at, kind, tenant, details) VALUES (99, ?, 'x', '', '{}')",
            (AT.strftime("%Y-%m-%d %H:%M:%S.%f"),),
        )
        connection.execute(
            "INSERT INTO audit_leaves (position, entry, event, salt) VALUES (4, ?, 99, ?)",
            (commitment(b"s", said), b"s"),
        )
    assert ("inserted", 4) in await found(pbx)


@pytest.mark.requirement("E-13")
@pytest.mark.parametrize("table", ["audit_events", "audit_leaves"])
async def test_reordering(pbx: Pbx, log: AuditLog, places: Places, table: str) -> None:
    column, first = ("id", 5) if table == "audit_events" else ("position", 4)
    with raw(places) as connection:
        for old, new in ((first, 1000), (first + 3, first), (1000, first + 3)):
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))
    indices = [index for _, index in await found(pbx)]
    assert 4 in indices


@pytest.mark.requirement("E-13")
async def test_a_fork(pbx: Pbx, log: AuditLog, places: Places, vault: VaultClient) -> None:
    """Another log in its place, whole in itself, with the checkpoints taken out."""
    with raw(places) as connection:
        for table in ("audit_events", "audit_leaves", "audit_checkpoints"):
            connection.execute(f"DELETE FROM {table}")
    async with site(places.base / "config").database() as database:
        for n in range(SIZE + 2):
            await AuditStore(database).append(AuditFact(kind="test", details={"n": n}), AT)
        entries = await AuditLog(database).entries(0)
    assert ("forked", 0) in await found(pbx)
    tree = tree_of(entries)
    ask = AskCheckpoint(size=SIZE + 2, root=tree.root(), path=tree.consistency(SIZE, SIZE + 2))
    assert await vault.checkpoint(ask) == Refused(reason="not_consistent")


async def test_a_note_that_nobody_has_signed(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("UPDATE audit_checkpoints SET note = 'rubbish' WHERE size = 6")
    assert await found(pbx) == [("unsigned note", 0)]


async def test_the_vault_s_record_is_a_chain(pbx: Pbx, log: AuditLog, places: Places) -> None:
    lines = places.vault_audit.read_bytes().splitlines(keepends=True)
    places.vault_audit.write_bytes(lines[1])
    said = await pbx("audit", "verify")
    assert (said.code, said.out.splitlines()[0]) == (
        1,
        "altered: the vault's record, line 1: it does not follow the line before",
    )


async def test_a_key_that_is_none(pbx: Pbx, database: Database, tmp_path: Path) -> None:
    for text in ("xy", "00"):
        assert (await pbx("audit", "verify", "--public-key", text)).code == 2


async def test_a_row_that_cannot_be_read(pbx: Pbx, log: AuditLog, places: Places) -> None:
    with raw(places) as connection:
        connection.execute("UPDATE audit_events SET details = '{' WHERE id = 6")
    said = await pbx("audit", "verify")
    assert (said.code, said.err) == (1, "pbx: a row of the log at or after index 0 cannot be read at all\n")
