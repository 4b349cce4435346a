"""From master to playback copy: killed between every two steps, beside a full disk, beside masters."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import text
from structlog.testing import capture_logs

from pbx.core.ids import SeededIds
from pbx.core.io.alarms import Settle, settle_nowhere
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.erasure import Extent
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.opened import stores
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import copy_keeper, copy_reader
from pbx.recording.io.copy_keeper import CopyKeeper, Turn
from pbx.recording.io.copy_maker import FAULT_POINTS, CopyMaker
from pbx.recording.io.reader import plain_pieces
from pbx.recording.io.reconcile import reconcile
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.playback_copy import PlaybackCopy
from pbx.store.audit import AuditStore
from pbx.store.erasures import Wish
from pbx.store.playback_copies import SqlCopyLedger
from tests.integration.finaliser_site import Site, by_pyrage, check_stored, journal, open_site
from tests.integration.small_disk import small_disk

WISH = Wish(recording="rec1", ground="request", reason="asked for", actor="ada")


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """One finished recording, whose first channel is loud and whose second is silent."""
    async with open_site(tmp_path) as one:
        await journal(one, "rec1")
        assert await one.finaliser().scan(0.0) == 1
        yield one


def maker(site: Site, fault: Callable[[str], None] = lambda _point: None, seed: str = "m") -> CopyMaker:
    ledger = SqlCopyLedger(site.database)
    ids = SeededIds(seed)
    return CopyMaker(site.spool, site.vault, site.store, ledger, ids=ids, actor="test", fault=fault)


def murderer(point: str) -> Callable[[str], None]:
    def fault(name: str) -> None:
        if name == point:
            raise Killed(name)

    return fault


def keeper(
    site: Site,
    made_by: CopyMaker | None = None,
    turn: Turn | None = None,
    settle: Settle = settle_nowhere,
) -> CopyKeeper:
    """With no turn to wait for it is always its own."""
    if turn is None:
        turn = Turn()
        turn.idle.set()
    ledger = SqlCopyLedger(site.database)
    return CopyKeeper(made_by or maker(site), ledger, [site.spool], turn, ids=SeededIds("k"), settle=settle)


async def facts(site: Site, kind: str) -> list[dict[str, object]]:
    return [dict(fact.details) for _, fact in await AuditStore(site.database).list() if fact.kind == kind]


async def check_copy(site: Site, recording: str = "rec1") -> tuple[FinishedRecording, PlaybackCopy, bytes]:
    """The one copy opens with its own key, here and by a stranger's tool, and sounds as the master does."""
    row, copy = await check_stored(site, recording), await SqlCopyLedger(site.database).get(recording)
    assert copy is not None
    key = await site.key(replace(row, header=copy.header))
    assert await copy_reader.problems(copy, site.store, key) == ()
    opus = b"".join([piece async for piece in plain_pieces(copy, site.store, key)])
    stranger = replace(row, header=copy.header)
    assert by_pyrage(site, stranger, await site.store.read(copy.object_key)) == opus
    sound, rate = soundfile.read(io.BytesIO(opus))
    assert sound.shape == (manifest.sound(row.manifest).samples, 2) and rate == 8000
    loud, silent = np.mean(sound**2, axis=0)
    assert loud > 1e-4 and silent < loud * 1e-7
    orphans = await reconcile([site.spool], site.store, site.ledger)
    assert orphans.total == len(orphans.recordings_without_call)  # this site has no calls
    assert sorted(await site.objects_stored()) == sorted((row.object_key, copy.object_key))
    return row, copy, opus


@pytest.mark.requirement("R-23")
@pytest.mark.requirement("E-03")
async def test_a_copy_is_an_object_of_its_own(site: Site) -> None:
    assert await keeper(site).tick(0.0) == "made"
    row, copy, _ = await check_copy(site)
    assert copy.object_key[3:9] not in row.manifest.decode()
    assert await keeper(site).tick(0.0) == "nothing", "there is nothing else to make"


