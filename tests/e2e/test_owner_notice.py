"""An owner's notice through the front door: who guesses hangs up with the last digit, and the owner hears."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from tests.e2e.callers import calling, fail_quickly
from tests.e2e.running import free_port, prepare, running
from tests.integration.text_gateway import text_gateway

pytestmark = [pytest.mark.asyncio, pytest.mark.proof, pytest.mark.requirement("V-12")]
KNOWN, WRONG = "+447700900124", Secret("07071977")
FLOW = """flow: support
start: identify
steps:
  identify:
    verify: {with: [phone_number, date_of_birth], attempts: 3}
    verified: bye
    otherwise: bye
  bye: {hang_up: }
"""
TOLD_S, END_S = 20.0, 20.0


async def test_the_owner_is_told_of_two_calls_of_somebody_else(tmp_path: Path) -> None:
    acme = prepare(tmp_path) / "acme"
    (acme / "flows" / "support.yaml").write_text(FLOW)
    since = (utc_now() - timedelta(days=30)).date().isoformat()
    (acme / "customers.csv").write_text(
        "id,name,entity_type,phone,date_of_birth,phone_since\n"
        f"1002,Grace Sample,individual,07700 900124,1992-02-29,{since}\n"
    )
    async with text_gateway() as gateway:
        with (acme / "verification.yaml").open("a") as file:
            file.write(f'sms: {{url: "{gateway.url}", body: {{to: "{{number}}", text: "{{text}}"}}}}\n')
            file.write("owner_notice: locked\n")
        async with running(tmp_path, free_port()) as pbx:
            for times in (3, 2):
                async with calling(pbx, KNOWN) as (_, call):
                    await fail_quickly(call, WRONG, times=times)
                    if times == 2:
                        call.hang_up()
                    await call.wait_ended(END_S)
            message = await asyncio.wait_for(gateway.taken.get(), TOLD_S)
    assert message["to"] == KNOWN and message["text"].startswith("Somebody has called acme.example ")
    assert gateway.taken.empty()
