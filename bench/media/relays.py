"""The two relays that ours is compared with: relay.c, and Debian's rtpengine without its kernel module."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.media.ng import NgClient

FIRST_PORT, LAST_PORT = 61000, 65000  # above what Linux gives out by itself
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A relaying process, and the port to which each stream of the load sends."""

    pid: int
    targets: tuple[int, ...]


@asynccontextmanager
async def c_relay(folder: Path, ports: Sequence[int]) -> AsyncIterator[Relay]:
    """Yield relay.c; it learns the load's `ports` from its packets."""
    process = await asyncio.create_subprocess_exec(
        *(str(folder / "relay"), str(FIRST_PORT), str(len(ports))), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if await process.stdout.readline() != b"ready\n":
            raise SystemExit("the C relay does not start")
        yield Relay(pid=process.pid, targets=tuple(FIRST_PORT + 2 * n for n in range(len(ports))))
    finally:
        await _end(process)


@asynccontextmanager
async def rtpengine(folder: Path, ports: Sequence[int]) -> AsyncIterator[Relay]:
    """Yield rtpengine in userspace with one plain G.711 call for each two of the load's `ports`."""
    async with NgClient.listening() as (ng, ng_port):
        process = await asyncio.create_subprocess_exec(
            *("rtpengine", "--config-file=none", "--table=-1", "--foreground"),
            *("--log-stderr", "--log-level=2"),
            *(f"--interface={LOOPBACK}", f"--listen-ng={LOOPBACK}:{ng_port}"),
            *(f"--port-min={FIRST_PORT}", f"--port-max={LAST_PORT}", f"--pidfile={folder / 'rtpengine.pid'}"),
            "--endpoint-learning=immediate",  # else it looks at every source for three seconds
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await ng.answers()
            targets: list[int] = []
            for n, (a, b) in enumerate(zip(ports[::2], ports[1::2], strict=True)):
                targets += await ng.bridge(f"bench-{n}", a, b)
            yield Relay(pid=process.pid, targets=tuple(targets))
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()
