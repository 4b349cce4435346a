"""A prompt is spoken at a telephone: heard again, spoken anew, kept; and nothing is kept of who hangs up."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.core.secret import Secret
from pbx.testphone import signal
from pbx.testphone.audio import tone
from pbx.testphone.call import PhoneCall
from tests.e2e import fault_helpers as helpers
from tests.e2e.callers import agent_phone
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.test_apply import pbx_says

FIRST_HZ, SECOND_HZ = 600.0, 700.0
RATE = 8000
PROMPTS = "config/acme/prompts/en-GB"


async def spoken(call: PhoneCall, hz: float, seconds: float) -> None:
    """Wait for the tone, say something, and press the hash key."""
    await call.wait_quiet(600, 30)
    call.forget_heard()
    await call.say(tone(hz, 0, int(RATE * seconds)))
    await call.send_digits(Secret("#"))


async def asked(call: PhoneCall, key: str) -> None:
    """Hear the take, and press a key."""
    await call.wait_quiet(600, 30)
    call.forget_heard()
    with contextlib.suppress(ConnectionError):  # it hangs up while the key is still down
        await call.send_digits(Secret(key))


@asynccontextmanager
async def studio(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RunningPbx, PhoneCall, "asyncio.Future[tuple[int, str]]"]]:
    """A call that `pbx prompts record` makes to a telephone, answered, and what that command will say."""
    helpers.configure(folder, speech={"engine": "none"})  # the tone alone: that is quicker
    port = free_port()
    monkeypatch.setenv("PBX_SIP_PORT", str(port))
    async with running(folder, port) as pbx, agent_phone(pbx) as phone:
        said = asyncio.ensure_future(pbx_says(pbx, "prompts", "record", "welcome", "--phone", "acme/1001"))
        call = await phone.incoming(30)
        call.answer()
        assert await call.wait_answered(10) == 200
        yield pbx, call, said


@pytest.mark.requirement("IVR-08")
async def test_a_prompt_is_spoken_at_a_telephone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio(tmp_path, monkeypatch) as (pbx, call, said):
        await spoken(call, FIRST_HZ, 1.5)
        await asked(call, "1")
        code, told = await said
        assert code == 0, told
        samples, rate = soundfile.read(str(tmp_path / PROMPTS / "welcome-v1.wav"))
        kept = np.asarray(samples) * 32767
        assert rate == RATE
        assert len(kept) / RATE == pytest.approx(1.7, abs=0.3)
        assert signal.contains_tone(kept, FIRST_HZ, 0.9)
        _, listed = await pbx_says(pbx, "prompts", "history", "welcome", "--json")
        assert [(one["how"], one["in_use"]) for one in json.loads(listed)] == [
            ("telephone 1001", True),
            ("", False),
        ]


@pytest.mark.proof
@pytest.mark.requirement("IVR-08")
async def test_it_is_spoken_anew_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio(tmp_path, monkeypatch) as (pbx, call, said):
        await spoken(call, FIRST_HZ, 1.0)
        begin = len(call.heard)
        await asked(call, "2")
        await spoken(call, SECOND_HZ, 1.0)
        await call.wait_quiet(600, 30)
        heard = signal.samples(call.heard[begin:])
        assert signal.tone_s(heard, FIRST_HZ) == pytest.approx(1.0, abs=0.3)
        assert signal.tone_s(heard, SECOND_HZ) == pytest.approx(1.0, abs=0.3)
        call.hang_up()
        code, told = await said
        assert (code, "the call is over, and nothing is kept" in told) == (1, True), told
        assert not list((tmp_path / PROMPTS).glob("welcome-v*"))
        _, listed = await pbx_says(pbx, "recordings", "list", "--json")
        assert json.loads(listed) == []
