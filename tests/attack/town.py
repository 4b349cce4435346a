"""A town under attack: a running PBX, twenty people who talk, and one who keeps calling."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from pbx.core.address import Address
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.fault_helpers import nursery_loaded
from tests.e2e.running import RunningPbx

ECHO, SUPPORT = "01632960102", "01632960100"
N_CALLS = 20
N_BASELINE, N_UNDER = 60, 6  # set-ups that are measured before, and at least in each attack
ANSWER_S, TONES_S = 10.0, 30.0
LOOK_S = 0.05
PROBE_PAUSE_S = 0.03
MAX_GAP_S = 0.2
SLOWER = 2.0
# Two cores carry the PBX, the twenty telephones and the attackers: below this, a ratio to some 10 ms measures
# who was scheduled first. `make attack` has the machine for itself and asks for more than `make test`, where
# the other tests run beside it.
FLOOR_S = float(os.environ.get("ATTACK_FLOOR_S", "0.25"))
MAX_GROWTH = 1.10  # of resident memory
# What some 2,000 finished calls occupy until it is used again: at 30 a second it grew to 30 MB in 65 s,
# and stayed there. Who has no time to wait for that (`make attack` has) allows for it.
WARM_S, FINISHED = float(os.environ.get("ATTACK_WARM_S", "0")), 32_000_000
TONE_WINDOW = 8000  # octets of PCM16: the last half second
TONE_SHARE_S = 0.3
LOWEST_HZ, APART_HZ = 350.0, 40.0  # everybody has a tone of his own, so that mixed-up calls are heard
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the report."""

    attack: str
    outcome: str
    setups: int
    slowest_s: float
    gap_s: float
    growth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the PBX listens besides its main address."""

    tls: int
    wss: int


@dataclass(slots=True)
class Town:
    """What is looked at during attacks; `report` grows with each of them."""

    pbx: RunningPbx
    calls: list[PhoneCall]
    prober: Phone
    ports: Ports
    setups: list[float] = field(default_factory=list)
    gap_s: float = 0.0
    baseline_s: float = 0.0
    warm: int = 0
    report: list[Line] = field(default_factory=list)
    problem: BaseException | None = None
    is_over: bool = False

    @asynccontextmanager
    async def under(self, attack: str, outcome: str) -> AsyncIterator[None]:
        """An attack runs in the block: calls stay up with audio, others call as fast, memory is flat."""
        self.setups.clear()
        self.gap_s = 0.0
        yield
        async with asyncio.timeout(ANSWER_S):
            while len(self.setups) < N_UNDER and self.problem is None:
                await asyncio.sleep(LOOK_S)
        slowest_s, gap_s = p99(self.setups), self.gap_s
        growth = self.resident() / self.warm
        line = Line(
            attack=attack,
            outcome=outcome,
            setups=len(self.setups),
            slowest_s=slowest_s,
            gap_s=gap_s,
            growth=growth,
        )
        self.report.append(line)
        assert self.problem is None, self.problem
        assert self.pbx.process.returncode is None
        assert [call.leg for call in self.calls if not call.confirmed] == []
        assert self.mute() == [], "not every call hears itself"
        assert gap_s <= MAX_GAP_S, line
        assert slowest_s <= max(SLOWER * self.baseline_s, FLOOR_S), line
        assert growth <= MAX_GROWTH, line

    def mute(self) -> list[int]:
        """Return the calls that have not heard their own tone, and so either way is dead."""
        return [
            number
            for number, call in enumerate(self.calls)
            if signal.tone_s(signal.samples(call.heard[-TONE_WINDOW:]), tone_of(number)) < TONE_SHARE_S
        ]

    def resident(self) -> int:
        """Return the octets of memory of all processes of the PBX."""
        total = 0
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.pbx.process.pid:  # the session
                    total += int((folder / "statm").read_text().split()[1]) * PAGE
            except OSError:
                continue  # it has just ended
        return total

    async def probe(self) -> None:
        """Make and end calls until the town is over, one after the other."""
        try:
            while not self.is_over:
                self.setups.append(await set_up(self.prober))
                await asyncio.sleep(PROBE_PAUSE_S)
        except (AssertionError, TimeoutError, OSError) as error:
            self.problem = error

    async def watch(self) -> None:
        """Note the longest time in which a call heard nothing; what this process itself slept is left out."""
        heard = [len(call.heard) for call in self.calls]
        silent_s = [0.0] * len(self.calls)
        last = monotonic()
        while not self.is_over:
            await asyncio.sleep(LOOK_S)
            now = monotonic()
            passed_s, last = min(now - last, 2 * LOOK_S), now
            for number, call in enumerate(self.calls):
                grew = len(call.heard) > heard[number]
                silent_s[number] = 0.0 if grew else silent_s[number] + passed_s
                heard[number] = len(call.heard)
            self.gap_s = max(self.gap_s, *silent_s)


def tone_of(number: int) -> float:
    """Return the pitch of a call."""
    return LOWEST_HZ + APART_HZ * number


def p99(seconds: list[float]) -> float:
    """Return what 99 of 100 stay below."""
    return sorted(seconds)[max(0, -(-99 * len(seconds) // 100) - 1)]


def carrier(pbx: RunningPbx) -> Phone:
    """A telephone behind the sample configuration's trunk."""
    return Phone(Address("127.0.0.2", 0), user="+447700900123", domain="carrier.example", server=pbx.server)


def device(pbx: RunningPbx, extension: str, host: str = "127.0.0.1") -> Phone:
    """A telephone of ours."""
    return Phone(
        Address(host, 0),
        user=extension,
        domain="acme.example",
        server=pbx.server,
        password=pbx.secret(extension),
    )


async def set_up(phone: Phone) -> float:
    """Make and end a call; return the seconds until it was answered."""
    began = monotonic()
    call = await phone.call(ECHO)
    assert await call.wait_answered(ANSWER_S) == 200
    spent = monotonic() - began
    call.hang_up()
    await call.wait_ended(ANSWER_S)
    return spent


@asynccontextmanager
async def living(pbx: RunningPbx, ports: Ports) -> AsyncIterator[Town]:
    """Twenty calls with audio, the baseline, and somebody who keeps calling."""
    talker, prober = carrier(pbx), carrier(pbx)
    tasks: list[asyncio.Task[None]] = []
    try:
        await talker.start()
        await prober.start()
        town = Town(pbx, [await talker.call(ECHO) for _ in range(N_CALLS)], prober, ports)
        for number, call in enumerate(town.calls):
            assert await call.wait_answered(ANSWER_S) == 200
            call.talk(tone_of(number))
        async with asyncio.timeout(TONES_S):
            while town.mute():
                await asyncio.sleep(LOOK_S)
        await prober.call(SUPPORT)  # which loads what only the support line uses
        await nursery_loaded(pbx)  # it comes when everybody else is there, and is no growth
        town.baseline_s = p99([await set_up(prober) for _ in range(N_BASELINE)])
        tasks += [asyncio.create_task(town.probe()), asyncio.create_task(town.watch())]
        await asyncio.sleep(WARM_S)
        town.warm = town.resident() + (0 if WARM_S else FINISHED)
        try:
            yield town
        finally:
            town.is_over = True
    finally:
        await asyncio.gather(*tasks)  # they end by themselves: `wait_for` may swallow a cancellation
        await talker.close()
        await prober.close()
