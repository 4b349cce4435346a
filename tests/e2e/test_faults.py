"""Processes die in the middle of calls, disks fill up: what was recorded is kept, and calls go on."""

import asyncio
import errno
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pbx.call.record import CallRecord
from pbx.observe.catalogue import ALL
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.journal_files import SUFFIX
from pbx.recording.manifest import chapters_of
from pbx.store.audit import AuditStore
from pbx.store.calls import LOST
from pbx.store.database import Database
from pbx.testphone import checks, signal
from pbx.testphone.phone import Phone
from tests.e2e import crowd, scraped
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running

SEED = 20260101
MEDIA, FINALISER = "media-0", "finaliser"
UNCOMMITTED = FAULT_POINTS.index("after_commit")  # so many points lie before the commit
STORED = ("pbx_recordings_stored_total", (("tenant", "acme"),))
JOURNAL_LOST = ("pbx_recordings_failed_total", (("reason", "lost"),))
SPOOL_FULL = ("pbx_recordings_failed_total", (("reason", "spool_full"),))
SMALL_SPOOL = "48k"  # some seconds of two streams
TALKED_S, RECORDED_S = 1.2, 1.0  # heard by the parties; of that, found in the recording at least


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """Random moments that the next run repeats."""
    print(f"seed {SEED}")
    return random.Random(SEED)


async def caller_channel(pbx: RunningPbx, row: FinishedRecording) -> signal.Samples:
    """Return what the caller said."""
    channels = checks.split(await helpers.wav_of(pbx, row))
    assert channels is not None
    return np.asarray(channels.caller)


def newest(left: helpers.Left) -> tuple[CallRecord, FinishedRecording]:
    """The last call and its recording."""
    call = left.calls[0]
    return call, next(row for row in left.recordings if row.call == call.call)


def assert_little_lost(sound: signal.Samples, sent_s: float) -> None:
    """R-09: the end of the recording is the end of what was sent, but for the last 270 ms."""
    heard = crowd.tone_frames(sound, helpers.CALLER_HZ)
    assert heard, "the tone is not in the recording"
    kept_s = (heard[-1] + 1 - heard[0]) * crowd.FRAME_S
    print(f"sent {sent_s:.3f} s, kept {kept_s:.3f} s")
    assert sent_s - kept_s <= crowd.MAX_LOST_S + 2 * crowd.FRAME_S
    assert kept_s - sent_s <= 2 * crowd.FRAME_S


async def assert_blow_survived(
    pbx: RunningPbx, blow: helpers.Blow, earlier: list[FinishedRecording], sent_s: float
) -> tuple[list[CallRecord], list[FinishedRecording]]:
    """Every recording of the blow has all but what was said near it; return their calls, and the others."""
    assert len(blow.journals) >= crowd.N_CALLS - 2  # the youngest may not have been answered yet
    left = await helpers.settled(pbx, len(earlier) + len(blow.journals))
    left.assert_whole(len(left.recordings))
    left.assert_one_per_call()
    rows = [row for row in left.recordings if row not in earlier]
    others = [row for row in rows if row.recording not in blow.journals]
    rows = [row for row in rows if row not in others]
    assert {row.recording for row in rows} == blow.journals
    assert all(map(helpers.is_recovered, rows))
    lost_s = sorted([await crowd.check_end(pbx, row, blow) for row in rows])
    print(f"{len(rows)} journals, lost {lost_s[0]:.3f} to {lost_s[-1]:.3f} s")
    oldest = min(rows, key=lambda row: row.started_at)
    lived = int((blow.wall - oldest.started_at).total_seconds() * signal.RATE)
    assert_little_lost((await caller_channel(pbx, oldest))[:lived], sent_s)
    calls = {row.call for row in rows}
    assert len(calls) == len(rows)
    return [call for call in left.calls if call.call in calls], others


@pytest.mark.requirement("R-09")
@pytest.mark.requirement("F-02")
async def test_killed_media_worker_loses_270_ms_at_most(tmp_path: Path, moments: random.Random) -> None:
    await kill_media_worker(tmp_path, moments, times=2)


@pytest.mark.soak
@pytest.mark.requirement("R-09")
async def test_media_worker_killed_a_hundred_times(tmp_path: Path, moments: random.Random) -> None:
    await kill_media_worker(tmp_path, moments, times=100)


async def kill_media_worker(base: Path, moments: random.Random, *, times: int) -> None:
    """Kill it that often in the middle of ten calls; then all is as before."""
    helpers.configure(base)
    earlier: list[FinishedRecording] = []
    async with running(base, free_port()) as pbx:
        for n_done in range(1, times + 1):
            async with helpers.phones(pbx, crowd.N_CALLS) as (caller, agent):
                began = await crowd.gather(caller, agent, crowd.ages(moments))
                blow = await helpers.kill_child(pbx, MEDIA)
                await helpers.media_connected(pbx, 1 + n_done)
                await helpers.recording_again(pbx, blow)
            calls, others = await assert_blow_survived(pbx, blow, earlier, blow.at - began)
            assert {(call.cause, call.recording_state) for call in calls} == {("bye", "recorded")}
            assert not any(map(helpers.is_recovered, others))
            names = {call.call for call in calls}
            earlier = (await helpers.left(pbx)).recordings
            went_on = [row for row in earlier if row.call in names and chapters_of(row.manifest) > 1]
            print(f"{len(went_on)} recordings went on after the blow")
            assert went_on
        async with helpers.phones(pbx) as pair:
            await assert_calls_work(pbx, pair, n_recordings=len(earlier) + 1)