@pytest.mark.requirement("E-11")
async def test_no_two_copies_and_no_master_have_a_key_in_common(site: Site) -> None:
    row = await site.row("rec1")
    keys = {(await site.key(row)).reveal()}
    names = set()
    real = CopyMaker(
        site.spool, site.vault, site.store, SqlCopyLedger(site.database), ids=SystemIds(), actor="test"
    )
    for _ in range(3):
        copy = await real.make(row)
        keys.add((await site.key(replace(row, header=copy.header))).reveal())
        names.add(copy.object_key)
    assert (len(keys), len(names)) == (4, 3)
    await check_copy(site)


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
async def test_killed_between_any_two_steps_there_is_one_copy_afterwards(site: Site) -> None:
    await maker(site, seed="first").make(await site.row("rec1"))
    for point in FAULT_POINTS:
        with pytest.raises(Killed):
            await maker(site, murderer(point), f"killed {point}").make(await site.row("rec1"))
        orphans = await reconcile([site.spool], site.store, site.ledger)
        assert (orphans.objects_without_row, orphans.copies_without_key) == ((), ()), point
        assert list(site.spool.iterdir()) == [], "what is sealed has no name"
        made = await keeper(site, maker(site, seed=f"after {point}")).tick(0.0)
        assert made == ("nothing" if point == "after_commit" else "made")
        await check_copy(site)


