"""A real caller types a date that there is not, is asked again, and goes on with one that there is."""

from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e import fault_helpers as helpers
from tests.e2e.callers import WELCOME, agent_phone, calling, hear, prompt
from tests.e2e.running import free_port, running

FLOW = f"""flow: support
start: day
steps:
  day:
    collect: "{WELCOME}"
    invalid: "{WELCOME}"
    into: day
    type: date_dmy
    secret: false
    next: go
    otherwise: end
  go: {{match: day, cases: [{{is: 2028-02-29, then: ring}}], otherwise: end}}
  ring: {{ring: extension/1001, no_answer: end, busy: end}}
  end: {{hang_up: null}}
"""
NO_DAY, DAY = Secret("30022028"), Secret("29022028")
RINGS_S = 10.0


@pytest.mark.proof
@pytest.mark.requirement("IVR-03")
async def test_a_date_that_there_is_not_is_asked_for_again(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    (tmp_path / "config" / "acme" / "flows" / "support.yaml").write_text(FLOW)
    async with (
        running(tmp_path, free_port()) as pbx,
        agent_phone(pbx) as agent,
        calling(pbx, "+447700900123") as (_, call),
    ):
        await hear(call, prompt(pbx, WELCOME))
        asked = len(call.heard)
        await call.send_digits(NO_DAY)
        await hear(call, prompt(pbx, WELCOME), asked)
        await call.send_digits(DAY)
        ringing = await agent.incoming(RINGS_S)
        ringing.reject(486)
