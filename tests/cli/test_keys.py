"""`pbx keys rotate` over a real vault, a real recording and real journals."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import text

from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.age import parse_header, parse_identity, unwrap_header
from pbx.recording.io import journal_writer
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.journal import split_journal
from pbx.recording.vault_messages import AskNewEpoch, EpochsAre
from pbx.store.audit import AuditStore
from pbx.store.database import Database

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


@pytest.fixture
def old_identity(places: Places, recording: str, tmp_path: Path) -> Path:
    """A copy of the identity that the recording was made for, as a thief may have one."""
    return Path(shutil.copy(places.vault_keys / "acme.age", tmp_path / "stolen"))


async def exported(pbx: Pbx, out: Path) -> bytes:
    out.unlink(missing_ok=True)
    assert (await pbx("recordings", "export", "rec-1", "--purpose", "audit", "--out", str(out))).code == 0
    return out.read_bytes()


def opened(sealed: bytes, key: Path) -> bytes:
    return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(key.read_text().strip())]))


def objects(places: Places) -> dict[Path, tuple[bytes, int]]:
    found = [path for path in (places.var / "objects").rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


async def journal(places: Places, vault: VaultClient, recording: str = "rec-2") -> Path:
    """A journal that nobody finishes."""
    recipients = await vault.recipients("acme")
    assert isinstance(recipients, tuple)
    order = StartRecording(
        recording=RecordingId(recording),
        leg=LegId("leg-1"),
        tenant="acme",
        call=CallId("call-2"),
        kind="call",
        recipients=recipients,
        started_at="2026-01-02T03:04:05+00:00",
    )
    JournalWriter.create(places.spool, order, on_failure=pytest.fail).close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    return places.spool / f"{recording}.jrn"


@pytest.mark.requirement("E-08")
async def test_after_a_rotation_the_old_identity_opens_nothing(
    pbx: Pbx, places: Places, old_identity: Path, tmp_path: Path, database: Database
) -> None:
    before = objects(places)
    assert opened(await exported(pbx, tmp_path / "a.age"), old_identity)[:4] == b"RIFF"
    said = await pbx("keys", "rotate", "acme", "--json", "--purpose", "yearly")
    assert (said.code, said.err) == (0, "")
    report = said.json
    assert (report["epoch"], report["rewrapped"], report["destroyed"]) == (2, 1, [1])
    assert (report["finished"], report["why"]) == (True, "")
    sealed = await exported(pbx, tmp_path / "a.age")
    with pytest.raises(pyrage.DecryptError):
        opened(sealed, old_identity)
    assert opened(sealed, places.vault_keys / "acme@2.age")[:4] == b"RIFF"
    assert not (places.vault_keys / "acme.age").exists()
    assert objects(places) == before
    assert (await pbx("recordings", "verify", "rec-1")).out == "rec-1: yes\n"
    facts = [fact.kind for _, fact in await AuditStore(database).list() if fact.kind.startswith("keys.")]
    assert facts == ["keys.epochs_destroyed", "keys.rewrapped", "keys.epoch_begun"]


@pytest.mark.requirement("E-08")
async def test_a_rotation_that_was_killed_before_it_could_say_so_is_on_the_record_in_the_end(
    pbx: Pbx, places: Places, recording: str, vault: VaultClient, database: Database
) -> None:
    """Twice: the vault has made the epoch, or has destroyed the old one, and nobody has said it."""

    async def kinds() -> list[str]:
        facts = [fact.kind for _, fact in reversed(await AuditStore(database).list())]
        return [kind for kind in facts if kind.startswith("keys.")]

    asked = AskNewEpoch(tenant="acme", actor="ada", purpose="yearly")
    assert isinstance(await vault.epochs(asked), EpochsAre)
    waiting = await journal(places, vault)
    stays = await pbx("keys", "rotate", "acme", "--json")
    assert (stays.code, stays.json["epoch"]) == (0, 2)  # the journal is of the new epoch already
    waiting.unlink()
    whole = ["keys.epoch_begun", "keys.rewrapped", "keys.epochs_destroyed"]
    assert await kinds() == whole
    say = AuditStore(database).append
    await say(AuditFact(kind="keys.epoch_begun", tenant="acme", details={"epoch": 2}), utc_now())
    again = await pbx("keys", "rotate", "acme", "--json")
    assert (again.code, again.json["epoch"], again.json["destroyed"]) == (0, 2, [])
    assert await kinds() == [*whole, *whole]
    third = await pbx("keys", "rotate", "acme", "--json")
    assert (third.code, third.json["epoch"], third.json["destroyed"]) == (0, 3, [2])


@pytest.mark.requirement("E-08")
async def test_a_journal_in_the_spool_keeps_the_old_identity(
    pbx: Pbx, places: Places, recording: str, vault: VaultClient
) -> None:
    waiting = await journal(places, vault)
    said = await pbx("keys", "rotate", "acme", "--json")
    assert (said.code, said.json["destroyed"], said.json["finished"]) == (1, [], False)
    assert said.json["waiting"] == {"headers": 0, "journals": 1, "calls": 0}
    assert (places.vault_keys / "acme.age").exists()
    waiting.unlink()
    again = await pbx("keys", "rotate", "acme", "--json")
    assert (again.code, again.json["epoch"], again.json["destroyed"]) == (0, 2, [1])


@pytest.mark.requirement("E-08")
async def test_a_quarantined_journal_is_re_wrapped(
    pbx: Pbx, places: Places, recording: str, vault: VaultClient, old_identity: Path
) -> None:
    waiting = await journal(places, vault)
    aside = places.spool / "quarantine" / waiting.name
    aside.parent.mkdir()
    waiting.rename(aside)
    before = aside.read_bytes()
    said = await pbx("keys", "rotate", "acme", "--json")
    assert (said.code, said.json["rewrapped_in_quarantine"]) == (0, 1)
    after = aside.read_bytes()
    assert after != before
    assert after[-40:] == before[-40:]
    assert [path.name for path in aside.parent.iterdir()] == [aside.name]
    header = parse_header(split_journal(after)[0])
    old, new = (
        parse_identity(Secret(path.read_text().strip()))
        for path in (old_identity, places.vault_keys / "acme@2.age")
    )
    assert unwrap_header(header, [old]) is None
    assert unwrap_header(header, [new]) is not None


@pytest.mark.requirement("E-08")
async def test_a_call_that_knows_the_old_recipients_keeps_the_old_identity(
    pbx: Pbx, places: Places, recording: str, database: Database
) -> None:
    """A child process stands in for the PBX that serves: it answers a reload as that does."""
    code = (
        "import signal,sys,time,pathlib,json\n"
        "def hup(*_):\n"
        f" pathlib.Path({str(places.reloaded)!r}).write_text(json.dumps("
        "{'began_ns': time.time_ns(), 'errors': []}))\n"
        "signal.signal(signal.SIGHUP, hup)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    process = await asyncio.create_subprocess_exec(
        shutil.which("python3") or "python3", "-c", code, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    places.ready.write_text(str(process.pid))
    insert = (
        "INSERT INTO calls (call, tenant, direction, called, offered_at, ended_at, ended_by, cause, route,"
        " recording, recording_state, recording_reason, consents, verification, customer) VALUES"
        " ('c9', 'acme', 'inbound', x'00', '2026-01-02 00:00:00', NULL, '', '', '', '', '', '', '[]', '', '')"
    )
    async with database.writing() as session:
        await session.execute(text(insert))
    try:
        said = await pbx("keys", "rotate", "acme", "--json")
        assert (said.code, said.json["waiting"]) == (1, {"headers": 0, "journals": 0, "calls": 1})
        async with database.writing() as session:
            await session.execute(text("UPDATE calls SET ended_at = '2026-01-02 01:00:00'"))
        again = await pbx("keys", "rotate", "acme", "--json")
        assert (again.code, again.json["destroyed"]) == (0, [1])
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.mark.requirement("E-08")
async def test_a_header_that_is_refused_keeps_the_old_identity(
    pbx: Pbx, places: Places, recording: str, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(text("UPDATE recording_keys SET header = x'00'"))
    said = await pbx("keys", "rotate", "acme", "--json")
    assert (said.code, said.json["refused"], said.json["waiting"]["headers"]) == (1, ["rec-1"], 1)
    assert (places.vault_keys / "acme.age").exists()


async def test_a_tenant_without_recordings_gets_its_first_identity(
    pbx: Pbx, places: Places, database: Database, vault: VaultClient
) -> None:
    said = await pbx("keys", "rotate", "acme", "--json")
    assert (said.code, said.json["epoch"], said.json["finished"]) == (0, 1, True)


async def test_a_rotation_needs_a_tenant_and_a_purpose(pbx: Pbx, vault: VaultClient) -> None:
    assert (await pbx("keys", "rotate", "nobody")).code == 1
    assert (await pbx("keys", "rotate", "acme", "--purpose", " ")).code == 2
    assert (await pbx("keys", "rotate", "acme", "--purpose", "p" * 129)).code == 2


@pytest.mark.requirement("E-09")
async def test_after_a_shred_no_file_holds_the_key(
    pbx: Pbx, places: Places, recording: str, database: Database
) -> None:
    async with database.reading() as session:
        header: bytes = (await session.execute(text("SELECT header FROM recording_keys"))).scalar_one()
    lines = [line for line in header.split(b"\n") if len(line) >= 43]
    aside = places.spool / "quarantine" / "rec-1.jrn"
    aside.parent.mkdir()
    aside.write_bytes(header)
    before = objects(places)

    def holders() -> set[str]:
        files = [path for path in places.var.rglob("*") if path.is_file()]
        return {path.name for path in files if any(line in path.read_bytes() for line in lines)}

    assert holders() >= {"rec-1.jrn"}
    assert len(holders()) > 1
    said = await pbx("keys", "shred", recording, "--purpose", "erasure 12", "--json")
    assert (said.code, said.err) == (0, "")
    assert holders() == set()
    assert objects(places) == before
    gone = await pbx("recordings", "export", recording, "--purpose", "audit", "--out", str(places.var / "x"))
    assert gone.code == 1
    facts = [fact for _, fact in await AuditStore(database).list()]
    (fact,) = [one for one in facts if one.kind.startswith("recording.shred")]
    assert (fact.kind, fact.details["purpose"]) == ("recording.shredded", "erasure 12")
    assert (await pbx("keys", "shred", recording, "--purpose", "again")).code == 1


async def test_a_recording_with_a_journal_in_the_spool_is_not_shredded(
    pbx: Pbx, places: Places, recording: str
) -> None:
    (places.spool / "rec-1.jrn").write_bytes(b"")
    assert (await pbx("keys", "shred", recording, "--purpose", "erasure")).code == 1
    assert (await pbx("recordings", "show", recording)).code == 0
