"""V-04 through the front door: somebody has locked a date of birth, and its owner reaches V3 by a code."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.core.io.clock import monotonic, utc_now
from pbx.core.secret import Secret
from tests.e2e.callers import Kept, agent_phone, calling, fail_quickly, kept, next_sound
from tests.e2e.running import free_port, prepare, running
from tests.integration.text_gateway import text_gateway

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.proof,
    pytest.mark.requirement("V-04"),
    pytest.mark.requirement("V-11"),
]
KNOWN = "+447700900124"
WRONG, RIGHT = Secret("07071977"), Secret("29021992")
FLOW = """flow: support
start: identify
steps:
  identify:
    verify: {with: [phone_number, date_of_birth], attempts: 3}
    verified: agents
    otherwise: prove
  prove:
    step_up: {by: [one_time_code], purpose: change of address}
    verified: agents
    otherwise: bye
  agents: {ring: group/support, for: 25s, no_answer: bye, busy: bye}
  bye: {hang_up: }
"""
CALL_S = 60.0
RINGS_S, END_S = 20.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """The call of the owner, from its answer to the agent's ringing, and all that the PBX has left."""

    took_s: float
    shown: str
    kept: Kept
    code: str
    octets: dict[str, bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stepped(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stepped]:
    base: Path = tmp_path_factory.mktemp("step-up")
    acme = prepare(base) / "acme"
    (acme / "flows" / "support.yaml").write_text(FLOW)
    since = (utc_now() - timedelta(days=30)).date().isoformat()
    (acme / "customers.csv").write_text(
        "id,name,entity_type,phone,date_of_birth,phone_since\n"
        f"1002,Grace Sample,individual,07700 900124,1992-02-29,{since}\n"
    )
    async with text_gateway() as gateway:
        with (acme / "verification.yaml").open("a") as file:
            file.write(f'sms: {{url: "{gateway.url}", body: {{to: "{{number}}", text: "{{text}}"}}}}\n')
        async with running(base, free_port()) as pbx:
            async with calling(pbx, KNOWN) as (_, attack):  # whoever forges her number
                await fail_quickly(attack, WRONG)
                await gateway.code(30.0)
                attack.hang_up()
                await attack.wait_ended(END_S)
            began_at = utc_now()
            async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
                began = monotonic()
                await fail_quickly(call, WRONG, times=2)
                await next_sound(call, len(call.heard))
                await call.send_digits(RIGHT)  # locked by now
                code = await gateway.code(30.0)
                await call.send_digits(Secret(code))
                ringing = await agent.incoming(RINGS_S)
                took_s = monotonic() - began
                ringing.answer()
                await asyncio.sleep(1.0)  # something to record
                ringing.hang_up()
                await call.wait_ended(END_S)
                result, shown = await kept(pbx, KNOWN, began_at), ringing.remote_display
        assert pbx.process.stdout is not None
        octets = {"output": await pbx.process.stdout.read()}
    files = [path for path in (base / "var").rglob("*") if path.is_file()]
    octets |= {str(path.relative_to(base)): path.read_bytes() for path in files}
    yield Stepped(took_s=took_s, shown=shown, kept=result, code=code, octets=octets)


async def test_the_owner_is_verified_v3_within_a_minute_of_the_call(stepped: Stepped) -> None:
    assert (stepped.shown, stepped.kept.call.verification) == ("Verified caller (V3)", "V3")
    assert stepped.kept.call.customer
    assert stepped.took_s <= CALL_S, stepped.took_s
    print(f"V3 after {stepped.took_s:.1f} s of the call")


async def test_the_code_is_nowhere_afterwards(stepped: Stepped) -> None:
    """A fraction of a second that has the same digits is none."""
    code = re.compile(rb"(?<![0-9.])" + stepped.code.encode() + rb"(?![0-9])")
    call = stepped.kept.call.call.encode()
    assert any(call in octets for octets in stepped.octets.values())
    assert [name for name, octets in stepped.octets.items() if code.search(octets)] == []
