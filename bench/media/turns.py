"""CPU of a recorded packet by turns within a millisecond, in one process.

    python -m bench.media.turns [--calls 100] [--packets 100000] [--rounds 5] [--packages pbx,other]

Rounds of processes are too far apart to show a tenth. Here groups of ten packets are served in turn by bare
`recv_into` and `send` from Python, by legs that relay and by legs that are recorded; the journals' turns are
taken after as many packets as come in their time, by the same thread. That threads wait for each other is not
in it. Figures are ratios to the bare calls of the same moments. To compare with another version, put its
package on the path under another name.
"""

import argparse
import gc
import importlib
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pbx.core.io.entropy import SystemIds
from pbx.media.rtp import MAX_PACKET, RtpPacket, build
from pbx.recording.age import generate_identity

GROUP = 10  # packets
PACKET_S, FLUSH_S, TURNS = 0.02, 0.15, 12
BYTES = 172
LOOPBACK = "127.0.0.1"
BARE = "bare calls"

Serve = Callable[[float], None]


class Talker:
    """One end of the load."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((LOOPBACK, 0))
        self.seq, self.ssrc = random.getrandbits(16), random.getrandbits(32)

    @property
    def place(self) -> tuple[str, int]:
        host, port = self.socket.getsockname()
        return host, port

    def talk(self) -> None:
        self.seq += 1
        header = RtpPacket(0, False, self.seq & 0xFFFF, self.seq * 160 & 0xFFFFFFFF, self.ssrc, 0, 0)
        self.socket.send(build(header, bytes(160)))

    def hear(self) -> bool:
        """Take one packet; False when there is none."""
        try:
            return bool(self.socket.recv(MAX_PACKET))
        except BlockingIOError:
            return False


def _nothing(*_: object) -> None:
    return None


def _failed(*what: object) -> None:
    raise SystemExit(f"a leg or a recording failed: {what}")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to serve packets: who talks to it and how each is served."""

    name: str
    talkers: Sequence[Talker]
    serve: Sequence[Serve]
    write: Callable[[], None]  # a turn of the journals, if there are any


def bare(n_calls: int) -> Way:
    """What any relay in Python does."""
    buffer = bytearray(MAX_PACKET)
    view = memoryview(buffer)[:BYTES]
    talkers = [Talker() for _ in range(2 * n_calls)]
    ours = [Talker().socket for _ in talkers]

    def relay(receives: Callable[..., int], sends: Callable[..., int], _now: float) -> None:
        receives(buffer)
        sends(view)

    for talker, own in zip(talkers, ours, strict=True):
        talker.socket.connect(own.getsockname())
        own.connect(talker.place)
    serve = [partial(relay, own.recv_into, ours[n ^ 1].send) for n, own in enumerate(ours)]
    return Way(BARE, talkers, serve, _nothing)


