"""Consent through the front door: a caller from Germany is recorded after pressing 1, and never before."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
import pytest_asyncio

from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.callers import (
    LIKENESS,
    QUESTION,
    SENTENCES_S,
    WELCOME,
    Kept,
    agent_phone,
    calling,
    fail_quickly,
    hear_seconds,
    kept,
    next_sound,
    prompt,
)
from tests.e2e.fault_helpers import until
from tests.e2e.running import RunningPbx

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGREES, REFUSES, SILENT = "+49301234567", "+49301234568", "+49301234569"
WRONG = Secret("07071977")
BEFORE_HZ, AFTER_HZ, AGENT_HZ = 440.0, 700.0, 1000.0
ANNOUNCEMENT_S = 4.0  # shorter than the question for consent, whatever voice says it
TALK_S = 2.0
STRAY_S = 0.1  # of a tone that was not sent: chance likenesses of single blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class German:
    """One call from Germany: what is kept of it, when it began and when the caller answered."""

    kept: Kept
    dialled_at: datetime
    answered_at: datetime


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calls(pbx: RunningPbx) -> dict[str, German]:
    """Three callers at the same time: one presses 1, one presses 2, one presses nothing."""
    answers: dict[str, Callable[[PhoneCall], Awaitable[None]]] = {
        AGREES: lambda call: call.send_digits(Secret("1")),
        REFUSES: lambda call: call.send_digits(Secret("2")),
        SILENT: lambda call: _say_nothing(pbx, call),
    }
    async with agent_phone(pbx) as agent:
        desk = asyncio.create_task(_answer_all(agent, len(answers)))
        try:
            dialled = await asyncio.gather(*(_call(pbx, *each) for each in answers.items()))
            await desk
        finally:
            desk.cancel()
    return dict(zip(answers, dialled, strict=True))


async def _say_nothing(pbx: RunningPbx, call: PhoneCall) -> None:
    """Wait for the question that follows the second announcement."""
    clip = prompt(pbx, QUESTION)[: 3 * signal.RATE]

    async def is_asked() -> bool:
        newest = signal.samples(call.heard[-10 * 2 * signal.RATE :])
        return signal.contains_sentence(newest, clip) >= LIKENESS

    await until(is_asked, "the caller was not asked to verify", SENTENCES_S)


async def _answer_all(agent: Phone, n_calls: int) -> None:
    """Take every call that rings, and talk; the callers hang up."""
    taken = []
    for _ in range(n_calls):
        ringing = await agent.incoming(2 * SENTENCES_S)
        ringing.answer()
        ringing.talk(AGENT_HZ)
        taken.append(ringing)
    await asyncio.gather(*(one.wait_ended(SENTENCES_S) for one in taken))


async def _call(pbx: RunningPbx, number: str, answer: Callable[[PhoneCall], Awaitable[None]]) -> German:
    """Talk through the announcement, answer it, fail to verify, talk to the agent, hang up."""
    dialled_at = utc_now()
    async with calling(pbx, number) as (_, call):
        call.talk(BEFORE_HZ)
        await hear_seconds(call, prompt(pbx, WELCOME).size / signal.RATE + ANNOUNCEMENT_S)
        if number == AGREES:
            call.talk(0)
        answered_at, heard = utc_now(), len(call.heard)
        await answer(call)
        await next_sound(call, heard)
        await fail_quickly(call, WRONG)
        await _hear_agent(call)
        call.talk(AFTER_HZ)
        await asyncio.sleep(TALK_S)
        call.hang_up()
        await call.wait_ended(SENTENCES_S)
    return German(kept=await kept(pbx, number, dialled_at), dialled_at=dialled_at, answered_at=answered_at)


async def _hear_agent(call: PhoneCall) -> None:
    async def is_heard() -> bool:
        return signal.tone_s(signal.samples(call.heard[-signal.RATE :]), AGENT_HZ) > 0.3

    await until(is_heard, "the agent was not heard", SENTENCES_S)


async def test_the_caller_is_asked_to_press_1(calls: dict[str, German]) -> None:
    proof = calls[AGREES].kept.consents["caller"].proof
    assert proof.decision.mode == "optin_all"
    assert (proof.state, proof.key, proof.language) == ("granted", "1", "en-GB")
    assert "Press 1" in proof.prompt
    assert proof.played_ms > 1000 * ANNOUNCEMENT_S


@pytest.mark.requirement("C-01")
async def test_nothing_is_recorded_before_the_caller_agrees(calls: dict[str, German]) -> None:
    german = calls[AGREES]
    assert german.kept.recording is not None
    assert german.kept.recording.started_at >= german.answered_at
    assert german.kept.sound is not None
    assert signal.tone_s(german.kept.sound.caller, BEFORE_HZ) <= STRAY_S


async def test_the_talk_after_the_agreement_is_recorded(calls: dict[str, German]) -> None:
    result = calls[AGREES].kept
    assert result.call.recording_state == "recorded"
    assert result.sound is not None
    assert signal.tone_s(result.sound.caller, AFTER_HZ) > TALK_S - 0.6
    assert signal.tone_s(result.sound.agent, AGENT_HZ) > TALK_S - 0.6


@pytest.mark.parametrize(("number", "key"), [(REFUSES, "2"), (SILENT, "")])
async def test_a_caller_who_does_not_agree_is_connected_unrecorded(
    calls: dict[str, German], number: str, key: str
) -> None:
    result = calls[number].kept
    assert (result.call.recording_state, result.call.recording) == ("not_consented", "")
    assert result.recording is None
    assert (result.consents["caller"].proof.state, result.consents["caller"].proof.key) == ("declined", key)
    [agent] = [leg for leg in result.call.legs if leg.party == "extension/1001"]
    assert agent.answered_at is not None
