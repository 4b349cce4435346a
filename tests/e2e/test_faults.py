"""Processes die in the middle of calls, disks fill up: what was recorded is kept, and calls go on."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pbx.call.record import CallRecord
from pbx.recording.effects import FinishedRecording
from pbx.testphone import checks, signal
from pbx.testphone.phone import Phone
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running

SEED = 20260101
MAX_LOST_S = 0.270
TONE_DB = -3.0
FRAME_S = 0.020  # the phone changes its tone with its next frame
MEDIA, FINALISER = "pbx.media.io.worker", "pbx.recording.io.finaliser"
SMALL_SPOOL = "48k"  # some seconds of two streams


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """Random moments that the next run repeats."""
    print(f"seed {SEED}")
    return random.Random(SEED)


def tone_span_s(sound: signal.Samples, freq_hz: float) -> float:
    """Return the time from the first to the last frame of a tone."""
    frame = int(signal.RATE * FRAME_S)
    blocks = sound[: len(sound) // frame * frame].reshape(-1, frame)
    heard = [at for at, block in enumerate(blocks) if signal.level(block, freq_hz) > TONE_DB]
    assert heard, "the tone is not in the recording"
    return (heard[-1] + 1 - heard[0]) * FRAME_S


async def caller_channel(pbx: RunningPbx, row: FinishedRecording) -> signal.Samples:
    """Return what the caller said."""
    channels = checks.split(await helpers.wav_of(pbx, row))
    assert channels is not None
    return np.asarray(channels.caller)


async def talk_for(caller: Phone, agent: Phone, seconds: float) -> float:
    """Hold a conversation for `seconds`; return the loop time at which the caller's tone began."""
    await helpers.connect(caller, agent)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    return began


def newest(left: helpers.Left) -> tuple[CallRecord, FinishedRecording]:
    """The last call and its recording."""
    call = left.calls[0]
    return call, next(row for row in left.recordings if row.call == call.call)


def assert_little_lost(sound: signal.Samples, sent_s: float) -> None:
    """R-09: the end of the recording is the end of what was sent, but for the last 270 ms."""
    kept_s = tone_span_s(sound, helpers.CALLER_HZ)
    print(f"sent {sent_s:.3f} s, kept {kept_s:.3f} s")
    assert sent_s - kept_s <= MAX_LOST_S + 2 * FRAME_S
    assert kept_s - sent_s <= 2 * FRAME_S


@pytest.mark.requirement("R-09")
async def test_killed_media_worker_loses_270_ms_at_most(tmp_path: Path, moments: random.Random) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        for n_done in (1, 2):
            began = await talk_for(caller, agent, moments.uniform(0.5, 2.5))
            sent_s = await helpers.kill_child(pbx, MEDIA) - began
            await helpers.media_connected(pbx, 1 + n_done)
            left = await helpers.settled(pbx, n_done)
            left.assert_whole(n_done)
            call, row = newest(left)
            assert call.cause == "media_lost"
            assert call.recording_state == "recorded"
            assert helpers.is_recovered(row)
            assert_little_lost(await caller_channel(pbx, row), sent_s)
        await assert_calls_work(pbx, (caller, agent), n_recordings=3)


@pytest.mark.requirement("R-09")
async def test_killed_pbx_recovers_its_calls(tmp_path: Path, moments: random.Random) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        began = await talk_for(caller, agent, moments.uniform(0.5, 2.5))
        sent_s = await helpers.kill_all(pbx) - began
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as pair:
        left = await helpers.settled(pbx, 1)
        left.assert_whole(1)
        call, row = newest(left)
        assert (call.cause, call.ended_by) == ("crash", "system")
        assert call.recording_state == "recorded"
        assert helpers.is_recovered(row)
        assert_little_lost(await caller_channel(pbx, row), sent_s)
        await assert_calls_work(pbx, pair, n_recordings=2)


@pytest.mark.requirement("R-12")
async def test_killed_finaliser_makes_one_recording_of_each_call(
    tmp_path: Path, moments: random.Random
) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, _agent):
        for n_done in range(1, 4):
            call = await helpers.dial(caller)
            call.talk(helpers.CALLER_HZ)
            await asyncio.sleep(1.0)
            call.hang_up()
            await asyncio.sleep(moments.uniform(0.0, 0.7))
            await helpers.kill_child(pbx, FINALISER)
            left = await helpers.settled(pbx, n_done)
            left.assert_whole(n_done)
        for row in left.recordings:
            await helpers.wav_of(pbx, row)
        assert {call.recording_state for call in left.calls} == {"recorded"}


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


async def test_full_spool_ends_the_recording_not_the_call(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    with small_spool(tmp_path):
        async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
            call, ringing = await helpers.connect(caller, agent)

            async def has_failed() -> bool:
                return "recording.failed" in (await helpers.left(pbx)).facts

            await helpers.until(has_failed, "no audit fact of the failure")
            heard = len(ringing.heard)
            await asyncio.sleep(1.0)
            assert call.confirmed and ringing.confirmed
            assert len(ringing.heard) - heard > signal.RATE  # octets: half a second at least
            call.hang_up()
            await ringing.wait_ended(5)

            async def is_closed() -> bool:
                return (await helpers.left(pbx)).calls[0].ended_at is not None

            await helpers.until(is_closed, "the call was not closed")
            record = (await helpers.left(pbx)).calls[0]
            assert record.recording_state == "failed"
            assert record.recording_reason != ""
            assert record.cause not in ("media_lost", "internal_error")


async def assert_calls_work(pbx: RunningPbx, pair: tuple[Phone, Phone], *, n_recordings: int) -> None:
    """Hold a whole conversation and find it recorded from both sides."""
    call, ringing = await helpers.connect(*pair)
    await asyncio.sleep(1.5)
    call.hang_up()
    await ringing.wait_ended(5)
    left = await helpers.settled(pbx, n_recordings)
    left.assert_whole(n_recordings)
    record, row = newest(left)
    assert record.recording_state == "recorded"
    assert not helpers.is_recovered(row)
    channels = checks.split(await helpers.wav_of(pbx, row))
    assert channels is not None
    assert signal.tone_s(channels.caller, helpers.CALLER_HZ) > 1.0
    assert signal.tone_s(channels.agent, helpers.AGENT_HZ) > 1.0
