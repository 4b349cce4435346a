"""Marketing calls through the front door: a code, another process, and who is not called after it."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.test_settings import CARRIER, _free_port
from tests.e2e.test_transfers import CALL_S, phone

pytestmark = [pytest.mark.proof, pytest.mark.requirement("C-14"), pytest.mark.requirement("C-15")]
LONDON, LEEDS = "02079460000", "01134960000"
EFFECTIVE_S = 60.0  # C-15


async def pbx_says(pbx: RunningPbx, *words: str) -> str:
    """What a command line of its own process says; its exit code may be 1."""
    config = str(pbx.places.base / "config")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", *words, "--config", config),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return said.decode()


async def dialled(seller: Phone, number: str) -> int:
    """The status of a call that nobody is to get."""
    return await (await seller.call(number)).wait_answered(CALL_S)


async def reasons(pbx: RunningPbx) -> list[object]:
    """Why marketing calls were blocked, in order."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    facts = [fact for _, fact in reversed(await AuditStore(database).list())]
    await database.close()
    return [fact.details["reason"] for fact in facts if fact.kind == "marketing.blocked"]


async def until_reason(pbx: RunningPbx, seller: Phone, number: str, wanted: str) -> float:
    """Dial until the reason is this one; how many seconds that took."""
    began = utc_now()
    async with asyncio.timeout(EFFECTIVE_S):
        while True:
            assert await dialled(seller, number) == 403
            async with asyncio.timeout(CALL_S):
                while not (found := await reasons(pbx)):
                    await asyncio.sleep(0.1)
            if found[-1] == wanted:
                return (utc_now() - began).total_seconds()
            await asyncio.sleep(0.2)


async def test_who_wants_no_more_is_not_called_again(tmp_path: Path) -> None:
    tenant = prepare(tmp_path) / "acme"
    (tenant / "marketing.yaml").write_text("extensions: [1001]\n")
    port, trunks = _free_port(CARRIER), tenant / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("port: 5070", f"port: {port}"))
    async with running(tmp_path, free_port()) as pbx:
        person = Phone(Address(CARRIER, port), user=LONDON, domain=CARRIER, server=pbx.server)
        await person.start()
        try:
            async with phone(pbx, "1001") as seller:
                assert await dialled(seller, LONDON) == 403
                call = await seller.call(f"*42{LONDON}")
                ringing = await person.incoming(CALL_S)
                ringing.answer()
                assert await call.wait_answered(CALL_S) == 200
                await call.send_digits(Secret("*43"))
                at_once_s = await until_reason(pbx, seller, LONDON, "suppressed")
                call.hang_up()
                await ringing.wait_ended(CALL_S)
                assert await dialled(seller, LEEDS) == 403
                stopped = json.loads(
                    await pbx_says(pbx, "marketing", "stop", LEEDS, "--how", "sms", "--json")
                )
                assert stopped["was_known"] is False
                elsewhere_s = await until_reason(pbx, seller, LEEDS, "suppressed")
        finally:
            await person.close()
        rows = json.loads(await pbx_says(pbx, "calls", "list", "--json"))
        why = json.loads(await pbx_says(pbx, "marketing", "why", LEEDS, "--json"))
    assert {row["purpose"] for row in rows} == {"marketing", "service"}
    assert (why["passes"], why["reason"]) == (False, "suppressed")
    print(f"suppressed {at_once_s:.1f} s after the code, {elsewhere_s:.1f} s after another process")
