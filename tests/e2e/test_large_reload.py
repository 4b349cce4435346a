"""A plan of 10,000 extensions is changed under 20 calls a second: no call is lost, no packet is late."""

import asyncio
import itertools
import os
import re
import socket
import statistics
import struct
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.plan import large
from bench.processes import children
from bench.sipp import ECHO, Load, place
from pbx.core.address import Address
from pbx.core.ids import LegId, hex_id
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import LegAnswered
from tests.e2e.bare_phone import BarePhone
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.test_reload import reload

CARRIER, LEVEL = "127.0.0.2", "01632960109"
FLOW = "flow: level\nstart: tone\nsteps:\n  tone: {milliwatt: 60s}\n"
RATE, HELD_MS = 20, 3000
N_LISTENERS, N_RELOADS = 10, 4
QUIET_S, BETWEEN_S = 6.0, 2.0
FRAME_S, LATE_S = 0.02, 0.06
PRIORITY = 10  # the media worker is in the real-time class: what else the machine does is not measured here
PROBE_S, ANSWERED_S = 0.25, 2.0
SO_TIMESTAMPNS = 35  # asm-generic/socket.h: a datagram comes with a timespec; Python has no name for it
_STAMP = struct.Struct("qq")
Late = tuple[float, float]  # when a packet came, and how late it was, in seconds


class Caller(BarePhone):
    """A caller of the carrier, whose audio is somebody else's."""

    def __init__(self, pbx: RunningPbx) -> None:
        super(BarePhone, self).__init__(
            Address(CARRIER, 0), user="+447700900123", domain=CARRIER, server=pbx.server
        )
        self._told, self._news = [], asyncio.Event()

    def dial(self, number: str, port: int) -> LegId:
        """Call with audio at this port."""
        leg, uri = LegId(hex_id(self._ids, 8)), f"sip:{number}@{self._server.host}:{self._server.port}"
        offer = (
            f"v=0\r\no=- 1 1 IN IP4 {CARRIER}\r\ns=-\r\nc=IN IP4 {CARRIER}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8\r\n"
        )
        order = PlaceCall(
            leg=leg,
            target=uri,
            to=uri,
            from_uri=self._uri,
            from_display="",
            remote=self._server,
            offer=offer.encode(),
            credentials=None,
        )
        self.order(order)
        return leg


class Listener(threading.Thread):
    """Takes the packets of one call with the kernel's time of their arrival."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((CARRIER, 0))
        self.port = int(self._socket.getsockname()[1])
        self.packets: list[tuple[float, int]] = []  # (seconds, sequence number)

    def run(self) -> None:
        while True:
            octets, control, _, _ = self._socket.recvmsg(2048, 256)
            if not octets:
                return
            (stamp,) = (data for _, kind, data in control if kind == SO_TIMESTAMPNS)
            seconds, ns = _STAMP.unpack(stamp)
            self.packets.append((seconds + ns / 1e9, int.from_bytes(octets[2:4])))

    def stop(self) -> None:
        """Wake the thread by an empty datagram."""
        self._socket.sendto(b"", self._socket.getsockname())
        self.join()
        self._socket.close()

    def lateness(self) -> list[Late]:
        """Return each packet's delay against the steadiest one; a hole or a swap fails."""
        first = self.packets[0][1]
        places = [(number - first) % 65536 for _, number in self.packets]
        assert places == list(range(len(places))), "packets are missing, or out of order"
        delays = [at - n * FRAME_S for n, (at, _) in enumerate(self.packets)]
        least = min(delays)
        return [(at, delay - least) for (at, _), delay in zip(self.packets, delays, strict=True)]


def configure(base: Path) -> Path:
    """Write the large plan, with a line that only plays, and a number that each reload moves."""
    config = prepare(base)
    large(config)
    acme = config / "acme"
    (acme / "flows" / "level.yaml").write_text(FLOW)
    with (acme / "numbers.yaml").open("a") as file:
        file.write(f"  {LEVEL}: {{flow: level}}\n")
    machine = config / "pbx.yaml"
    written = machine.read_text()
    assert "timeout: 30s" in written
    machine.write_text(written.replace("timeout: 30s ", "timeout: 3min ", 1))
    return config


@asynccontextmanager
async def listening(pbx: RunningPbx) -> AsyncIterator[list[Listener]]:
    """Hold the calls that only listen."""
    caller = Caller(pbx)
    await caller.start()
    listeners = [Listener() for _ in range(N_LISTENERS)]
    for one in listeners:
        one.start()
        leg = caller.dial(LEVEL, one.port)
        await caller.told(LegAnswered, leg)
    try:
        yield listeners
    finally:
        await caller.close()
        for one in listeners:
            one.stop()


async def probe(pbx: RunningPbx, over: asyncio.Event) -> list[float]:
    """Call four times a second; return how long each answer took."""
    caller = Caller(pbx)
    await caller.start()
    took: list[float] = []
    while not over.is_set():
        began = time.monotonic()
        leg = caller.dial(ECHO, 40000)
        await caller.told(LegAnswered, leg)
        took.append(time.monotonic() - began)
        caller.order(HangUp(leg=leg))
        await asyncio.sleep(max(0.0, began + PROBE_S - time.monotonic()))
    await caller.close()
    return took


def moved(config: Path, n: int) -> None:
    """Let another telephone have a number of the large plan."""
    file = config / "acme" / "numbers.yaml"
    file.write_text(re.sub(r"extension: \d+", f"extension: {20_001 + n}", file.read_text(), count=1))


@pytest.mark.proof
async def test_a_large_plan_changes_under_calls(tmp_path: Path) -> None:
    config = configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, listening(pbx) as listeners:
        os.sched_setscheduler(children(pbx.process.pid)["media"], os.SCHED_RR, os.sched_param(PRIORITY))
        over, spans = asyncio.Event(), []
        n_calls = int(RATE * (QUIET_S + N_RELOADS * (BETWEEN_S + 6)))
        load = asyncio.create_task(place(pbx, Load(called=ECHO, rate=RATE, n_calls=n_calls, held_ms=HELD_MS)))
        probing = asyncio.create_task(probe(pbx, over))
        await asyncio.sleep(QUIET_S)
        quiet_until = time.time()
        for n in range(1, N_RELOADS + 1):
            moved(config, n)
            began = time.time()
            code, said = await reload(pbx)
            assert code == 0, said
            spans.append(time.time() - began)
            await asyncio.sleep(BETWEEN_S)
        over.set()
        answers = await probing
        lost = await load
    late = list(itertools.chain.from_iterable(one.lateness() for one in listeners))
    for name, found in (
        ("before", [x for at, x in late if at < quiet_until]),
        ("under reloads", [x for at, x in late if at >= quiet_until]),
    ):
        cut = statistics.quantiles(found, n=1000)
        print(
            f"\n{name}: {len(found)} packets, late p50 {cut[499] * 1e3:.1f} ms, p99 {cut[989] * 1e3:.1f} ms, "
            f"p99.9 {cut[998] * 1e3:.1f} ms, at most {max(found) * 1e3:.1f} ms"
        )
    print(f"reloads took {', '.join(f'{one:.1f}' for one in spans)} s")
    print(f"answers: median {statistics.median(answers) * 1e3:.0f} ms, at most {max(answers) * 1e3:.0f} ms")
    assert lost == ""
    assert max(answers) < ANSWERED_S
    assert max(x for at, x in late if at >= quiet_until) < LATE_S
