"""Our signalling beside Debian's Kamailio in one run: proxied calls, and registrations with digest.

A Kamailio proxy does less per call than a B2BUA (two transactions; no dialog, media or call record). It is
a C program that everybody can run, and so a yardstick for the machine. Loads alternate, medians count.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from bench.processes import children, cpu_s
from bench.sipp import DESK, telephone
from pbx.core.secret import Secret
from tests.e2e.running import RunningPbx, free_port, prepare, running

FOLDER = Path(__file__).parent
CALLS = FOLDER.parent / "sipp_scenarios" / "edge_call.xml"
CARRIER, PHONE = "127.0.0.2", "127.0.0.1"
CALL_RATE = 100
REGISTER_RATES = (300, 600)  # a second; the less there is to do, the more a wake-up costs
LOAD_S, N_ROUNDS = 8, 3
TIMERS_S = 34  # the last transactions of a load are paid for before the next one begins
Load = Callable[[int], Awaitable[None]]
Pair = tuple[float, float]


async def sipp(*words: str, host: str, n: int, rate: int) -> None:
    """Play a load; SystemExit when anything of it failed."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", *words, "-i", host, "-p", str(free_port()), "-r", str(rate), "-m", str(n)),
        *("-l", "5000", "-nostdin", "-timeout", "120"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"SIPp ended with {process.returncode}: {said.decode(errors='replace')[-1500:]}")


async def calls(port: int, n: int) -> None:
    """The carrier calls extension 1003, which answers, and hangs up."""
    await sipp(
        f"{PHONE}:{port}", "-sf", str(CALLS), "-s", DESK, "-mi", CARRIER, host=CARRIER, n=n, rate=CALL_RATE
    )


async def registrations(secret: Secret[str], rate: int, port: int, n: int) -> None:
    """Extension 1001 registers, each time with a challenge."""
    text = (FOLDER / "register.xml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "register.xml"
        scenario.write_text(text.replace("{{user}}", "1001").replace("{{password}}", secret.reveal()))
        uri = ("-auth_uri", "acme.example")  # else SIPp signs another URI than it asks for
        await sipp(f"{PHONE}:{port}", "-sf", str(scenario), *uri, host=PHONE, n=n, rate=rate)


@asynccontextmanager
async def kamailio(folder: Path, secret: Secret[str], target: int) -> AsyncIterator[tuple[int, int]]:
    """Run the yardstick; yields its port and the pid of the group's leader."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("kamailio", "-DD", "-E", "-f", str(FOLDER / "kamailio.cfg"), "-l", f"udp:{PHONE}:{port}"),
        *("-m", "64", "-M", "8", "-Y", str(folder), "-w", str(folder), "-P", str(folder / "pid")),
        *("-A", f'BENCH_SECRET="{secret.reveal()}"', "-A", f'BENCH_TARGET="sip:{PHONE}:{target}"'),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port, process.pid
    finally:
        process.terminate()
        await process.wait()


def family(root: int) -> list[int]:
    """A process and its children."""
    found = [root]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == root:
                found.append(int(entry.name))
    return found


async def round_ms(ours: Sequence[int], theirs: Sequence[int], loads: tuple[Load, Load], n: int) -> Pair:
    """CPU milliseconds per unit of a load given to one after the other, the long timers of both included."""
    before = sum(map(cpu_s, ours)), sum(map(cpu_s, theirs))
    for load in loads:
        await load(n)
    await asyncio.sleep(TIMERS_S)
    spent = sum(map(cpu_s, ours)) - before[0], sum(map(cpu_s, theirs)) - before[1]
    return spent[0] * 1000 / n, spent[1] * 1000 / n


async def measure() -> int:
    """Alternate the loads and print the medians."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        with (prepare(base) / "acme" / "tenant.yaml").open("a") as tenant:
            tenant.write("digest: [MD5]\n")  # SIPp knows no other
        async with AsyncExitStack() as stack:
            pbx = await stack.enter_async_context(running(base, free_port()))
            desk = await stack.enter_async_context(telephone(pbx))
            secret = pbx.secret("1001")
            port, leader = await stack.enter_async_context(kamailio(base, secret, desk))
            kinds: tuple[tuple[str, int, Callable[[int, int], Awaitable[None]]], ...] = (
                ("B2BUA call beside a proxied one", CALL_RATE, calls),
                *(
                    (f"registration with digest, {rate} a second", rate, partial(registrations, secret, rate))
                    for rate in REGISTER_RATES
                ),
            )
            for kind, rate, load in kinds:
                await compare(
                    kind, rate * LOAD_S, (partial(load, pbx.port), partial(load, port)), (pbx, leader)
                )
    return 0


async def compare(kind: str, n: int, loads: tuple[Load, Load], parties: tuple[RunningPbx, int]) -> None:
    """Print what one kind of load costs both parties."""
    pbx, leader = parties
    for load in loads:
        await load(50)
    ours, theirs = [children(pbx.process.pid)["signalling"]], family(leader)
    rounds = [await round_ms(ours, theirs, loads, n) for _ in range(N_ROUNDS)]
    mine, others = [one for one, _ in rounds], [other for _, other in rounds]
    print(
        f"{kind}: signalling {statistics.median(mine):.2f} ms CPU ({min(mine):.2f} to {max(mine):.2f}), "
        f"kamailio {statistics.median(others):.2f} ms ({min(others):.2f} to {max(others):.2f}), "
        f"median ratio {statistics.median(one / max(other, 1e-9) for one, other in rounds):.1f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
