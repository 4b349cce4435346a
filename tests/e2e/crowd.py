"""A crowd: many calls that are up at the same moment, each at its own point of its life."""

import asyncio
import json
import random
from collections.abc import Sequence

import numpy as np

from pbx.recording.effects import FinishedRecording
from pbx.recording.manifest import chapters_of
from pbx.testphone import checks, signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx

N_CALLS = 10
ANNOUNCEMENT_S = 5.8  # from the answer until the agent's phone rings
TALK_S = (2.0, 3.0)  # the oldest call has been a conversation for so long
APART_S = 1.0  # between the two oldest, so that the agent takes the oldest first; both talk
YOUNGEST_S = 0.05
MAX_LOST_S = 0.270
TONE_DB = -3.0
FRAME_S = 0.020  # the phone changes its tone with its next frame
ORIGIN_S = 0.060  # from signalling's order, which is the start in the row, to sample 0 of the journal
WHOLE = 0.95  # of the frames between first and last; the phones share two cores with everything else


def ages(moments: random.Random, n_calls: int = N_CALLS) -> list[float]:
    """Random ages in seconds, oldest first; the two oldest calls are conversations by then."""
    oldest = ANNOUNCEMENT_S + moments.uniform(*TALK_S)
    second = oldest - APART_S
    return [oldest, second, *(moments.uniform(YOUNGEST_S, second) for _ in range(n_calls - 2))]


async def gather(caller: Phone, agent: Phone, of_age: Sequence[float]) -> float:
    """Return when there is a call of each age; the result is the loop time since when the oldest talks."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    tasks = [asyncio.create_task(_dial(caller, of_age[0] - age)) for age in of_age[1:]]
    try:
        await _connect(caller, agent)
        began = loop.time()
        tasks.append(asyncio.create_task(_answer_all(agent)))
        assert began - started < of_age[0], "the oldest call took too long to become a conversation"
        await asyncio.sleep(of_age[0] - (began - started))
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not problems, problems
    return began


async def _connect(caller: Phone, agent: Phone) -> None:
    """Make a call a conversation, in which the caller talks from the agent's answer on."""
    call = await helpers.dial(caller)
    # Calls that the last blow ended while they rang stand in the agent's queue before ours.
    while await (await _take(agent)).wait_answered(helpers.ANSWER_S) != 200:
        pass
    call.talk(helpers.CALLER_HZ)


async def _dial(caller: Phone, delay_s: float) -> None:
    """Call and talk from the answer on, through the announcement."""
    await asyncio.sleep(delay_s)
    call = await helpers.dial(caller)
    call.talk(helpers.CALLER_HZ)


async def _answer_all(agent: Phone) -> None:
    """Take every further call."""
    while True:
        await _take(agent)


async def _take(agent: Phone) -> PhoneCall:
    ringing = await agent.incoming(helpers.RINGS_S)
    ringing.answer()
    ringing.talk(helpers.AGENT_HZ)
    return ringing


async def check_end(pbx: RunningPbx, row: FinishedRecording, blow: helpers.Blow) -> float:
    """R-09: the recording, and the caller's tone in it, go on until 270 ms before the blow; seconds lost.

    One that goes on after the blow lacks what its manifest says is missing from there on.
    """
    lived_s = (blow.wall - row.started_at).total_seconds()
    lost_s = lived_s - kept_s(row, lived_s)
    assert lost_s <= MAX_LOST_S + ORIGIN_S, row
    channels = checks.split(await helpers.wav_of(pbx, row))
    heard = [] if channels is None else tone_frames(np.asarray(channels.caller), helpers.CALLER_HZ)
    heard = [frame for frame in heard if frame * FRAME_S < lived_s]
    if heard:
        assert len(heard) >= WHOLE * (heard[-1] + 1 - heard[0]), row
        assert lived_s - (heard[-1] + 1) * FRAME_S <= MAX_LOST_S + ORIGIN_S + 2 * FRAME_S, row
    return lost_s


def kept_s(row: FinishedRecording, lived_s: float) -> float:
    """Where the hole begins that a media worker left when it died at `lived_s`, or the recording's end."""
    if chapters_of(row.manifest) == 1:
        return row.duration_ms / 1000
    gaps = [gap for gap in json.loads(row.manifest)["gaps"] if gap["cause"] == "worker_lost"]
    spans = [(gap["at"] / signal.RATE, (gap["at"] + gap["len"]) / signal.RATE) for gap in gaps]
    around: list[float] = [start for start, end in spans if start - ORIGIN_S <= lived_s <= end + ORIGIN_S]
    assert around, (row.recording, lived_s, spans)
    return max(around)


def tone_frames(sound: signal.Samples, freq_hz: float) -> list[int]:
    """Return which 20 ms frames hold the tone."""
    frame = int(signal.RATE * FRAME_S)
    blocks = sound[: len(sound) // frame * frame].reshape(-1, frame)
    return [at for at, block in enumerate(blocks) if signal.level(block, freq_hz) > TONE_DB]