@pytest.mark.requirement("E-01")
async def test_no_plaintext_is_written(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    real = type(site.store).put_file

    async def put_file(store: object, key: str, path: Path, sha256_hex: str) -> bool:
        written.append(path.read_bytes())
        return await real(site.store, key, path, sha256_hex)

    monkeypatch.setattr(type(site.store), "put_file", put_file)
    await maker(site).make(await site.row("rec1"))
    _, _, opus = await check_copy(site)
    (octets,) = written
    assert opus[:4] == b"OggS" and b"OggS" not in octets
    assert not any(opus[at : at + 16] in octets for at in range(0, len(opus) - 16, 97))


async def _erase(site: Site, extent: Extent) -> None:
    opened = stores(site.database).erasures
    await opened.ask(replace(WISH, extent=extent), utc_now())
    assert await Eraser(opened, site.store, site.vault, [site.spool]).work() == 1


@pytest.mark.requirement("D-06")
async def test_an_erasure_takes_both(site: Site) -> None:
    assert await keeper(site).tick(0.0) == "made"
    _, copy, _ = await check_copy(site)
    await _erase(site, "all")
    assert await site.objects_stored() == []
    lines = [line for line in copy.header.split(b"\n") if len(line) >= 43]
    files = [path for path in site.root.rglob("pbx.db*") if path.is_file()]
    assert not [path.name for path in files if any(line in path.read_bytes() for line in lines)]
    assert await keeper(site).tick(0.0) == "nothing"


@pytest.mark.requirement("E-09")
async def test_shredded_nobody_opens_master_or_copy(site: Site) -> None:
    assert await keeper(site).tick(0.0) == "made"
    await check_copy(site)
    await _erase(site, "key")
    assert len(await site.objects_stored()) == 2
    async with site.database.reading() as session:
        for table in ("recording_keys", "playback_keys"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
    assert await keeper(site).tick(0.0) == "nothing", "no new copy of it"
    assert (await reconcile([site.spool], site.store, site.ledger)).copies_without_key == ()


@pytest.mark.requirement("E-09")
async def test_erased_while_its_copy_is_being_made_there_is_none(site: Site) -> None:
    with pytest.raises(Killed):
        await maker(site, murderer("after_verify")).make(await site.row("rec1"))
    await _erase(site, "all")
    assert await site.objects_stored() == []


@pytest.mark.requirement("R-16")
async def test_above_the_mark_no_copy_is_made_and_below_it_is(tmp_path: Path) -> None:
    spool = tmp_path / "site" / "spool"
    async with open_site(tmp_path / "site") as site:
        await journal(site, "rec1")
        assert await site.finaliser().scan(0.0) == 1
        with small_disk(spool, "1m"):
            (spool / "filler").write_bytes(bytes(960 << 10))
            one = keeper(site)
            with capture_logs() as lines:
                assert [await one.tick(now) for now in (0.0, 3.0)] == ["nothing"] * 2
            assert [line["event"] for line in lines] == ["playback copies wait"]
            assert lines[0]["reason"] == "the spool is 94 % full"
            assert len(await site.objects_stored()) == 1
            (spool / "filler").write_bytes(bytes(500 << 10))
            assert await one.tick(6.0) == "made"
            (spool / "filler").unlink()
            await check_copy(site)


async def test_a_copy_lets_masters_through(site: Site) -> None:
    """Not idle: it stops before the first minute of sound, and goes on when there is no journal left."""
    turn, begun = Turn(), asyncio.Event()
    one = keeper(site, maker(site, lambda _point: begun.set()), turn)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        work = group.create_task(one.tick(0.0))
        await begun.wait()
        await journal(site, "rec2")
        assert await site.finaliser().scan(0.0) == 1
        assert not work.done()
        turn.idle.set()
    assert work.result() == "made"
    assert await SqlCopyLedger(site.database).get("rec1") is not None


async def test_what_ails_one_does_not_stop_the_others(site: Site) -> None:
    await journal(site, "rec2")
    assert await site.finaliser().scan(0.0) == 1
    row = await site.row("rec1")
    path = site.objects / row.object_key
    octets = bytearray(path.read_bytes())
    octets[100] ^= 1
    path.chmod(0o600)
    path.write_bytes(octets)
    alarms: list[str] = []
    one = keeper(site, settle=lambda alarm, text: alarms.append(f"{alarm} {text}"))
    with capture_logs() as lines:
        results = [await one.tick(now) for now in (0.0, 0.5, 1e6)]
    assert sorted(results) == ["failed", "made", "nothing"]
    (error,) = [line for line in lines if line["log_level"] == "error"]
    assert (error["event"], error["recording"]) == (
        "no playback copy can be made of a damaged master",
        "rec1",
    )
    assert alarms[-1].startswith("playback_copies 1 recordings have no playback copy, one is rec1: ")
    told = await facts(site, "recording.copy_failed")
    assert [fact["recording"] for fact in told] == ["rec1"]
    assert await keeper(site).tick(0.0) == "failed", "after a restart it is tried once more"
    assert len(await facts(site, "recording.copy_failed")) == 1, "which is no news"
    octets[100] ^= 1
    path.write_bytes(octets)
    assert await keeper(site).tick(0.0) == "made"
    assert await one.tick(2e6) == "nothing"
    assert alarms[-1] == "playback_copies "


@pytest.mark.requirement("R-14")
async def test_without_a_vault_all_wait_and_masters_do_not(site: Site) -> None:
    one = keeper(site, maker(replace(site, vault=VaultClient(site.root / "nowhere"))))
    with capture_logs() as lines:
        assert [await one.tick(now) for now in (0.0, 0.5, 100.0)] == ["failed", "nothing", "failed"]
    assert [line["event"] for line in lines] == ["playback copies wait"] * 2, "not asked at 0.5 s"
    await journal(site, "rec2")
    assert await site.finaliser().scan(0.0) == 1


async def test_one_that_is_lost_is_named_and_made_again(site: Site) -> None:
    assert await keeper(site).tick(0.0) == "made"
    row, copy, _ = await check_copy(site)
    (site.objects / copy.object_key).unlink()
    assert (await reconcile([site.spool], site.store, site.ledger)).copies_without_object == ("rec1",)
    key = await site.key(replace(row, header=copy.header))
    assert await copy_reader.problems(copy, site.store, key) == ("the playback copy is missing",)
    await maker(site, seed="again").make(row)
    await check_copy(site)


async def test_it_stops_in_the_middle_of_a_copy(site: Site) -> None:
    stop, begun, never_idle = asyncio.Event(), asyncio.Event(), Turn()
    one = keeper(site, maker(site, lambda _point: begun.set()), never_idle)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(copy_keeper.run(one, never_idle, stop))
        await begun.wait()
        stop.set()
    assert await SqlCopyLedger(site.database).get("rec1") is None
    assert await keeper(site).tick(0.0) == "made"
    await check_copy(site)
