"""Debian's Kamailio as the edge in front of PBX nodes, with the configuration that operators get."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "deploy" / "kamailio.cfg"
ADDRESS = "127.0.0.9"
START_S = 10.0


@asynccontextmanager
async def edge(folder: Path, port: int, nodes: Sequence[int]) -> AsyncIterator[None]:
    """Run an edge on ADDRESS:`port` for nodes on these ports of 127.0.0.1, until the block ends."""
    program = shutil.which("kamailio", path="/usr/sbin:/usr/bin")
    assert program is not None, "Debian's kamailio is missing: apt-get install kamailio"
    listed = folder / "nodes.list"
    listed.write_text("".join(f"1 sip:127.0.0.1:{node}\n" for node in nodes))
    process = await asyncio.create_subprocess_exec(
        *(program, "-DD", "-E", "-f", str(CONFIG), "-m", "64", "-M", "8", "-Y", str(folder)),
        *("-w", str(folder), "-P", str(folder / "pid")),
        *("-A", f"EDGE_ADDRESS={ADDRESS}", "-A", f"EDGE_PORT={port}", "-A", f"WS_PORT={port + 1}"),
        *("-A", f'NODES="{listed}"'),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(_answers(port, process), START_S)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until the edge accepts TCP connections; it has its UDP socket before."""
    while True:
        try:
            _, writer = await asyncio.open_connection(ADDRESS, port)
        except OSError:
            if process.returncode is not None:
                assert process.stderr is not None
                said = (await process.stderr.read()).decode(errors="replace")
                raise AssertionError(f"kamailio ended: {_errors(said)}") from None
            await asyncio.sleep(0.05)  # a process of others sends no event
        else:
            writer.close()
            return


def _errors(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if re.search("ERROR|CRITICAL|error", line))