@pytest.mark.requirement("R-09")
@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-17")
async def test_killed_pbx_recovers_its_calls(tmp_path: Path, moments: random.Random) -> None:
    port = free_port()
    helpers.configure(tmp_path, metrics={"port": port})
    async with (
        running(tmp_path, free_port()) as pbx,
        helpers.phones(pbx, crowd.N_CALLS) as (caller, agent),
    ):
        began = await crowd.gather(caller, agent, crowd.ages(moments))
        blow = await helpers.kill_all(pbx)
        lost = await lose_journal(pbx)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as pair:
        found = replace(blow, journals=blow.journals - {lost.recording})
        calls, others = await assert_blow_survived(pbx, found, [], blow.at - began)
        assert others == []
        crashed = {(call.cause, call.ended_by, call.recording_state) for call in calls}
        assert crashed == {("crash", "system", "recorded")}
        left = await helpers.left(pbx)
        (failed,) = [call for call in left.calls if call.recording_state not in ("recorded", "none")]
        assert (failed.call, failed.recording_state, failed.recording_reason) == (lost.call, "failed", LOST)
        assert left.facts.count("recording.failed") == 1
        await asyncio.wait_for(scraped.first(port, JOURNAL_LOST), helpers.SETTLED_S)
        await asyncio.wait_for(scraped.first(port, STORED), helpers.SETTLED_S)
        await assert_calls_work(pbx, pair, n_recordings=len(found.journals) + 1)


async def lose_journal(pbx: RunningPbx) -> CallRecord:
    """Delete the journal of a conversation, as a power cut would lose one; not of the oldest."""
    talking = [call for call in (await helpers.left(pbx)).calls if call.recording_state == "recording"]
    assert len(talking) >= 2
    (pbx.places.spool / f"{talking[0].recording}{SUFFIX}").unlink()
    return talking[0]


async def brief_call(caller: Phone, seconds: float) -> None:
    """Be recorded for that long."""
    call = await helpers.dial(caller)
    call.talk(helpers.CALLER_HZ)
    await asyncio.sleep(seconds)
    call.hang_up()


async def assert_all_recorded(pbx: RunningPbx, n_calls: int) -> None:
    """Each call became one whole recording."""
    left = await helpers.settled(pbx, n_calls)
    left.assert_whole(n_calls)
    assert {call.recording for call in left.calls} == {row.recording for row in left.recordings}
    assert [call.recording_state for call in left.calls] == ["recorded"] * n_calls
    assert not any(map(helpers.is_recovered, left.recordings))
    for row in left.recordings:
        await helpers.wav_of(pbx, row)
    assert "waits for its call" not in (pbx.places.logs / f"{FINALISER}.log").read_text()  # each was stopped


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
@pytest.mark.requirement("F-05")
async def test_finaliser_killed_at_every_step_while_calls_are_up(
    tmp_path: Path, moments: random.Random
) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        call, ringing = await helpers.connect(caller, agent)
        with helpers.paused(pbx, FINALISER):
            await asyncio.gather(*(brief_call(caller, moments.uniform(0.2, 1.0)) for _ in range(3)))
            heard = len(ringing.heard)
            # The journal of one and the same call, once at each step and 20 times more on its way. A step
            # that is done is not done again, so the steps come in their order.
            often = [moments.choice(FAULT_POINTS[:UNCOMMITTED]) for _ in range(20)]
            points = sorted((*often, *FAULT_POINTS), key=FAULT_POINTS.index)
            await helpers.finalise_and_die(pbx, points)
            left = await helpers.left(pbx)
            assert len(left.recordings) == len(left.objects) == 1
            assert len(left.journals) == 3  # two that wait and the open one
            assert call.confirmed and ringing.confirmed
            assert len(ringing.heard) - heard > signal.RATE
        call.hang_up()
        await ringing.wait_ended(5)
        await assert_all_recorded(pbx, 4)


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("F-05")
async def test_killed_finaliser_makes_one_recording_of_each_call(
    tmp_path: Path, moments: random.Random
) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, _agent):
        for _ in range(4):
            lengths = [moments.uniform(0.1, 1.5) for _ in range(4)]
            calls = [asyncio.create_task(brief_call(caller, length)) for length in lengths]
            await asyncio.sleep(moments.uniform(0.5, 2.0))
            await helpers.kill_child(pbx, FINALISER)
            await asyncio.gather(*calls)
        await assert_all_recorded(pbx, 16)


