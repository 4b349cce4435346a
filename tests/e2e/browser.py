"""The web phone of tests/e2e/node: SIP.js over secure WebSocket, as a process of its own."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

FOLDER = Path(__file__).parent / "node"
EVENT_S = 20.0


class WebPhone:
    """One running web phone."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: set[str] = set()

    async def happened(self, event: str) -> None:
        """Wait until the phone says so, unless it has said so before: audio may come before the ACK."""
        assert self._process.stdout is not None
        async with asyncio.timeout(EVENT_S):
            while event not in self._said:
                line = await self._process.stdout.readline()
                if not line:
                    break
                said = json.loads(line)
                assert said["event"] != "error", said
                self._said.add(said["event"])
            else:
                return
        raise AssertionError(f"the web phone ended before it was {event}")


@asynccontextmanager
async def web_phone(order: dict[str, str], ca: Path) -> AsyncIterator[WebPhone]:
    """Start a web phone that believes `ca`; `order` see phone.mjs."""
    node = shutil.which("node")
    assert node is not None, "node is missing: tools/system-packages test installs it"
    assert (FOLDER / "node_modules" / "sip.js").is_dir(), "run: npm ci --prefix tests/e2e/node"
    process = await asyncio.create_subprocess_exec(
        *(node, "phone.mjs"),
        cwd=FOLDER,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(ca)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")
    try:
        yield WebPhone(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
