"""A telephone without a worker: its sockets, the leg that it talks to, and a clock that its test moves."""

import os
import select
import socket
import struct

import pytest

from pbx.core.audio import AudioFormat, Direction
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.core.io.clock import monotonic
from pbx.core.srtp import Security
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import MediaEvent, MediaTimedOut
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtcp_socket import RtcpSocket
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.rtcp import ReceiverReport, ReportBlock
from pbx.media.rtcp_build import build
from pbx.media.silence import SilenceRules
from pbx.media.source_lock import Source
from pbx.media.srtp import SrtpSession

MU = AudioFormat(encoding="PCMU", payload_type=0, comfort_noise_type=13)
RULES = SilenceRules(timeout_s=30.0, rest_s=1800.0)
VOICE, NOISE = (0, bytes(160)), (13, b"\x40")
PATIENCE_S = 5


class Telephone:
    """RTP of a party on a port, RTCP on the next one, and the leg that it talks to."""

    def __init__(self) -> None:
        self.events: list[MediaEvent] = []
        hooks = Hooks(
            emit=self.events.append,
            failed=lambda _, error: pytest.fail(str(error)),
            changed=lambda _: None,
            identity=new_identity,
        )
        ours, self._theirs = pairs(), pairs()
        order = OpenLeg(leg=LegId("a"), call=CallId("c"))
        self.leg = RtpLeg(order, RtpSocket("127.0.0.1", ours), SeededIds(), hooks)
        self.leg.reports.bind(RtcpSocket("127.0.0.1", ours))
        self._rtp, self._rtcp = bound(self._theirs), bound(self._theirs + 1)
        self.srtp: SrtpSession | None = None  # protects what is said
        self.seq = 0
        self.now = monotonic()

    @property
    def place(self) -> Source:
        """Where it is seen."""
        host, port = self._rtp.getsockname()
        return host, port

    def connect(
        self, direction: Direction = "sendrecv", fmt: AudioFormat = MU, security: Security | None = None
    ) -> None:
        """Agree on a direction, as we name it."""
        order = ConnectLeg(
            leg=self.leg.leg,
            host="127.0.0.1",
            port=self._theirs,
            format=fmt,
            direction=direction,
            security=security,
        )
        self.leg.connect(order)

    def move(self, host: str = "127.0.0.1") -> None:
        """Be seen at another port from now on."""
        self._rtp.close()
        self._rtp = bound(0, host)

    def say(self, what: tuple[int, bytes]) -> None:
        """Have one packet of the party arrive now."""
        self.seq += 1
        packet = struct.pack("!BBHII", 0x80, what[0], self.seq, 160 * self.seq, 7) + what[1]
        self.put(packet if self.srtp is None else self.srtp.protect(packet))

    def put(self, octets: bytes) -> None:
        """Have these octets arrive now; only where the socket is open to the sender does anything come."""
        self._rtp.sendto(octets, ("127.0.0.1", self.leg.socket.port))
        if select.select([self.leg.socket], [], [], PATIENCE_S if self.is_heard else 0)[0]:
            self.leg.on_readable(self.now)

    @property
    def is_open(self) -> bool:
        """Whether the leg's socket hears others than its party: it is not connected."""
        with socket.socket(fileno=os.dup(self.leg.socket.fileno())) as ours:
            try:
                ours.getpeername()
            except OSError:
                return True
        return False

    @property
    def is_heard(self) -> bool:
        """Whether what it sends gets as far as the leg, be it believed or not."""
        return self.is_open or self.leg.socket.destination == self.place

    def report(self) -> None:
        """Have one receiver report of the party arrive now."""
        block = ReportBlock(
            ssrc=self.leg.out.stream.ssrc, fraction_lost=0, jitter=8, last_sr=0, delay_since_last_sr=0
        )
        octets = build(ReceiverReport(ssrc=7, reports=(block,)))
        self._rtcp.sendto(octets, ("127.0.0.1", self.leg.socket.port + 1))
        assert select.select([self.leg.reports], [], [], PATIENCE_S)[0]
        self.leg.reports.on_readable(self.now)

    def wait(self, seconds: int, *, reports_every_s: int = 0, rules: SilenceRules = RULES) -> int:
        """Look after the leg once a second for so long; return when it was told to be gone, 0 = never."""
        self.events.clear()
        for n in range(1, seconds + 1):
            self.now += 1
            if reports_every_s and n % reports_every_s == 0:
                self.report()
            self.leg.check_silence(self.now, rules)
            if any(isinstance(event, MediaTimedOut) for event in self.events):
                return n
        return 0

    def close(self) -> None:
        self.leg.close()
        self._rtp.close()
        self._rtcp.close()


def bound(port: int, host: str = "127.0.0.1") -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((host, port))
    return one


def pairs() -> int:
    """Return an even port whose neighbour is free too."""
    while True:
        with bound(0) as one:
            port: int = one.getsockname()[1] & ~1
        try:
            with bound(port), bound(port + 1):
                return port
        except OSError:
            continue
