"""A PIN through the front door: a date of birth that somebody knows is not enough, and the PIN is nowhere."""

from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e.callers import agent_phone, calling, next_sound
from tests.e2e.fault_helpers import left
from tests.e2e.running import free_port, prepare, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proof, pytest.mark.requirement("V-07")]
KNOWN, BORN = "+447700900124", Secret("29021992")
PIN, NONE = Secret("864209753#"), Secret("#")
FLOW = """flow: support
start: identify
steps:
  identify:
    verify: {with: [phone_number, date_of_birth, pin], attempts: 2}
    verified: agents
    otherwise: agents
  agents: {ring: [extension/1001, group/support], for: 25s, no_answer: bye, busy: bye}
  bye: {hang_up: }
"""
RINGS_S, END_S = 20.0, 20.0


async def test_who_knows_the_date_needs_the_pin(tmp_path: Path) -> None:
    acme = prepare(tmp_path) / "acme"
    (acme / "flows" / "support.yaml").write_text(FLOW)
    pin = PIN.reveal().rstrip("#")
    (acme / "customers.csv").write_text(
        "id,name,entity_type,phone,date_of_birth,pin\n"
        f"1002,Grace Sample,individual,07700 900124,1992-02-29,{pin}\n"
    )
    shown: list[str] = []
    async with running(tmp_path, free_port()) as pbx, agent_phone(pbx) as agent:
        for typed in ((NONE, NONE), (NONE, PIN)):
            async with calling(pbx, KNOWN) as (_, call):
                for n, one in enumerate(typed):
                    await call.send_digits(BORN)
                    await next_sound(call, len(call.heard))
                    await call.send_digits(one)
                    if n == 0:
                        await next_sound(call, len(call.heard))
                ringing = await agent.incoming(RINGS_S)
                ringing.answer()
                shown.append(ringing.remote_display)
                call.hang_up()
                await ringing.wait_ended(END_S)
        levels = [one.verification for one in (await left(pbx)).calls]
        assert pbx.process.stdout is not None
    assert shown == ["Unverified caller", "Verified caller (V2)"]
    assert sorted(levels) == ["V0", "V2"]
    octets = {"output": await pbx.process.stdout.read()}
    # A link in a frozen plan is the customer file of the admin, under another name.
    files = [one for one in (tmp_path / "var").rglob("*") if one.is_file() and not one.is_symlink()]
    octets |= {str(path.relative_to(tmp_path)): path.read_bytes() for path in files}
    assert [name for name, found in octets.items() if pin.encode() in found] == []
