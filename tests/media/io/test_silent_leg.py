"""A leg whose party says nothing, with a clock that is moved: who rests or holds stays, who is gone ends."""

import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat, Direction
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.core.io.clock import monotonic
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

MU = AudioFormat(encoding="PCMU", payload_type=0, comfort_noise_type=13)
RULES = SilenceRules(timeout_s=30.0, rest_s=1800.0)
VOICE, NOISE = (0, bytes(160)), (13, b"\x40")
PATIENCE_S = 5

pytestmark = pytest.mark.requirement("MED-11")


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
        self._seq = 0
        self.now = monotonic()

    def connect(self, direction: Direction = "sendrecv", fmt: AudioFormat = MU) -> None:
        """Agree on a direction, as we name it."""
        order = ConnectLeg(
            leg=self.leg.leg, host="127.0.0.1", port=self._theirs, format=fmt, direction=direction
        )
        self.leg.connect(order)

    def say(self, what: tuple[int, bytes]) -> None:
        """Have one packet of the party arrive now."""
        self._seq += 1
        header = struct.pack("!BBHII", 0x80, what[0], self._seq, 160 * self._seq, 7)
        self._rtp.sendto(header + what[1], ("127.0.0.1", self.leg.socket.port))
        assert select.select([self.leg.socket], [], [], PATIENCE_S)[0]
        self.leg.on_readable(self.now)

    def report(self) -> None:
        """Have one receiver report of the party arrive now."""
        block = ReportBlock(
            ssrc=self.leg.out.stream.ssrc, fraction_lost=0, jitter=8, last_sr=0, delay_since_last_sr=0
        )
        octets = build(ReceiverReport(ssrc=7, reports=(block,)))
        self._rtcp.sendto(octets, ("127.0.0.1", self.leg.socket.port + 1))
        assert select.select([self.leg.reports], [], [], PATIENCE_S)[0]
        self.leg.reports.on_readable(self.now)

    def wait(self, seconds: int, *, reports_every_s: int = 0) -> int:
        """Look after the leg once a second for so long; return when it was told to be gone, 0 = never."""
        self.events.clear()
        for n in range(1, seconds + 1):
            self.now += 1
            if reports_every_s and n % reports_every_s == 0:
                self.report()
            self.leg.check_silence(self.now, RULES)
            if any(isinstance(event, MediaTimedOut) for event in self.events):
                return n
        return 0

    def close(self) -> None:
        self.leg.close()
        self._rtp.close()
        self._rtcp.close()


def bound(port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", port))
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


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telephone]:
    one = Telephone()
    monkeypatch.setattr("pbx.media.io.leg.monotonic", lambda: one.now)
    yield one
    one.close()


def test_who_breaks_off_is_gone(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    assert telephone.wait(60) == 30
    assert telephone.wait(60) == 0  # told once
    telephone.say(VOICE)
    assert telephone.wait(60, reports_every_s=5) == 30  # a report is no audio


@pytest.mark.rfc("3389", "4")
def test_who_rests_after_one_comfort_noise_stays(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(2 * 3600, reports_every_s=5) == 0
    assert telephone.wait(60) == 30  # its reports have stopped
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(3600) == 1800  # who never reports
    telephone.say(NOISE)
    telephone.say(VOICE)
    assert telephone.wait(60) == 30  # who talked again, and broke off


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_nothing_is_expected_of_whom_we_hold(telephone: Telephone, direction: Direction) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.connect(direction)
    assert telephone.wait(7200) == 0
    telephone.connect()  # resumed: the silence begins now
    assert telephone.wait(60) == 30


def test_who_holds_us_need_not_send_anything(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.wait(20)
    telephone.connect("recvonly")
    assert telephone.wait(7200, reports_every_s=5) == 0
    telephone.connect("recvonly")  # a refresh changes nothing
    assert telephone.wait(60) == 30
    telephone.say(VOICE)
    assert telephone.wait(3600) == 1800
    telephone.say(VOICE)
    assert telephone.wait(1000) == 0
    telephone.connect()  # resumed after long, and the first packet is still on its way
    assert telephone.wait(60) == 30


def test_comfort_noise_that_was_not_agreed_is_no_rest(telephone: Telephone) -> None:
    telephone.connect(fmt=replace(MU, comfort_noise_type=None))
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(60) == 30
