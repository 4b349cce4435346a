"""A PJSIP telephone that publishes its presence and watches others; a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.running import RunningPbx

ROOT = Path(__file__).parents[3]
SAYS_S = 20.0


class Watcher:
    """What the telephone says, one fact a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def says(self, fact: str) -> None:
        """Wait until a fact is said, and take it: one that is waited for twice is said twice."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(SAYS_S):
                while fact not in self.said and (line := await self._process.stdout.readline()):
                    self.said.append(line.decode(errors="replace").rstrip("\n"))
            self.said.remove(fact)
        except (TimeoutError, ValueError):
            raise AssertionError(f"{fact!r} was never said, but {self.said}") from None


@asynccontextmanager
async def watching(pbx: RunningPbx, user: str, *buddies: str) -> AsyncIterator[Watcher]:
    """Run the telephone of `user` as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.softphones.pjsua_watch"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    order = {"user": user, "password": pbx.secret(user).reveal(), "port": pbx.port, "buddies": buddies}
    process.stdin.write(json.dumps(order).encode() + b"\n")
    try:
        yield Watcher(process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), SAYS_S)
        except TimeoutError:
            process.kill()
            await process.wait()
