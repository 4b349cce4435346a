"""A media worker ends under a conversation: another one takes its place, and the parties hear each other."""

import asyncio
import json
from contextlib import redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from pbx.cli.main import run
from pbx.recording.effects import FinishedRecording
from pbx.recording.gaps import CONTINUES
from pbx.recording.manifest import chapters_of
from pbx.testphone import checks, signal
from pbx.testphone.call import PhoneCall
from tests.e2e import crowd
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running

WORKER = "media-0"
N_IN_A_ROW = 5
HEARD_S = 0.2  # of the other's tone: then it is there again
REPLACED_S = 1.0  # from the blow until the next worker takes orders
MOVES_S = 2.0  # from the end of the drain until the old worker has nobody left
GAP_S = 0.5  # nothing is lost; the packets of a busy machine are late
HEARD = 0.9  # of what is no hole: the phones share two cores with everything else
BACK_S = 1.3  # from the blow until both have heard each other: a second, HEARD_S, and a look every 0.1 s


@pytest.mark.requirement("MED-16")
@pytest.mark.requirement("F-02")
async def test_a_conversation_goes_on_when_one_worker_after_the_other_is_killed(tmp_path: Path) -> None:
    helpers.configure(tmp_path, media={"workers": 1, "drain": "1s"})
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        call, ringing = await helpers.connect(caller, agent)
        await heard(call, helpers.AGENT_HZ)
        await heard(ringing, helpers.CALLER_HZ)
        await helpers.nursery_loaded(pbx)
        began = asyncio.get_running_loop().time()
        for n_killed in range(1, N_IN_A_ROW + 1):
            blow = await helpers.kill_child(pbx, WORKER)
            before = len(call.heard), len(ringing.heard)
            await asyncio.gather(
                heard(call, helpers.AGENT_HZ, before[0]), heard(ringing, helpers.CALLER_HZ, before[1])
            )
            replaced_s = (connected_at(pbx) - blow.wall).total_seconds()
            took_s = asyncio.get_running_loop().time() - blow.at
            print(f"killed {n_killed} times, replaced after {replaced_s:.2f} s, heard after {took_s:.2f} s")
            assert replaced_s < REPLACED_S
            assert took_s < BACK_S
            await helpers.recording_again(pbx, blow)
        print(f"all within {asyncio.get_running_loop().time() - began:.1f} s")
        await drain(pbx, call, ringing)
        call.hang_up()
        await ringing.wait_ended(5)
        left = await helpers.settled(pbx, 1)
        left.assert_whole(1)
        (record,) = left.calls
        assert (record.cause, record.ended_by, record.recording_state) == ("bye", "caller", "recorded")
        (row,) = left.recordings
        assert (row.call, row.recording) == (record.call, record.recording)
        await goes_on_throughout(pbx, row)
        assert left.facts.count("recording.interrupted") == N_IN_A_ROW + 1
        await ends_with_the_supervisor(pbx)


async def goes_on_throughout(pbx: RunningPbx, row: FinishedRecording) -> None:
    """One timeline: each death is a hole with its cause, the drain is none, and both are heard elsewhere."""
    manifest = json.loads(row.manifest)
    assert chapters_of(row.manifest) == N_IN_A_ROW + 2
    joints = [one["details"]["cause"] for one in manifest["events"] if one["kind"] == CONTINUES]
    assert (joints, manifest["recovered"]) == (["worker_lost"] * N_IN_A_ROW + ["worker_drained"], True)
    channels = checks.split(await helpers.wav_of(pbx, row))
    assert channels is not None
    for channel, sound, hz in (
        (1, channels.caller, helpers.CALLER_HZ),
        (2, channels.agent, helpers.AGENT_HZ),
    ):
        gaps = [gap for gap in manifest["gaps"] if gap["ch"] == channel]
        holes = [gap["len"] / signal.RATE for gap in gaps if gap["cause"] == "worker_lost"]
        drained_s = sum(gap["len"] for gap in gaps if gap["cause"] == "worker_drained") / signal.RATE
        print(f"channel {channel}: holes of {[round(one, 3) for one in holes]} s, drained {drained_s:.3f} s")
        assert len(holes) == N_IN_A_ROW and max(holes) < BACK_S
        assert drained_s < GAP_S
        frames = crowd.tone_frames(np.asarray(sound), hz)
        spoken_s = (frames[-1] + 1 - frames[0]) * crowd.FRAME_S
        assert len(frames) * crowd.FRAME_S >= HEARD * (spoken_s - sum(holes) - drained_s)


async def ends_with_the_supervisor(pbx: RunningPbx) -> None:
    """A worker that the nursery forked ends when the supervisor is killed, like its other children."""
    worker = helpers.pid(pbx, WORKER)
    pbx.process.kill()

    async def has_ended() -> bool:
        return not Path("/proc", str(worker)).exists()

    await helpers.until(has_ended, "the worker outlives the supervisor", 2.0)


async def drain(pbx: RunningPbx, call: PhoneCall, ringing: PhoneCall) -> None:
    """Replace the worker in peace: the conversation goes on, on the new one, and the old one ends."""
    old = helpers.pid(pbx, WORKER)
    loop, parties = asyncio.get_running_loop(), (call, ringing)
    begin, before = loop.time(), [len(one.heard) for one in parties]
    with redirect_stdout(StringIO()):
        assert run(["media", "drain", "0", "--config", str(pbx.places.base / "config")]) == 0

    async def has_ended() -> bool:
        return not Path("/proc", str(old)).exists()

    await helpers.until(has_ended, "the drained worker does not end", 1.0 + MOVES_S)
    assert helpers.pid(pbx, WORKER) != old
    log = (pbx.places.logs / "media-0.log").read_text()
    assert "media worker drains 2 legs" in log and "2 legs must move" in log
    for party, hz, octets in zip(parties, (helpers.AGENT_HZ, helpers.CALLER_HZ), before, strict=True):
        gap_s = loop.time() - begin - len(signal.samples(party.heard[octets:])) / signal.RATE
        print(f"{gap_s:.3f} s were not heard while the worker was replaced")
        assert gap_s < GAP_S
        await heard(party, hz, len(party.heard))


def connected_at(pbx: RunningPbx) -> datetime:
    """Return when signalling last found a media worker: at that moment it orders the ports that wait."""
    lines = (pbx.places.logs / "signalling.log").read_text().splitlines()
    line = next(line for line in reversed(lines) if "media worker 0 is connected" in line)
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone()


async def heard(call: PhoneCall, hz: float, after: int = 0) -> None:
    """Return once a party hears the other's tone, `after` so many octets."""

    async def is_heard() -> bool:
        return signal.tone_s(signal.samples(call.heard[after:]), hz) >= HEARD_S

    await helpers.until(is_heard, "the parties do not hear each other")
