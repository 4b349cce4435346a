"""A softphone's process: started with its orders, waited for, asked for its report."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from tests.e2e.softphones.script import READY, Orders, Report
from tests.e2e.softphones.talkers import TalkOrders

ROOT = Path(__file__).parents[3]
SCRIPT_S = 60.0  # until it is ready, and until it has ended


@asynccontextmanager
async def started(
    words: tuple[str, ...], order: Orders | TalkOrders
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the module of `tests.e2e.softphones` that `words` begin with; it does not outlive the block."""
    module, *arguments = words
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.e2e.softphones.{module}", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(order)).encode())
    process.stdin.write_eof()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def is_ready(process: asyncio.subprocess.Process) -> None:
    """Wait until the softphone says that it can be called."""
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(SCRIPT_S):
        while READY.encode() not in said:
            line = await process.stdout.readline()
            assert line, said.decode(errors="replace")
            said += line


async def is_over(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a softphone that has nothing to report."""
    said, _ = await asyncio.wait_for(process.communicate(), SCRIPT_S)
    assert process.returncode == 0, said.decode(errors="replace")


async def last_line(process: asyncio.subprocess.Process, key: str) -> bytes:
    """Wait for the end of a softphone; the one JSON object that begins with `key`, among what it printed."""
    said, _ = await asyncio.wait_for(process.communicate(), SCRIPT_S)
    assert process.returncode == 0, said.decode(errors="replace")
    lines = [line for line in said.splitlines() if line.startswith(f'{{"{key}"'.encode())]
    assert len(lines) == 1, said.decode(errors="replace")
    return lines[0]


async def ended(process: asyncio.subprocess.Process) -> Report:
    """Wait for the end of a softphone and return its report."""
    return Report(**json.loads(await last_line(process, "registered")))