@contextmanager
def small_spool(base: Path) -> Iterator[None]:
    """Put the spool on a file system that is soon full."""
    spool = base / "var" / "spool"
    spool.mkdir(parents=True)
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", f"size={SMALL_SPOOL},mode=0700", "tmpfs", str(spool)),
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.fail("a spool of its own must be mounted, which needs root")
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(spool)), check=True)


@pytest.mark.requirement("R-17")
@pytest.mark.requirement("OBS-01")
async def test_full_spool_ends_the_recording_not_the_call(tmp_path: Path) -> None:
    port = free_port()
    helpers.configure(tmp_path, metrics={"port": port})
    with small_spool(tmp_path):
        async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
            seen = asyncio.create_task(scraped.first(port, SPOOL_FULL))
            call, ringing = await helpers.connect(caller, agent)

            async def has_failed() -> bool:
                return "recording.failed" in (await helpers.left(pbx)).facts

            await helpers.until(has_failed, "no audit fact of the failure")
            await assert_seen_within_a_second(pbx, await asyncio.wait_for(seen, helpers.SETTLED_S))
            heard = len(ringing.heard)

            async def hears_on() -> bool:
                return len(ringing.heard) - heard > signal.RATE  # octets: half a second at least

            await helpers.until(hears_on, "the agent hears the caller no more")
            assert call.confirmed and ringing.confirmed
            call.hang_up()
            await ringing.wait_ended(5)

            async def is_closed() -> bool:
                return (await helpers.left(pbx)).calls[0].ended_at is not None

            await helpers.until(is_closed, "the call was not closed")
            record = (await helpers.left(pbx)).calls[0]
            assert record.recording_state == "failed"
            assert record.recording_reason != ""
            assert record.cause not in ("media_lost", "internal_error")
            await assert_counted(port, record)


async def assert_seen_within_a_second(pbx: RunningPbx, seen_at: datetime) -> None:
    """R-17: since the failure, which has its time from the process that was told of it."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    found = await AuditStore(database).newest("recording.failed")
    await database.close()
    assert found is not None
    print(f"in the metrics after {(seen_at - found[0]).total_seconds():.3f} s")
    assert seen_at - found[0] < timedelta(seconds=1)


async def assert_counted(port: int, record: CallRecord) -> None:
    """The call that is over is counted, everything of the catalogue is served, and no number is in it."""
    ended = ("pbx_calls_ended_total", (("cause", "bye"), ("tenant", "acme")))
    await scraped.first(port, ended)
    page = await scraped.page(port)
    assert scraped.names(page) == {metric.name for metric in ALL}
    values = scraped.values(page)
    assert values["pbx_calls_in_progress", (("tenant", "acme"),)] == 0.0
    assert values["pbx_registrations", (("tenant", "acme"),)] == 1.0
    assert values["pbx_media_worker_connected", (("worker", "media-0"),)] == 1.0
    assert values["pbx_rtp_mos_count", (("direction", "heard"), ("peer", "trunk"))] == 1.0
    assert values["pbx_trunk_answered_total", scraped.INWARD] == 1.0
    for private in (record.caller_number, record.called, record.call, record.recording, "127.0.0.2"):
        assert private and private.removeprefix("+") not in page


@pytest.mark.requirement("R-17")
async def test_spool_that_is_full_already_costs_the_recording_not_the_call(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    with small_spool(tmp_path):
        async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
            fill(pbx.places.spool)
            call, ringing = await helpers.connect(caller, agent)
            call.forget_heard()
            await call.wait_quiet(0, helpers.ANSWER_S)  # the agent's tone
            assert call.confirmed and ringing.confirmed
            call.hang_up()
            await ringing.wait_ended(5)
            left = await helpers.settled(pbx, 0)
            (record,) = left.calls
            assert (record.recording_state, record.ended_by, record.cause) == ("failed", "caller", "bye")
            assert record.recording_reason != ""
            assert left.facts.count("recording.failed") == 1
            assert (left.recordings, left.journals, left.aside) == ([], [], [])


def fill(folder: Path) -> None:
    """Leave no octet of a file system free."""
    with (folder / "other").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


async def assert_calls_work(pbx: RunningPbx, pair: tuple[Phone, Phone], *, n_recordings: int) -> None:
    """Hold a whole conversation and find it recorded from both sides."""
    call, ringing = await helpers.connect(*pair)

    async def have_talked() -> bool:
        said = ((call, helpers.AGENT_HZ), (ringing, helpers.CALLER_HZ))
        return all(signal.tone_s(signal.samples(one.heard), hz) >= TALKED_S for one, hz in said)

    await helpers.until(have_talked, "caller and agent do not hear each other")
    call.hang_up()
    await ringing.wait_ended(5)
    left = await helpers.settled(pbx, n_recordings)
    left.assert_whole(n_recordings)
    record, row = newest(left)
    assert record.recording_state == "recorded"
    assert not helpers.is_recovered(row)
    channels = checks.split(await helpers.wav_of(pbx, row))
    assert channels is not None
    assert signal.tone_s(channels.caller, helpers.CALLER_HZ) > RECORDED_S
    assert signal.tone_s(channels.agent, helpers.AGENT_HZ) > RECORDED_S
