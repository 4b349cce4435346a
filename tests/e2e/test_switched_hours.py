"""Opening hours switched by hand: a telephone dials the code, callers go by it, and a lamp shows it."""

import asyncio
import json
import re
from pathlib import Path

from pbx.core.secret import Secret
from tests.e2e import fault_helpers as helpers
from tests.e2e.desk import device
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import DOMAIN, PHONE, Play, authorization, playing
from tests.e2e.sipp import free_port as free_at
from tests.e2e.test_apply import pbx_says
from tests.e2e.test_reload import status_of

SCHEDULE = """\
schedules:
  office: {title: the office, hours: {mon-sun: ["00:00-24:00"]}, code: "*28", switched_by: [1001]}
"""
ALWAYS = "  01632 960102: {flow: echo} "
CHOICE = """\
  01632 960102:
    - {extension: 1003, when: {schedule: {office: closed}}}
    - {flow: echo}
"""
CLOSED, OPEN, FORBIDDEN = 480, 200, 403  # nobody is at 1003
SECONDS = 20.0


async def dialled(pbx: RunningPbx, extension: str) -> int:
    """Dial the code and hear the announcement out."""
    async with device(pbx, extension) as phone:
        call = await phone.call("*28")
        status = await call.wait_answered(SECONDS)
        if status == OPEN:
            await call.wait_ended(SECONDS)
        return status


async def state(pbx: RunningPbx) -> tuple[str, str]:
    """How the schedule is, and who has switched it."""
    (row,) = json.loads((await pbx_says(pbx, "schedule", "list", "--json"))[1])
    return row["state"], row["switched_by"]


async def test_a_code_closes_and_opens_again_and_a_lamp_shows_it(tmp_path: Path) -> None:
    acme = prepare(tmp_path) / "acme"
    (acme / "schedules.yaml").write_text(SCHEDULE)
    plan = (acme / "dialplan.yaml").read_text()
    assert ALWAYS in plan
    (acme / "dialplan.yaml").write_text(plan.replace(ALWAYS, CHOICE))
    subscribed = tmp_path / "subscribed"
    async with running(tmp_path, free_port()) as pbx:
        request = ("SUBSCRIBE", f"sip:*28@{DOMAIN}")
        fill: dict[str, str | Secret[str]] = {
            "extension": "1002",
            "target": "*28",
            "event": "dialog",
            "subscribed": str(subscribed),
            "authorization": authorization("1002", pbx.secret("1002"), request, pbx.port),
        }
        watch = Play(scenario="watch", server=pbx.port, port=free_at(PHONE), fill=fill, limit_s=60)
        async with playing(watch) as lamp:
            async with asyncio.timeout(SECONDS):
                while not subscribed.exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert await status_of(pbx, "01632960102") == OPEN
            assert await dialled(pbx, "1002") == FORBIDDEN
            assert await dialled(pbx, "1001") == OPEN
            assert await state(pbx) == ("closed", "extension/1001")
            assert await status_of(pbx, "01632960102") == CLOSED
            assert await dialled(pbx, "1001") == OPEN
            assert (await pbx_says(pbx, "schedule", "close", "office"))[0] == 0
            seen = await lamp
        assert seen.is_played, seen
        assert (await helpers.left(pbx)).facts.count("schedule.switched") == 3
    notifies = [message for message in seen.received if message.startswith("NOTIFY")]
    states = [re.findall(r"<state>(\w+)</state>", one) for one in notifies]
    assert states == [[], ["confirmed"], ["terminated"], ["confirmed"], ["confirmed"]]