class Legs:
    """Bridged legs of one version of the product."""

    def __init__(self, package: str, n_calls: int) -> None:
        self._load = lambda name: importlib.import_module(f"{package}.{name}")
        self._package = package
        self.talkers = [Talker() for _ in range(2 * n_calls)]
        self.legs = [self._leg(talker) for talker in self.talkers]
        for a, b in zip(self.legs[::2], self.legs[1::2], strict=True):
            a.peer, b.peer = b, a

    def _leg(self, talker: Talker) -> Any:
        effects, hooks = self._load("media.effects"), self._load("media.io.hooks")
        audio, rtp_socket = self._load("core.audio"), self._load("media.io.rtp_socket")
        order = effects.OpenLeg(leg="a", call="bench")
        hooked = hooks.Hooks(emit=_nothing, failed=_failed, changed=_nothing, identity=_nothing)
        leg = self._load("media.io.leg").RtpLeg(order, rtp_socket.RtpSocket(LOOPBACK, 0), SystemIds(), hooked)
        fmt = audio.AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
        host, port = talker.place
        leg.connect(effects.ConnectLeg(leg="a", host=host, port=port, format=fmt, direction="sendrecv"))
        leg.out.may_send = True
        ours = socket.socket(fileno=os.dup(leg.socket.fileno()))
        talker.socket.connect(ours.getsockname())
        ours.close()
        return leg

    def way(self, name: str, write: Callable[[], None] = _nothing) -> Way:
        return Way(f"{self._package} {name}", self.talkers, [leg.on_readable for leg in self.legs], write)

    def record(self, spool: Path) -> Way:
        """Record the first leg of every call."""
        spool.mkdir()
        effects, tap = self._load("media.effects"), self._load("media.io.tap")
        spools = self._load("recording.io.spools").Spools(spool)
        create = self._load("recording.io.journal_writer").JournalWriter.create
        recipient = str(generate_identity(SystemIds()).recipient)
        for n, leg in enumerate(self.legs):
            leg.tap.gate_open = True
            if n % 2:
                continue
            order = effects.StartRecording(
                recording=f"bench-{n}",
                leg="a",
                tenant="bench",
                call="bench",
                kind="call",
                recipients=(recipient,),
                started_at="",
            )
            sink = create(spools, order, on_failure=_failed)
            leg.tap.add(tap.Recording(order, sink, _failed))
        return self.way("recorded", self._turn(len(self.legs) // 2))

    def _turn(self, n_journals: int) -> Callable[[], None]:
        """Let the journals' thread begin all of them, take its place, and return what it does in a turn."""
        module = self._load("recording.io.writer_thread")
        thread = module.WriterThread.current()
        while len(thread._open) < n_journals:
            time.sleep(0.01)
        module.FLUSH_INTERVAL_S = self._load("recording.io.sync_thread").SYNC_INTERVAL_S = 1e9
        time.sleep(1)
        return partial(thread._flush, -(-n_journals // TURNS))


def turns(ways: Sequence[Way], n_packets: int) -> dict[str, tuple[float, float]]:
    """Serve so many packets on each way; return µs per packet of serving and of writing."""
    n_groups = len(ways[0].talkers) // GROUP
    served: dict[str, list[int]] = {way.name: [] for way in ways}
    wrote = {way.name: [0] for way in ways}
    between = round(n_groups * FLUSH_S / PACKET_S / TURNS)  # groups
    for step in range(n_packets // GROUP):
        place = slice(step % n_groups * GROUP, (step % n_groups + 1) * GROUP)
        for way in random.sample(ways, len(ways)):
            served[way.name].append(_serve(way, place))
            if step % between == 0:
                start = time.thread_time_ns()
                way.write()
                wrote[way.name].append(time.thread_time_ns() - start)
    per_turn = GROUP * between * 1e3
    return {name: (_mean(served[name]) / GROUP / 1e3, _mean(wrote[name]) / per_turn) for name in served}


def _mean(spent: list[int]) -> float:
    """Without the hundredth that something else held up."""
    usual = sorted(spent)[: -(len(spent) // 100) or None]
    return sum(usual) / len(usual)


def _serve(way: Way, place: slice) -> int:
    talkers, serve = way.talkers[place], way.serve[place]
    for talker in talkers:
        talker.talk()
    start = time.thread_time_ns()
    now = time.monotonic()
    for one in serve:
        one(now)
    spent = time.thread_time_ns() - start
    if not all(talker.hear() for talker in talkers):
        raise SystemExit(f"{way.name}: a packet was not passed on")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packages", default="pbx")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        ways = [bare(options.calls)]
        for package in options.packages.split(","):
            ways.append(Legs(package, options.calls).way("relayed"))
            ways.append(Legs(package, options.calls).record(Path(name) / package))
        turns(ways, 20 * len(ways[0].talkers))
        gc.collect()
        gc.freeze()
        rounds = [turns(ways, options.packets // options.rounds) for _ in range(options.rounds)]
    print(f"{BARE}: {statistics.median(one[BARE][0] for one in rounds):.1f} µs per packet")
    for way in ways[1:]:
        ratios = [(one[way.name][0] / one[BARE][0], one[way.name][1] / one[BARE][0]) for one in rounds]
        loop, thread = (statistics.median(part) for part in zip(*ratios, strict=True))
        spread = sorted(round(sum(both), 2) for both in ratios)
        print(f"{way.name:18} x {loop:.2f} served, {thread:.2f} written, {loop + thread:.2f} in all {spread}")
    sys.stdout.flush()
    os._exit(0)  # nobody writes the ends of the journals any more


main()
