"""Set-up cost: SIPp calls the echo test of a running PBX from the trunk's address.

Prints start-up time, CPU per call (INVITE to BYE, one SIP leg with flow, port, CDR), calls per second
held for 20 s without loss, and memory per call. Needs SIPp (Debian sip-tester).
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.running import RunningPbx, free_port, running

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SCENARIO = Path(__file__).parent / "uac.xml"
HOLD_S = 20
RATES = (20, 40, 60, 80, 100, 120)
HELD_CALLS = 200


def processes(root: int) -> dict[int, str]:
    """Pids below `root` with the module each runs."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        if parent == root:
            found[int(entry.name)] = words[2].decode() if len(words) > 2 else "?"
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_kb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1024


async def sipp(pbx: RunningPbx, rate: int, calls: int, pause_ms: int) -> tuple[int, str]:
    """Place `calls` at `rate` per second, each held for `pause_ms`; returns SIPp's exit code."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"127.0.0.1:{pbx.port}", "-sf", str(SCENARIO), "-s", "01632960102", "-i", "127.0.0.2"),
        *("-r", str(rate), "-m", str(calls), "-d", str(pause_ms), "-l", "5000", "-nostdin"),
        *("-timeout", "120", "-timeout_error"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode(errors="replace")


async def memory(pbx: RunningPbx, pids: dict[int, str]) -> None:
    """Resident memory per held call."""
    before = {pid: rss_kb(pid) for pid in pids}
    load = asyncio.ensure_future(sipp(pbx, 50, HELD_CALLS, 8000))
    await asyncio.sleep(HELD_CALLS / 50 + 2)
    for pid, module in pids.items():
        grown = (rss_kb(pid) - before[pid]) / HELD_CALLS
        if module in ("pbx.app", "pbx.media.io.worker"):
            print(f"memory per held call, {module}: {grown:.1f} kB")
    await load


async def rate(pbx: RunningPbx, pids: dict[int, str]) -> int:
    """The highest rate that loses nothing for 20 s, with the CPU each call costs there."""
    held = 0
    for attempt in RATES:
        before = {pid: cpu_s(pid) for pid in pids}
        calls = attempt * HOLD_S
        code, _ = await sipp(pbx, attempt, calls, 100)
        spent = {module: (cpu_s(pid) - before[pid]) / calls * 1000 for pid, module in pids.items()}
        cost = " ".join(f"{module.split('.')[-1]}={value:.2f}" for module, value in sorted(spent.items()))
        verdict = "held" if code == 0 else "LOST CALLS"
        print(f"{attempt} calls/s for {HOLD_S} s: {verdict}; CPU ms per call {cost}")
        if code != 0:
            break
        held = attempt
    return held


async def measure() -> int:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        async with running(Path(folder), free_port()) as pbx:
            print(f"start-up to first call taken: {time.monotonic() - began:.2f} s")
            pids = processes(pbx.process.pid)
            await sipp(pbx, 10, 20, 100)
            await memory(pbx, pids)
            held = await rate(pbx, pids)
            print(f"held without loss: {held} calls/s")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
