"""The load (bench/load.c) and what it reports; both C programs are compiled for a run."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pbx.core.audio import AudioFormat

Arrivals = Literal["spread", "bunched"]
"""Every stream at its own moment of the 20 ms, as from independent phones, or all on whole milliseconds."""

SOURCES = Path(__file__).parents[1]
WARM_S = 1.0
SLOT = 256  # as load.c has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One measurement: packets, CPU seconds of the relay and of the load itself, delay in microseconds.

    `foreign` came out of the wrong socket, `sent_late` left a millisecond after its moment or later.
    """

    sent: int
    received: int
    foreign: int
    sent_late: int
    seconds: float
    cpu_s: float
    load_cpu_s: float
    p50_us: float
    p99_us: float
    max_us: float


def build(folder: Path) -> None:
    """Compile load.c and relay.c into `folder`."""
    for name in ("load", "relay"):
        source = SOURCES / f"{name}.c"
        subprocess.run(["cc", "-O2", "-Wall", "-o", str(folder / name), str(source)], check=True)


def write_frames(path: Path, fmt: AudioFormat, frames: Sequence[bytes], n_units: int) -> None:
    """Write 20 ms payloads as load.c reads them; `n_units` of RTP time each."""
    parts = [bytes([fmt.payload_type]), n_units.to_bytes(2, "big")]
    for frame in frames:
        parts += [len(frame).to_bytes(2, "big"), frame]
    path.write_bytes(b"".join(parts))


def write_packets(path: Path, packets: Sequence[bytes]) -> None:
    """Write whole packets as load.c reads them, those of a stream behind those of the one before."""
    path.write_bytes(b"".join((len(one).to_bytes(2, "big") + one).ljust(SLOT, b"\0") for one in packets))


class Load:
    """One run of load.c: `ports` are its sockets', in the order of the streams."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self._process, self.ports = process, ports

    @classmethod
    async def start(
        cls, folder: Path, size: tuple[int, float], arrivals: Arrivals, frames: Sequence[Path] = ()
    ) -> "Load":
        """Open the sockets; `size` is streams and seconds, `frames` those of even and of odd streams,
        or one file of packets."""
        n_streams, seconds = size
        process = await asyncio.create_subprocess_exec(
            *(str(folder / "load"), str(n_streams), arrivals, str(WARM_S), str(seconds), *map(str, frames)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return cls(process, [int(port) for port in (await process.stdout.readline()).split()])

    async def run(self, pid: int, targets: Sequence[int]) -> Report:
        """Send each stream to its target port (0 = listen only) and measure the process `pid`."""
        said, _ = await self._process.communicate(" ".join(map(str, (pid, *targets))).encode() + b"\n")
        if self._process.returncode != 0:
            raise SystemExit(f"the load ended with {self._process.returncode}")
        return Report(**json.loads(said))

    def stop(self) -> None:
        """End a load that was not run to its end."""
        if self._process.returncode is None:
            self._process.kill()
