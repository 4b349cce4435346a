"""Another recording of a sentence while the PBX runs: heard once it is applied, and the old one again."""

import asyncio
from pathlib import Path

import pytest

from pbx.cli.main import run
from pbx.testphone import signal
from tests.e2e import fault_helpers as helpers
from tests.e2e.callers import WELCOME, calling, hear, prompt
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.test_apply import pbx_says

ECHO = "You will now hear your own voice. Hang up to end the test."
FLOW = f"""flow: support
start: welcome
steps:
  welcome: {{say: "{WELCOME}", next: wait}}
  wait: {{echo: null}}
"""


async def heard(pbx: RunningPbx, clip: signal.Samples) -> None:
    async with calling(pbx, "+447700900123") as (_, call):
        await hear(call, clip)


@pytest.mark.requirement("IVR-08")
async def test_callers_hear_what_was_added(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    (tmp_path / "config/acme/flows/support.yaml").write_text(FLOW)
    source = tmp_path / "config/acme/prompts/en-GB/echo.wav"
    words = ("prompts", "add", str(source), "--says", WELCOME, "--config", str(tmp_path / "config"))
    assert await asyncio.to_thread(run, words) == 0
    async with running(tmp_path, free_port()) as pbx:
        await heard(pbx, prompt(pbx, ECHO))


@pytest.mark.proof
@pytest.mark.requirement("IVR-08")
async def test_callers_hear_the_version_that_is_in_force(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    (tmp_path / "config/acme/flows/support.yaml").write_text(FLOW)
    async with running(tmp_path, free_port()) as pbx:
        old, new = prompt(pbx, WELCOME), prompt(pbx, ECHO)
        source = tmp_path / "config/acme/prompts/en-GB/echo.wav"
        code, said = await pbx_says(pbx, "prompts", "add", str(source), "--says", WELCOME)
        assert (code, "welcome-v1.wav" in said) == (0, True), said
        code, said = await pbx_says(pbx, "apply", "--untested")
        assert code == 0, said
        await heard(pbx, new)
        code, said = await pbx_says(pbx, "rollback")
        assert code == 0, said
        await heard(pbx, old)
