"""Verification through the front door: what a caller with wrong dates hears, and what the agent is told."""

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.testphone import signal
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
SAME_MS = 60  # three frames: both ends work in steps of 20 ms, and the machine is shared
RINGS_S, END_S = 30.0, 10.0
LIKENESS = 0.98
TALK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One call with three wrong dates: what was heard after each, what the agent saw, what is kept."""

    sounds: tuple[bytes, ...]
    shown: str
    kept: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where a sound begins and ends, ms after the last key was released."""

    begins: int
    ends: int
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
        number: Refused(sounds=sounds, shown=shown[number], kept=result)
        for number, (sounds, result) in zip((KNOWN, UNKNOWN), heard, strict=True)
    }


async def _call(pbx: RunningPbx, number: str) -> tuple[tuple[bytes, ...], Kept]:
    """Listen to every question to its end and type a wrong date; hang up after the last sentence."""
    since = utc_now()
    question, failed = prompt(pbx, QUESTION), prompt(pbx, TEXTS[LANGUAGE].failed)
    sounds: list[bytes] = []
    begun = 0
    async with calling(pbx, number) as (_, call):
        for date in WRONG:
            await hear(call, question, begun)
            if begun:
                sounds.append(bytes(call.heard[begun:]))
            await call.send_digits(date)
            begun = len(call.heard)
            call.forget_heard()
        await hear(call, failed, begun)
        sounds.append(bytes(call.heard[begun:]))
        await asyncio.sleep(TALK_S)
        call.hang_up()
        await call.wait_ended(END_S)
    return tuple(sounds), await kept(pbx, number, since)


def _shape(pcm: bytes) -> Shape:
    frames = audible(pcm)
    begin, end = frames[0], frames[-1] + 1
    sound = signal.samples(pcm)[begin * FRAME_MS * 8 : end * FRAME_MS * 8]
    return Shape(begins=begin * FRAME_MS, ends=end * FRAME_MS, samples=sound)


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("number", [KNOWN, UNKNOWN])
async def test_three_wrong_dates_reach_the_agent_as_unverified(
    refused: dict[str, Refused], number: str
) -> None:
    result = refused[number]
    assert result.shown == "Unverified caller"
    assert (result.kept.call.verification, result.kept.call.customer) == ("V0", "")
    assert result.kept.call.recording_state == "recorded"
    assert result.kept.recording is not None


@pytest.mark.parametrize("attempt", range(len(WRONG)))
async def test_an_unknown_number_hears_what_a_known_one_hears(
    refused: dict[str, Refused], attempt: int
) -> None:
    known, unknown = (_shape(refused[number].sounds[attempt]) for number in (KNOWN, UNKNOWN))
    assert abs((known.ends - known.begins) - (unknown.ends - unknown.begins)) <= SAME_MS
    inner = known.samples[signal.RATE // 10 : -signal.RATE // 10]
    assert signal.contains_clip(unknown.samples, inner) > LIKENESS


@pytest.mark.parametrize("attempt", range(len(WRONG)))
async def test_the_answer_takes_as_long_for_an_unknown_number(
    refused: dict[str, Refused], attempt: int
) -> None:
    known, unknown = (_shape(refused[number].sounds[attempt]) for number in (KNOWN, UNKNOWN))
    assert abs(known.begins - unknown.begins) <= SAME_MS
