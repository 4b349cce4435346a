"""Verification through the front door: what a caller with wrong dates hears, and what the agent is told."""

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.verify.prompts import TEXTS
from tests.e2e.callers import (
    LANGUAGE,
    QUESTION,
    Kept,
    agent_phone,
    audible,
    calling,
    hear,
    kept,
    prompt,
)
from tests.e2e.running import RunningPbx

pytestmark = pytest.mark.asyncio(loop_scope="session")

KNOWN, UNKNOWN = "+447700900124", "+447700900999"
WRONG = (Secret("07071977"), Secret("08081978"), Secret("09091979"))
FRAME_MS = 20
BYTES_PER_MS = 16  # 8 kHz, 16 bits
SAME_MS = 60  # three frames: both ends work in steps of 20 ms, and the machine is shared
VERDICT_MS = 700.0  # the answer never comes at once; 800 ms less what the last key takes to be released
RINGS_S, END_S = 30.0, 10.0
LIKENESS = 0.98
TALK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One call with three wrong dates: what was heard after each and how soon, what the agent saw."""

    sounds: tuple[bytes, ...]
    waits_ms: tuple[float, ...]
    shown: str
    kept: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a sound is audible."""

    length_ms: int
    samples: signal.Samples


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def refused(pbx: RunningPbx) -> dict[str, Refused]:
    """A known and an unknown number at the same time, so that both meet the same machine."""
    async with agent_phone(pbx) as agent:
        waiting = [asyncio.Event() for _ in range(2)]
        shown: dict[str, str] = {}

        async def desk() -> None:
            for _ in waiting:
                ringing = await agent.incoming(4 * RINGS_S)
                assert ringing.offered is not None
                shown[ringing.offered.from_user] = ringing.remote_display
                ringing.answer()

        taking = asyncio.create_task(desk())
        try:
            heard = await asyncio.gather(_call(pbx, KNOWN), _call(pbx, UNKNOWN))
            await taking
        finally:
            taking.cancel()
    return {
        number: Refused(sounds=sounds, waits_ms=waits_ms, shown=shown[number], kept=result)
        for number, (sounds, waits_ms, result) in zip((KNOWN, UNKNOWN), heard, strict=True)
    }


async def _call(pbx: RunningPbx, number: str) -> tuple[tuple[bytes, ...], tuple[float, ...], Kept]:
    """Listen to every question to its end and type a wrong date; hang up after the last sentence."""
    since = utc_now()
    question, failed = prompt(pbx, QUESTION), prompt(pbx, TEXTS[LANGUAGE].failed)
    sounds: list[bytes] = []
    waits_ms: list[float] = []
    begun = 0
    async with calling(pbx, number) as (_, call):
        for date in WRONG:
            await hear(call, question, begun)
            if begun:
                sounds.append(bytes(call.heard[begun:]))
            await call.send_digits(date)
            begun = len(call.heard)
            call.forget_heard()
            waits_ms.append(await _wait_ms(call, begun))
        await hear(call, failed, begun)
        sounds.append(_sentence(bytes(call.heard[begun:]), failed))
        await asyncio.sleep(TALK_S)
        call.hang_up()
        await call.wait_ended(END_S)
    return tuple(sounds), tuple(waits_ms), await kept(pbx, number, since)


async def _wait_ms(call: PhoneCall, since: int) -> float:
    """Return how long nothing was heard; by the clock, because silence has no packets."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with asyncio.timeout(END_S):
        while not audible(call.heard[since:]):  # noqa: ASYNC110 - `until` looks too seldom to measure
            await asyncio.sleep(0.005)
    return (loop.time() - begin) * 1000


def _sentence(pcm: bytes, clip: signal.Samples) -> bytes:
    """Cut what follows the sentence: how long the agents' telephones ring is not ours to compare."""
    length_ms = _shape(clip.astype("<i2").tobytes()).length_ms
    return pcm[: (audible(pcm)[0] * FRAME_MS + length_ms) * BYTES_PER_MS]


def _shape(pcm: bytes) -> Shape:
    frames = audible(pcm)
    begin, end = frames[0], frames[-1] + 1
    sound = signal.samples(pcm)[begin * FRAME_MS * 8 : end * FRAME_MS * 8]
    return Shape(length_ms=(end - begin) * FRAME_MS, samples=sound)


@pytest.mark.parametrize("number", [KNOWN, UNKNOWN])
async def test_three_wrong_dates_reach_the_agent_as_unverified(
    refused: dict[str, Refused], number: str
) -> None:
    result = refused[number]
    assert result.shown == "Unverified caller"
    assert (result.kept.call.verification, result.kept.call.customer) == ("V0", "")
    assert result.kept.call.recording_state == "recorded"
    assert result.kept.recording is not None


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("attempt", range(len(WRONG)))
async def test_an_unknown_number_hears_what_a_known_one_hears(
    refused: dict[str, Refused], attempt: int
) -> None:
    known, unknown = (_shape(refused[number].sounds[attempt]) for number in (KNOWN, UNKNOWN))
    assert abs(known.length_ms - unknown.length_ms) <= SAME_MS
    inner = known.samples[signal.RATE // 10 : -signal.RATE // 10]
    assert signal.contains_clip(unknown.samples, inner) > LIKENESS


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("attempt", range(len(WRONG)))
async def test_the_answer_takes_as_long_for_an_unknown_number(
    refused: dict[str, Refused], attempt: int
) -> None:
    known, unknown = (refused[number].waits_ms[attempt] for number in (KNOWN, UNKNOWN))
    assert known > VERDICT_MS
    assert abs(known - unknown) <= SAME_MS
