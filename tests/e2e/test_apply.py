"""Another plan at noon: `pbx diff`, `apply`, `versions`, `rollback`, and a process that dies meanwhile."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.test_reload import edit, status_of, until


async def pbx_says(pbx: RunningPbx, *words: str) -> tuple[int, str]:
    """Exit code and output of one command line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", *words, "--config", str(pbx.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def versions(pbx: RunningPbx) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((await pbx_says(pbx, "versions", "--json"))[1])
    return found


async def killed(pbx: RunningPbx) -> None:
    """Kill signalling, and return when another one takes calls."""
    file = pbx.places.pid("signalling")
    before = file.read_text()
    os.kill(int(before), signal.SIGKILL)

    async def serves() -> bool:
        try:
            return file.read_text() != before and await status_of(pbx, "01632960102") in (200, 404)
        except TimeoutError:
            return False

    await until(serves, 30)


@pytest.mark.requirement("ADM-04")
@pytest.mark.proof
async def test_a_plan_is_applied_and_rolled_back(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        plan = tmp_path / "config" / "acme" / "dialplan.yaml"
        assert [(one["version"], one["cause"], one["runs"]) for one in await versions(pbx)] == [
            (1, "start", True)
        ]
        edit(pbx, "acme/dialplan.yaml", "01632 960102", "01632 960155")
        _, said = await pbx_says(pbx, "diff")
        assert "+ number 01632 960155: leads to flow echo" in said
        code, said = await pbx_says(pbx, "apply")
        assert (code, "the test 'the echo test sends everybody" in said) == (1, True), said
        edit(pbx, "acme/tests/numbers.yaml", "01632 960102", "01632 960155")
        code, said = await pbx_says(pbx, "apply", "--comment", "the new test line")
        assert (code, "version 2 is in force" in said) == (0, True), said
        assert await status_of(pbx, "01632960155") == 200
        assert (await pbx_says(pbx, "diff"))[1] == "nothing differs\n"
        applied = plan.read_text()
        plan.write_text(applied + "\nsurprise: 1\n")
        code, said = await pbx_says(pbx, "apply")
        assert (code, "dialplan.yaml:" in said) == (1, True)
        await killed(pbx)  # in the middle of an edit: what was applied comes back, not what is on the disk
        assert await status_of(pbx, "01632960155") == 200
        code, said = await pbx_says(pbx, "rollback", "--comment", "wrong line")
        assert (code, "version 3 is in force" in said) == (0, True), said
        assert "surprise" in plan.read_text()
        await killed(pbx)
        assert await status_of(pbx, "01632960102") == 200
        assert await status_of(pbx, "01632960155") == 404
        code, said = await pbx_says(pbx, "rollback", "2", "--write")
        assert (code, plan.read_text()) == (0, applied), said
        assert await status_of(pbx, "01632960155") == 200
        found = await versions(pbx)
        assert [(one["cause"], one["restored"], one["comment"]) for one in found] == [
            ("files", None, "before the rollback to version 2"),
            ("rollback", 2, ""),
            ("rollback", 1, "wrong line"),
            ("apply", None, "the new test line"),
            ("start", None, ""),
        ]
        database = Database(pbx.places.database_url(pbx.config.pbx))
        facts = [
            fact.details for _, fact in await AuditStore(database).list(limit=100) if "plan." in fact.kind
        ]
        await database.close()
        assert len(facts) == 5
        assert all(one["author"] for one in facts)
