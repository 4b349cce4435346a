"""One recording whose media workers died one after the other: one object and one row, whatever dies when."""

import asyncio
import json
import os
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pbx.call.record import CallRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, SeededIds
from pbx.recording.clock import Look
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import journal_writer, kernel_clock
from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.finaliser import Finaliser
from pbx.recording.io.journal_parts import QUARANTINE, journals
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.reader import decrypt_wav, verify
from pbx.recording.journal import PARTED
from pbx.recording.manifest import schema
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.keys import StoreKeys
from tests.integration.finaliser_site import Site, open_site, order
from tests.integration.spare_site import finaliser as spare_finaliser
from tests.integration.spare_site import spare, until
from tests.recording.json_schema import faults

AT = datetime(2026, 1, 2, tzinfo=UTC)
RECORD = CallRecord(
    call=CallId("call-1"), tenant="acme", direction="inbound", called="1", caller_number="", offered_at=AT
)
FRAME = 160
MS = 1_000_000


class Died(BaseException):
    """The finaliser ends here."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


async def call(site: Site, *, is_over: bool) -> None:
    """Put on record that the call goes on, or is over."""
    keys = StoreKeys.load_or_create(site.root / "store-keys")
    record = replace(RECORD, ended_at=AT if is_over else None, recording="rec1", recording_state="recording")
    await CallStore(site.database, keys).save(record)


def clock(ahead_ns: int) -> Look:
    """The clocks of a machine on which the chapters are seconds apart."""
    now = kernel_clock.look()
    return Look(now.before_ns + ahead_ns, now.wall_ns + ahead_ns, now.after_ns + ahead_ns)


async def chapter(site: Site, number: int, *, how: str = "dies", spool: Path | None = None) -> Path:
    """Write half a second of a chapter, whose packets are all of its number; `how` it ends."""
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    folder = spool or site.spool
    reasons: list[str] = []
    asked = replace(order("rec1", *recipients), chapter=number)
    writer = JournalWriter.create(
        folder, asked, on_failure=reasons.append, clock=partial(clock, 2_000 * MS * number)
    )
    for n in range(25):
        header = struct.pack("!BBHII", 0x80, 0, n, FRAME * n, number)
        writer.packet(0, writer.origin_ns + n * 20 * MS, header + bytes([number]) * FRAME)
    until(lambda: not writer.queued, "it is not written")  # so that its end is in a record of its own
    if how == "drains":
        writer.note(PARTED, {"leg": "leg-1"}, writer.origin_ns + 500 * MS)
    writer.close(writer.origin_ns + 500 * MS)
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert reasons == []
    path = folder / (f"rec1.jrn-{number}" if number > 1 else "rec1.jrn")
    if how == "dies":
        os.truncate(path, path.stat().st_size - 5)
    return path


async def sound(site: Site) -> tuple[FinishedRecording, set[int]]:
    """The one row and object, and the chapters that are heard in it."""
    (row,) = await site.ledger.list()
    assert await site.objects_stored() == [row.object_key]
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    wav = await decrypt_wav(row, site.store, key)
    return row, {octet for octet in range(1, 20) if bytes([octet, 0xFF]) * FRAME in wav}


async def facts(site: Site) -> list[str]:
    return [fact.kind for _, fact in await AuditStore(site.database).list(100)]


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("REC-02")
async def test_a_recording_waits_for_its_call_and_is_one(site: Site) -> None:
    await call(site, is_over=False)
    one = site.finaliser()
    await chapter(site, 1)
    for now in (0.0, 5.0, 50.0):
        assert await one.scan(now) == 0
    assert one.alarms["recordings_stuck"] == ""
    await chapter(site, 2, how="drains")
    assert await one.scan(100.0) == 0
    await chapter(site, 3, how="is stopped")
    assert await one.scan(200.0) == 1
    row, heard = await sound(site)
    manifest = json.loads(row.manifest)
    assert (heard, row.recovered) == ({1, 2, 3}, True)
    assert list(faults(json.loads(schema()), manifest)) == []
    joints = [one["details"] for one in manifest["events"] if one["kind"] == "recording.continues"]
    assert joints == [
        {"chapter": "2", "cause": "worker_lost"},
        {"chapter": "3", "cause": "worker_drained"},
    ]
    assert {"worker_lost", "worker_drained"} <= {gap["cause"] for gap in manifest["gaps"]}
    assert 4500 <= row.duration_ms < 6500  # three chapters that begin two seconds apart
    assert not journals(site.spool) and await site.ledger.messages(["rec1"]) == frozenset()


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize("how", ["dies", "drains"])
async def test_a_chapter_whose_successor_never_came_is_finalised_when_the_call_is_over(
    site: Site, how: str
) -> None:
    await call(site, is_over=False)
    one = site.finaliser()
    await chapter(site, 1, how=how)
    assert await one.scan(0.0) == 0
    await call(site, is_over=True)
    assert await one.scan(1.5) == 1
    assert (await sound(site))[1] == {1}


@pytest.mark.requirement("R-12")
async def test_a_recording_whose_journal_failed_does_not_wait_for_its_call(site: Site) -> None:
    """Nobody begins another chapter of it; of one whose worker is silent, somebody may."""
    await call(site, is_over=False)
    await chapter(site, 1)
    one = site.finaliser()
    for number, known in enumerate(({"recording": "rec1"}, {"recording": "rec2", "chapter": "1"})):
        await failed(site, known)
        assert await one.scan(10.0 * number) == 0
    await failed(site, {"recording": "rec1", "chapter": "1"})
    assert await one.scan(100.0) == 1
    assert (await sound(site))[1] == {1}


async def failed(site: Site, known: dict[str, str]) -> None:
    """Put on record that a recording has failed."""
    fact = AuditFact(kind="recording.failed", call=RECORD.call, tenant="acme", details={**known})
    await AuditStore(site.database).append(fact, AT)


async def test_nothing_is_sealed_right_behind_the_last_packet(site: Site) -> None:
    """A chapter may be on its way to a slow disk while its call ends."""
    path = await chapter(site, 1)
    one = Finaliser(site.spool, site.vault, site.store, site.ledger, ids=SeededIds("f"))
    assert await one.scan(0.0) == 0
    then = path.stat().st_mtime - 3
    os.utime(path, (then, then))
    assert await one.scan(2.0) == 1


@pytest.mark.requirement("R-12")
async def test_a_call_that_was_never_closed_keeps_nothing_for_ever(site: Site) -> None:
    await call(site, is_over=False)
    path = await chapter(site, 1)
    day = path.stat().st_mtime - 27 * 3600
    os.utime(path, (day, day))
    assert await site.finaliser().scan(0.0) == 1


@pytest.mark.requirement("R-12")
async def test_the_finaliser_may_die_between_any_two_steps(site: Site) -> None:
    await chapter(site, 1)
    await chapter(site, 2, how="drains")
    await chapter(site, 3, how="is stopped")
    deaths = [*FAULT_POINTS, "after_delete_journal"]  # between the files, too
    for seed, point in enumerate(deaths):

        def fault(name: str, point: str = point) -> None:
            if name == point:
                raise Died

        one = site.finaliser(fault, seed=f"f{seed}")
        try:
            await one.scan(0.0)
        except Died:
            continue
    await site.finaliser(seed="last").scan(0.0)
    assert (await sound(site))[1] == {1, 2, 3}
    assert not list(site.spool.glob("rec1*"))
    assert (await facts(site)).count("recording.finished") == 1


async def test_a_successor_may_lie_in_the_spare_spool(site: Site) -> None:
    """While that disk is away, nobody takes what is here for the whole."""
    spare(site).mkdir(exist_ok=True)
    assert await spare_finaliser(site).scan(0.0) == 0  # they are a pair now
    await chapter(site, 1)
    await chapter(site, 2, how="is stopped", spool=spare(site))
    spare(site).rename(site.root / "kept")
    one = spare_finaliser(site)
    assert await one.scan(0.0) == 0 and await one.scan(2000.0) == 0
    (site.root / "kept").rename(spare(site))
    assert await one.scan(2001.0) == 1
    assert (await sound(site))[1] == {1, 2}


@pytest.mark.parametrize("which", [1, 2])
async def test_a_chapter_that_nobody_can_open_is_put_aside_and_the_others_are_stored(
    site: Site, which: int
) -> None:
    paths = [await chapter(site, 1), await chapter(site, 2, how="is stopped")]
    paths[which - 1].write_bytes(b"x" * 5000)
    assert await site.finaliser().scan(0.0) == 1
    row, heard = await sound(site)
    assert heard == {3 - which}
    assert f"chapter {which}" in json.loads(row.manifest)["damage"]["reason"]
    assert [path.name for path in (site.spool / QUARANTINE).iterdir()] == [paths[which - 1].name]
    assert "recording.unreadable" in await facts(site)


@pytest.mark.requirement("R-13")
async def test_a_chapter_that_comes_behind_the_row_is_kept_for_a_human(site: Site) -> None:
    await chapter(site, 1)
    one = site.finaliser()
    assert await one.scan(0.0) == 1
    late = await chapter(site, 2, how="is stopped")
    assert await one.scan(10.0) == 1
    assert (site.spool / QUARANTINE / late.name).exists()
    assert (await sound(site))[1] == {1}
    assert "recording.unreadable" in await facts(site)


async def test_a_chapter_of_another_call_spoils_nothing(site: Site) -> None:
    """Its key header names another recording: the vault does not open it."""
    other = await chapter(site, 1)
    other.rename(site.spool / "kept")
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    writer = JournalWriter.create(
        site.spool, replace(order("rec2", *recipients), chapter=2), on_failure=lambda _: None
    )
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    (site.spool / "rec2.jrn-2").rename(site.spool / "rec1.jrn-2")
    (site.spool / "kept").rename(site.spool / "rec1.jrn")
    assert await site.finaliser().scan(0.0) == 1
    assert (await sound(site))[1] == {1}
