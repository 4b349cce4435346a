"""A real telephone says a date of birth, and the agent sees a verified caller; no recording has the voice."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import soxr

from pbx.core.io.clock import monotonic, utc_now
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.testphone.call import PhoneCall
from tests.e2e.callers import (
    QUESTION,
    WELCOME,
    agent_phone,
    audible,
    calling,
    hear,
    hear_seconds,
    kept,
    prompt,
)
from tests.e2e.fault_helpers import pid
from tests.e2e.running import RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.proof, pytest.mark.asyncio(loop_scope="module")]
KNOWN, TYPED = "+447700900124", Secret("29021992")
BORN = "the twenty ninth of february nineteen ninety two"
OTHER = "please let me speak to somebody"
NOTICE = "This call will be recorded to check that we follow our rules and as evidence of what is agreed."
STEP, SPOKEN = "attempts: 3}", "attempts: 3, entry: [keys, speech]}"
VOICE, HEARS = "  voice: rms\n", "  voice: rms\n  recogniser: pocketsphinx\n"
RATE = 8000
QUESTION_S = 2.0  # shorter than the question, whatever voice says it
RINGS_S, END_S = 30.0, 10.0
TALK_HZ, TALK_S = 700.0, 1.0


def voice(text: str, folder: Path) -> bytes:
    """Return PCM16 of 8 kHz of somebody who says it, at the level of a caller."""
    file = folder / "said.wav"
    subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(file)], check=True)
    samples, rate = soundfile.read(file, dtype="float32")
    narrow = soxr.resample(samples, rate, RATE)
    return bytes((narrow / np.abs(narrow).max() * 12_000).astype("<i2").tobytes())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hearing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX whose callers may speak."""
    base = tmp_path_factory.mktemp("hearing")
    folder = prepare(base)
    for file, old, new in (
        (folder / "pbx.yaml", VOICE, HEARS),
        (folder / "acme" / "flows" / "support.yaml", STEP, SPOKEN),
    ):
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
    async with running(base, free_port()) as pbx:
        yield pbx


async def asked(call: PhoneCall, pbx: RunningPbx) -> None:
    """Return when welcome, announcement and question were heard."""
    before = sum(len(prompt(pbx, text)) for text in (WELCOME, NOTICE)) / RATE
    await hear_seconds(call, before + QUESTION_S)


async def outcomes(pbx: RunningPbx) -> list[str]:
    """What came of spoken answers, newest first."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        found = [fact for _, fact in await AuditStore(database).list(500)]
    finally:
        await database.close()
    return [str(fact.details["outcome"]) for fact in found if fact.kind == "verification.spoken"]


@pytest.mark.requirement("R-20")
async def test_a_date_that_is_said_verifies_and_nobody_keeps_the_voice(
    hearing: RunningPbx, tmp_path: Path
) -> None:
    pbx, since, said = hearing, utc_now(), voice(BORN, tmp_path)
    async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
        await asked(call, pbx)
        await call.say(said)
        begun = monotonic()
        ringing = await agent.incoming(RINGS_S)
        print(f"rings {monotonic() - begun - len(said) / 2 / RATE:.2f} s after the last word")
        assert ringing.remote_display == "Verified caller (V2)"
        ringing.answer()
        call.talk(TALK_HZ)
        await asyncio.sleep(TALK_S)
        call.hang_up()
        await call.wait_ended(END_S)
    result = await kept(pbx, KNOWN, since)
    assert result.call.verification == "V2"
    assert result.sound is not None
    heard = audible(result.sound.caller.astype("<i2").tobytes())
    assert heard
    # All that is audible of him is what he said to the agent: frames of 20 ms, one after the other.
    assert (heard[-1] - heard[0]) * 0.02 < TALK_S + 0.5
    assert (await outcomes(pbx))[0] == "taken"


async def test_what_is_no_date_leads_to_keys(hearing: RunningPbx, tmp_path: Path) -> None:
    pbx = hearing
    async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
        await asked(call, pbx)
        await call.say(voice(OTHER, tmp_path))
        await hear(call, prompt(pbx, QUESTION))
        await call.send_digits(TYPED)
        ringing = await agent.incoming(RINGS_S)
        assert ringing.remote_display == "Verified caller (V2)"
        ringing.reject(486)
    assert (await outcomes(pbx))[0] in ("unclear", "no_date")


async def test_a_recogniser_that_is_killed_leads_to_keys_and_comes_back(
    hearing: RunningPbx, tmp_path: Path
) -> None:
    pbx, old = hearing, pid(hearing, "recogniser")
    async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
        await asked(call, pbx)
        await call.say(voice(BORN, tmp_path))
        os.kill(old, signal.SIGKILL)
        await hear(call, prompt(pbx, QUESTION))
        await call.send_digits(TYPED)
        ringing = await agent.incoming(RINGS_S)
        assert ringing.remote_display == "Verified caller (V2)"
        ringing.reject(486)
    assert (await outcomes(pbx))[0] == "failed"
    assert pid(pbx, "recogniser") != old
