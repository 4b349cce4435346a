"""A voice bot behind a flow of the running PBX: it talks with the caller, then hands him to a person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.testphone import signal
from pbx.testphone.audio import AUDIBLE_RMS, tone
from tests.e2e.fault_helpers import phones, until
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.integration.voice_bot import bots
from tests.integration.voices import RATE

pytestmark = pytest.mark.requirement("MED-14")
ASSISTANT, NOBODY = "01632960103", "01632960104"
CALLER_HZ, BOT_HZ, ALICE_HZ = 620.0, 1000.0, 1300.0
FLOW = """flow: {name}
start: assistant
steps:
  assistant:
    media_stream: {{url: "ws://127.0.0.1:{port}/call?token=x1", parameters: {{language: en-GB}}}}
    next: person
    failed: bye
  person: {{ring: [extension/1001, group/support], no_answer: bye, busy: bye}}
  bye: {{hang_up: "You will now hear your own voice. Hang up to end the test."}}
"""
HEARD_S, CALL_S = 1.0, 20.0


@asynccontextmanager
async def town(base: Path, port: int) -> AsyncIterator[RunningPbx]:
    """A PBX with one flow to the bot, and one to a bot that is not there."""
    acme = prepare(base) / "acme"
    plan = acme / "dialplan.yaml"
    rules = f"inbound:\n  {ASSISTANT}: {{flow: assistant}}\n  {NOBODY}: {{flow: nobody}}\n"
    plan.write_text(plan.read_text().replace("inbound:\n", rules, 1))
    (acme / "flows" / "assistant.yaml").write_text(FLOW.format(name="assistant", port=port))
    (acme / "flows" / "nobody.yaml").write_text(FLOW.format(name="nobody", port=free_port()))
    async with running(base, free_port()) as pbx:
        yield pbx


def has(heard: bytearray | bytes, hz: float) -> bool:
    return signal.tone_s(signal.samples(bytes(heard)), hz) >= HEARD_S


async def test_a_bot_talks_with_the_caller_and_hands_him_over(tmp_path: Path) -> None:
    async with bots() as server, town(tmp_path, server.port) as pbx, phones(pbx) as (caller, alice):
        call = await caller.call(ASSISTANT)
        bot = await server.call()
        call.talk(CALLER_HZ)
        await bot.say(tone(BOT_HZ, 0, 2 * RATE))
        await bot.mark("said")
        assert (await bot.expect("mark"))["mark"]["name"] == "said"
        assert has(call.heard, BOT_HZ)
        assert has(bot.heard(), CALLER_HZ)
        start = bot.of("start")[0]["start"]
        assert (start["accountSid"], start["customParameters"]) == ("acme", {"language": "en-GB"})
        await bot.socket.close()
        person = await alice.incoming(CALL_S)
        person.answer()
        person.talk(ALICE_HZ)

        async def is_alice_heard() -> bool:
            return has(call.heard, ALICE_HZ) and has(person.heard, CALLER_HZ)

        await until(is_alice_heard, "the person is not heard", CALL_S)
        call.hang_up()
        assert await person.wait_ended(CALL_S) == "bye"
    plans = tmp_path / "var" / "plans"  # the flow as the admin has written it, in his own file and there
    kept = [one for one in (tmp_path / "var").rglob("*") if one.is_file() and not one.is_relative_to(plans)]
    assert not [file for file in kept if b"token=x1" in file.read_bytes()]


async def test_a_caller_leaves_and_an_absent_bot_is_passed_by(tmp_path: Path) -> None:
    async with bots() as server, town(tmp_path, server.port) as pbx, phones(pbx) as (caller, _):
        call = await caller.call(ASSISTANT)
        bot = await server.call()
        call.hang_up()
        assert (await bot.expect("stop"))["stop"]["accountSid"] == "acme"
        passed = await caller.call(NOBODY)
        assert await passed.wait_ended(CALL_S) == "bye"
        assert max(signal.samples(passed.heard)) > AUDIBLE_RMS  # the sentence of `bye`
