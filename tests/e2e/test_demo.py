"""`pbx demo`: what a newcomer types first must work and prove itself."""

import asyncio
import os
import stat
import sys
from pathlib import Path

from tests.e2e.running import free_port, prepare, stop

DEMO_S = 120.0


async def test_demo_passes_every_check(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "demo", "--config", str(prepare(tmp_path))),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PBX_SIP_PORT": str(free_port())},
        start_new_session=True,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), DEMO_S)
    finally:
        await stop(process)
    assert process.returncode == 0, said.decode()
    assert b"Every check passed." in said
    assert b"PROBLEM" not in said
    made = [path for path in (tmp_path / "var", *(tmp_path / "var").rglob("*")) if not path.is_symlink()]
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
