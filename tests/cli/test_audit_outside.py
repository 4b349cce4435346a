"""A log that was rewritten with all that the machine has signed is found by what is kept outside."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pbx.cli.site import site
from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.ids import SeededIds
from pbx.core.io.clock import utc_now
from pbx.recording.io.log_keeper import INTERVAL_S, LogKeeper
from pbx.recording.io.object_store import Lock
from pbx.recording.io.outside_checkpoints import LATE, OutsideCheckpoints
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.log import tree_of
from pbx.recording.vault_messages import AskCheckpoint, CheckpointSigned
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.checkpoint_copies import CheckpointCopies
from pbx.store.database import Database
from tests.cli.test_audit import raw

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
pytestmark = [pytest.mark.requirement("E-13"), pytest.mark.requirement("E-14")]


async def grow(log: AuditLog, database: Database, keeper: LogKeeper, *sizes: int) -> None:
    """Bring the log to each of these sizes and have it signed there."""
    for size in sizes:
        for n in range(await log.size(), size):
            await AuditStore(database).append(AuditFact(kind="test", details={"n": n}), AT)
        await keeper.tick(size * 1000.0)
        await keeper.tick(size * 1000.0 + INTERVAL_S)


async def carry(places: Places, database: Database) -> int:
    place = site(places.base / "config")
    copies, store = CheckpointCopies(database), place.checkpoints()
    outside = OutsideCheckpoints.over(
        copies, store, place.checkpoints_name, ids=SeededIds("outside"), lock=Lock()
    )
    return await outside.tick(0.0, utc_now())


@pytest.fixture
async def log(database: Database, vault: VaultClient, places: Places) -> AuditLog:
    """A log of eight entries that was signed at four and at eight; both notes are outside."""
    log = AuditLog(database)
    await grow(log, database, LogKeeper.over(log, vault), 4, 8)
    assert await carry(places, database) == 2
    return log


def notes(places: Places) -> list[Path]:
    return sorted((places.var / "checkpoints").rglob("*.note"))


async def findings(pbx: Pbx, *words: str) -> list[str]:
    said = await pbx("audit", "verify", "--json", *words)
    assert said.code == int(not said.json["ok"])
    return [one["what"] for one in said.json["findings"]]


async def rewrite(places: Places, database: Database) -> None:
    """Whoever owns the machine writes another log and has it signed, with the vault's own key."""
    with raw(places) as connection:
        for table in ("audit_events", "audit_leaves", "audit_checkpoints"):
            connection.execute(f"DELETE FROM {table}")
    places.vault_audit.unlink()
    log = AuditLog(database)
    for n in range(9):
        await AuditStore(database).append(AuditFact(kind="test", details={"n": 100 + n}), AT)
    forger = Vault(KeyDirectory(places.vault_keys), places.vault_audit)
    for size in (4, 9):
        tree = tree_of((await log.entries(0))[:size])
        ask = AskCheckpoint(size=size, root=tree.root(), path=tree.consistency(4, 9) if size == 9 else ())
        note = forger.answer(ask)
        assert isinstance(note, CheckpointSigned)
        await log.keep_note(size, note.note, AT)


async def test_a_log_that_agrees_with_its_copies_outside(pbx: Pbx, log: AuditLog) -> None:
    said = await pbx("audit", "verify")
    assert (said.code, said.out) == (0, "yes: 8 entries, 8 of them signed, 2 checkpoints outside\n")


async def test_a_fork_with_its_own_signatures_is_found_outside(
    pbx: Pbx, log: AuditLog, places: Places, database: Database
) -> None:
    await rewrite(places, database)
    assert await findings(pbx, "--local") == []  # nothing on this machine tells
    said = await pbx("audit", "verify")
    assert (said.code, said.out.splitlines()[0]) == (
        1,
        "forked at 0: entries 0 to 3 are not those that were signed",
    )
    # The forger's notes go outside as well; what was there before them stays, and still tells.
    await carry(places, database)
    assert "forked" in await findings(pbx)


async def test_a_log_that_was_cut_and_signed_anew_is_found_outside(
    pbx: Pbx, log: AuditLog, places: Places
) -> None:
    with raw(places) as connection:
        for table, column in (("audit_events", "id - 1"), ("audit_leaves", "position")):
            connection.execute(f"DELETE FROM {table} WHERE {column} >= 4")
        connection.execute("DELETE FROM audit_checkpoints WHERE size > 4")
    lines = places.vault_audit.read_bytes().splitlines(keepends=True)
    places.vault_audit.write_bytes(
        b"".join(line for line in lines if b'"size":8' not in line.replace(b" ", b""))
    )
    assert "deleted" in await findings(pbx)
    assert await findings(pbx, "--local") == []


async def test_what_was_outside_and_is_gone_is_told(pbx: Pbx, log: AuditLog, places: Places) -> None:
    notes(places)[0].unlink()
    said = await pbx("audit", "verify")
    text = "deleted: the checkpoint over 4 entries has been outside, and is not there any more"
    assert (said.code, said.out.splitlines()[0]) == (1, text)


async def test_what_somebody_has_put_there_is_told(pbx: Pbx, log: AuditLog, places: Places) -> None:
    first, second = notes(places)
    strange = first.with_name("README")
    strange.write_text("hello")
    forged = first.with_name(f"{6:019d}-{'0' * 64}.note")
    forged.write_bytes(second.read_bytes())
    assert await findings(pbx) == ["unsigned note", "unsigned note"]


async def test_a_store_that_cannot_be_read_is_no_yes(
    pbx: Pbx, log: AuditLog, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = places.var / "checkpoints"
    settings = places.base / "config" / "pbx.yaml"
    keys = ", ".join(f"{name}: {settings}" for name in ("access_key_file", "secret_key_file"))
    nobody = f"{{kind: s3, endpoint: 'http://127.0.0.1:9', bucket: far, {keys}}}"
    settings.write_text(f"{settings.read_text()}\naudit: {{checkpoints: {nobody}}}\n")
    said = await pbx("audit", "verify")
    assert said.code == 1
    assert said.out.startswith(
        "outside unreadable: s3:http://127.0.0.1:9/far: the object store does not answer"
    )
    assert await findings(pbx, "--local") == []
    assert folder.is_dir()


async def test_status_tells_how_far_the_copies_are(
    pbx: Pbx, log: AuditLog, places: Places, database: Database
) -> None:
    status = (await pbx("status", "--json")).json
    assert status["checkpoint_outside"].endswith("UTC, over 8 entries")
    assert status["checkpoints_waiting"] == 0
    await log.keep_note(9, b"note", utc_now())
    status = (await pbx("status", "--json")).json
    assert (status["checkpoint_outside"][:4] != "late", status["checkpoints_waiting"]) == (True, 1)
    await log.keep_note(10, b"note", utc_now() - LATE - timedelta(seconds=1))
    assert (await pbx("status", "--json")).json["checkpoint_outside"].startswith("late: ")
    async with database.writing() as session:
        await session.execute(text("DELETE FROM checkpoint_copies"))
    assert (await pbx("status", "--json")).json["checkpoint_outside"] == "late: none yet"
