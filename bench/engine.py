"""What a B2BUA call costs the pure machines: endpoint and switchboard, no sockets, no other process.

The trunk calls extension 1003, which rings, answers, and is hung up on. Only the time inside the machines is
counted, with every timer of every call run. `--profile` prints where it goes.
"""

import argparse
import cProfile
import pstats
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.sipp import CARRIER_INVITE
from pbx.call.context import Wall
from pbx.call.effects import CallEffect, SaveCall
from pbx.call.events import CallEvent
from pbx.call.switchboard import Switchboard
from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.media.events import LegClosed, LegOpened, LegStats
from pbx.sip.effects import LookUpAor, SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import AorFound, Contact, EndpointInput, EndpointOutput, PacketReceived, SendPacket
from pbx.sip.message import parse_message
from pbx.sip.settings import EndpointSettings, TrunkPeer
from tests.call.conftest import Board

CARRIER, DESK = Remote("udp", "127.0.0.2", 5060), Remote("udp", "127.0.0.1", 5080)
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)
RATE = 100  # calls per second of the clock that the machines see
N_CALLS, N_ROUNDS, N_PARSED = 500, 5, 5000
COPIED = (b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:")


@dataclass(slots=True)
class Engine:
    """The machines on a manual clock; `spent_s` is the time inside them."""

    endpoint: Endpoint
    switchboard: Switchboard
    now: float = 1000.0
    spent_s: float = 0.0
    n_saved: int = 0
    port: int = 20000

    def packet(self, octets: bytes, remote: Remote) -> list[SendPacket]:
        """Give one message; returns what goes out, timers that are due included."""
        began = time.process_time()
        sent = self._tick()
        sent += self._sip(PacketReceived(octets=octets, remote=remote))
        self.spent_s += time.process_time() - began
        return sent

    def _tick(self) -> list[SendPacket]:
        sent: list[SendPacket] = []
        for machine in (self.endpoint, self.switchboard):
            if machine.deadline is not None and machine.deadline <= self.now:
                sent += self._route(machine.tick(self.now))
        return sent

    def _sip(self, event: EndpointInput) -> list[SendPacket]:
        return self._route(self.endpoint.handle(event, self.now))

    def _route(self, outputs: list[EndpointOutput] | list[CallEffect]) -> list[SendPacket]:
        sent: list[SendPacket] = []
        for output in outputs:
            if isinstance(output, SendPacket):
                sent.append(output)
            elif isinstance(output, LookUpAor):
                contact = Contact(uri="sip:1003@127.0.0.1:5080", remote=DESK)
                sent += self._call(AorFound(token=output.token, contacts=(contact,)))
            elif isinstance(output, SipEffect):
                sent += self._sip(output)
            elif isinstance(output, OpenLeg):
                self.port += 2
                sent += self._call(LegOpened(leg=output.leg, host="127.0.0.1", port=self.port))
            elif isinstance(output, CloseLeg):
                sent += self._call(LegClosed(leg=output.leg, stats=LegStats()))
            elif isinstance(output, SaveCall):
                self.n_saved += 1
            elif isinstance(output, CallEvent):
                sent += self._call(output)
        return sent

    def _call(self, event: CallEvent) -> list[SendPacket]:
        return self._route(self.switchboard.handle(event, self.now))


def engine() -> Engine:
    """The sample tenant."""
    board = Board()
    plans = {"acme": board.tenant_plan}
    settings = EndpointSettings(
        listen=Address("127.0.0.1", 5060),
        domains={"acme.example": "acme"},
        trunks=(TrunkPeer(name="carrier", tenant="acme", networks=("127.0.0.2/32",), trusted=True),),
    )
    wall = Wall(datetime(2026, 11, 24, tzinfo=UTC), 1000.0)
    return Engine(
        endpoint=Endpoint(settings=settings, ids=SeededIds("bench"), nonce_key=b"k" * 32),
        switchboard=Switchboard(plans, SeededIds("calls"), wall),
    )


def answer(request: bytes, status: bytes, body: bytes = b"") -> bytes:
    """The callee's response."""
    lines = [line for line in request.split(b"\r\n\r\n")[0].split(b"\r\n") if line.startswith(COPIED)]
    lines = [
        line + b";tag=desk" if line.startswith(b"To:") and b";tag=" not in line else line for line in lines
    ]
    extra = [b"Contact: <sip:1003@127.0.0.1:5080>"]
    if body:
        extra.append(b"Content-Type: application/sdp")
    extra.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((b"SIP/2.0 " + status, *lines, *extra, b"", b"")) + body


def call(engine: Engine, number: int) -> None:
    """One call from INVITE to the answer of the last BYE; SystemExit when a message does not come."""
    name = b"%d@127.0.0.2" % number
    invite = CARRIER_INVITE.replace(b"1-1@127.0.0.2", name).replace(b"z9hG4bK-1-1-0", b"z9hG4bK-%d" % number)
    invite = invite.replace(
        b"Content-Length: 0", b"Content-Type: application/sdp\r\nContent-Length: %d" % len(SDP)
    )
    to_desk = _one(engine.packet(invite + SDP, CARRIER), b"INVITE ")
    engine.packet(answer(to_desk, b"100 Trying"), DESK)
    engine.packet(answer(to_desk, b"180 Ringing"), DESK)
    ok = _one(engine.packet(answer(to_desk, b"200 OK", SDP), DESK), b"SIP/2.0 200")
    dialog = _dialog(invite, ok)
    engine.packet(dialog.replace(b"METHOD", b"ACK").replace(b"NUMBER", b"1"), CARRIER)
    bye = dialog.replace(b"METHOD", b"BYE").replace(b"NUMBER", b"2").replace(b"BRANCH", b"b")
    bye_to_desk = _one(engine.packet(bye, CARRIER), b"BYE ")
    engine.packet(answer(bye_to_desk, b"200 OK"), DESK)
    engine.now += 1 / RATE


def _dialog(invite: bytes, ok: bytes) -> bytes:
    """A request inside the caller's dialog, with blanks for method, number and branch."""
    fields = dict(line.split(b": ", 1) for line in ok.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    via = b"SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKBRANCH" + fields[b"Call-ID"] + b";rport"
    return b"\r\n".join(
        (
            b"METHOD sip:pbx@127.0.0.1:5060 SIP/2.0",
            b"Via: " + via,
            b"From: " + fields[b"From"],
            b"To: " + fields[b"To"],
            b"Call-ID: " + fields[b"Call-ID"],
            b"CSeq: NUMBER METHOD",
            b"Max-Forwards: 70",
            b"Content-Length: 0",
            b"",
            b"",
        )
    )


def _one(sent: list[SendPacket], start: bytes) -> bytes:
    found = next((packet.octets for packet in sent if packet.octets.startswith(start)), None)
    if found is None:
        raise SystemExit(f"no {start!r} among {[packet.octets[:30] for packet in sent]}")
    return found


def parsing_us() -> float:
    """Microseconds to parse one INVITE now, as a yardstick for other runs."""
    began = time.process_time()
    for _ in range(N_PARSED):
        parse_message(CARRIER_INVITE)
    return (time.process_time() - began) / N_PARSED * 1e6


def rounds(machines: Engine) -> Iterator[float]:
    """Milliseconds per call of each round."""
    number = 0
    for _ in range(N_ROUNDS):
        machines.spent_s = 0.0
        for _ in range(N_CALLS):
            number += 1
            call(machines, number)
        yield machines.spent_s / N_CALLS * 1000


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine")
    parser.add_argument("--profile", action="store_true")
    machines = engine()
    if parser.parse_args(argv).profile:
        profiler = cProfile.Profile()
        profiler.runcall(lambda: list(rounds(machines)))
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        return 0
    before = parsing_us()
    took = sorted(rounds(machines))
    yardstick = (before + parsing_us()) / 2
    print(
        f"B2BUA call in the pure machines: {statistics.median(took):.3f} ms "
        f"({took[0]:.3f} to {took[-1]:.3f} in {N_ROUNDS} rounds of {N_CALLS}); "
        f"parsing one INVITE: {yardstick:.0f} us"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
