"""From an empty folder to a call that a telephone answers, as docs/first_tenant.md tells it."""

import asyncio
import json
import sys
from pathlib import Path

from tests.e2e.running import free_port, running
from tests.e2e.test_apply import pbx_says
from tests.e2e.test_reload import until

TENANT = [
    *("bakery", "--country", "GB", "--timezone", "Europe/London", "--number", "01632 960200"),
    *("--street", "Market Place", "--city", "Newcastle"),
]


async def pbx(*words: str, config: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", *words, "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_caller_of_the_first_plan_talks_with_somebody(tmp_path: Path) -> None:
    config = tmp_path / "config"
    made = await pbx("init", *TENANT, config=config)
    assert await made.wait() == 0
    flow = config / "bakery" / "flows" / "main.yaml"
    flow.write_text(flow.read_text().replace('mon-fri: ["09:00-17:30"]', 'mon-sun: ["00:00-24:00"]'))
    port = free_port()
    machine = config / "pbx.yaml"
    machine.write_text(machine.read_text().replace("port: 5060", f"port: {port}"))
    async with running(tmp_path, port) as running_pbx, asyncio.timeout(40):
        answering = await pbx("phone", "answer", "--as", "bakery/201", "--seconds", "1", config=config)

        async def is_registered() -> bool:
            return bool(json.loads((await pbx_says(running_pbx, "phones", "--json"))[1]))

        await until(is_registered, 20)
        calling = await pbx(
            "phone", "call", "01632 960200", "--from-trunk", "--digits", "1", "--json", config=config
        )
        told, wrong = await calling.communicate()
        assert calling.returncode == 0, wrong.decode()
        assert json.loads(told)["status"] == 200
        assert await answering.wait() == 0
        (call,) = json.loads((await pbx_says(running_pbx, "calls", "list", "--json"))[1])
        assert (call["called"], call["cause"]) == ("01632960200", "bye"), call
        _, why = await pbx_says(running_pbx, "explain", "--call", call["call"])
        assert "main.team" in why and "201" in why, why
