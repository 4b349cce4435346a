"""CPU per relayed RTP packet: the media worker beside a minimal C relay, in one run.

    python -m bench.media_relay [--streams 100,200] [--rounds 5] [--seconds 5]

Arrivals are spread over every millisecond, as from many independent phones. The load generator and whatever
else runs share the machine, so each round measures both, one after the other, and the ratio of a round is
what counts. The last line of each number of streams is the median of its rounds.
"""

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId
from pbx.media.effects import BridgeLegs, CloseLeg, ConnectLeg, OpenLeg
from pbx.media.events import LegClosed, LegOpened, MediaEvent
from pbx.media.io.link import MediaLink
from pbx.media.rtp import HEADER

FIRST_PORT, FIRST_C_PORT = 24000, 26000
FRAME_S, SLICE_S = 0.02, 0.001
PAYLOAD = bytes(160)
MU = AudioFormat(encoding="PCMU", payload_type=0)

Round = tuple[float, float, float]
"""Microseconds per packet of the C relay and of the worker, and their ratio."""


class Load:
    """One socket per stream; each sends 50 packets a second to its own port of the relay."""

    def __init__(self, n_streams: int) -> None:
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(n_streams)]
        for stream in self.sockets:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # nobody listens
            stream.bind(("127.0.0.1", 0))
        self.seq = 0

    def frame(self, targets: list[int]) -> None:
        """Send one packet of every stream, spread over 20 ms."""
        start = time.monotonic()
        n_slices = round(FRAME_S / SLICE_S)
        for part in range(n_slices):
            for n in range(part, len(self.sockets), n_slices):
                header = HEADER.pack(0x80, 0, self.seq & 0xFFFF, self.seq * 160, n)
                self.sockets[n].sendto(header + PAYLOAD, ("127.0.0.1", targets[n]))
            time.sleep(max(start + (part + 1) * SLICE_S - time.monotonic(), 0))
        self.seq += 1

    def run(self, targets: list[int], seconds: float, cpu_s: Callable[[], float]) -> float:
        """Return the CPU seconds the relay used for `seconds` of load, after a warm-up."""
        for _ in range(25):
            self.frame(targets)
        before = cpu_s()
        for _ in range(round(seconds / FRAME_S)):
            self.frame(targets)
        return cpu_s() - before

    def close(self) -> None:
        for stream in self.sockets:
            stream.close()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) answers on Linux


def build_relay(folder: Path) -> None:
    """Compile relay.c to `folder`/relay."""
    source = Path(__file__).with_name("relay.c")
    subprocess.run(["cc", "-O2", "-Wall", "-o", str(folder / "relay"), str(source)], check=True)


def c_relay(folder: Path, n_streams: int, seconds: float) -> float:
    """Return microseconds of CPU per packet of relay.c."""
    command = [str(folder / "relay"), str(FIRST_C_PORT), str(n_streams)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        load = Load(n_streams)
        targets = [FIRST_C_PORT + 2 * n for n in range(n_streams)]
        used_s = load.run(targets, seconds, lambda: cpu_seconds(process.pid))
        process.terminate()
        relayed = int(process.stdout.readline())
        load.close()
    return per_packet(used_s, relayed, n_streams, seconds)


def per_packet(used_s: float, relayed: int, n_streams: int, seconds: float) -> float:
    expected = n_streams * round(seconds / FRAME_S)
    if relayed < expected:
        raise SystemExit(f"only {relayed} of {expected} packets were relayed: the machine is too busy")
    return used_s / expected * 1e6


async def until(done: Callable[[], bool]) -> None:
    """Wait for a condition of another process."""
    for _ in range(200):
        if done():
            return
        await asyncio.sleep(0.05)
    raise SystemExit("the media worker does not answer")


async def worker(folder: Path, n_streams: int, seconds: float) -> float:
    """Return microseconds of CPU per packet of the media worker."""
    path = folder / f"media-{n_streams}.sock"
    arguments = ["--socket", str(path), "--spool", str(folder)]
    arguments += ["--ports", f"{FIRST_PORT}-{FIRST_PORT + 4 * n_streams}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pbx.media.io.worker", *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    ports: dict[str, int] = {}
    sent: dict[str, int] = {}

    def deliver(event: MediaEvent) -> None:
        if isinstance(event, LegOpened):
            ports[event.leg] = event.port
        elif isinstance(event, LegClosed):
            sent[event.leg] = event.stats.sent

    await until(path.exists)
    link = MediaLink(path, deliver, lambda: None)
    await link.connect()
    load = Load(n_streams)
    legs = [LegId(str(n)) for n in range(n_streams)]
    for leg in legs:
        link.send(OpenLeg(leg=leg, call=CallId("bench")))
    await until(lambda: len(ports) == n_streams)
    for leg, stream in zip(legs, load.sockets, strict=True):
        port = stream.getsockname()[1]
        link.send(ConnectLeg(leg=leg, host="127.0.0.1", port=port, format=MU, direction="sendrecv"))
    for a, b in zip(legs[::2], legs[1::2], strict=True):
        link.send(BridgeLegs(a=a, b=b))
    await asyncio.sleep(0.2)
    targets = [ports[leg] for leg in legs]
    pid = process.pid
    used_s = await asyncio.to_thread(load.run, targets, seconds, lambda: cpu_seconds(pid))
    for leg in legs:
        link.send(CloseLeg(leg=leg))
    await until(lambda: len(sent) == n_streams)
    await link.close()
    process.terminate()
    await process.wait()
    load.close()
    return per_packet(used_s, sum(sent.values()), n_streams, seconds)


def main() -> None:
    """Print one line per round, then the medians."""
    parser = argparse.ArgumentParser(description="CPU per relayed RTP packet")
    parser.add_argument("--streams", default="100,200", help="even numbers of streams")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load on each of the two in a round")
    options = parser.parse_args()
    print("streams   round  C us/packet  worker us/packet  ratio")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_relay(folder)
        for n_streams in map(int, options.streams.split(",")):
            rounds: list[Round] = []
            for n in range(options.rounds):
                c_us = c_relay(folder, n_streams, options.seconds)
                worker_us = asyncio.run(worker(folder, n_streams, options.seconds))
                rounds.append((c_us, worker_us, worker_us / c_us))
                show(n_streams, str(n + 1), rounds[-1])
            medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
            show(n_streams, "median", (medians[0], medians[1], medians[2]))


def show(n_streams: int, label: str, figures: Round) -> None:
    c_us, worker_us, ratio = figures
    print(f"{n_streams:7}  {label:>6}  {c_us:11.1f}  {worker_us:16.1f}  {ratio:5.2f}", flush=True)


if __name__ == "__main__":
    main()
