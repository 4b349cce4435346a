"""The reports of one leg without a worker: when they come, what they need first, and where they go."""

import itertools
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.address import Address
from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.io.clock import monotonic
from pbx.media.effects import Beep, ConnectLeg, OpenLeg, StartRecording
from pbx.media.events import AudioFault, MediaEvent, QualityReport
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtcp_socket import RtcpSocket
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.io.tap import Recording
from pbx.media.rtcp import ReceiverReport, ReportBlock
from pbx.media.rtcp_build import build
from pbx.media.silence import SilenceRules
from tests.media.io.test_tap import Sink

MU = AudioFormat(encoding="PCMU", payload_type=0)


@pytest.fixture
def events() -> list[MediaEvent]:
    return []


@pytest.fixture
def leg(events: list[MediaEvent]) -> RtpLeg:
    hooks = Hooks(
        emit=events.append,
        failed=lambda _, error: pytest.fail(str(error)),
        changed=lambda _: None,
        identity=new_identity,
    )
    return RtpLeg(OpenLeg(leg=LegId("a"), call=CallId("c")), RtpSocket("127.0.0.1", 0), SeededIds(), hooks)


@pytest.fixture
def party() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield one


def connect(leg: RtpLeg, port: int = 9, rtcp: Address | None = None) -> None:
    order = ConnectLeg(leg=leg.leg, host="127.0.0.1", port=port, format=MU, direction="sendrecv", rtcp=rtcp)
    leg.connect(order)


def test_nothing_is_said_before_anything_is_agreed(leg: RtpLeg, events: list[MediaEvent]) -> None:
    now = monotonic()
    leg.reports.tick(now, now + 60, hears=True)
    assert events == []
    assert leg.reports.stats(dropped_source=1, malformed=2).sent_quality is None
    leg.close()


def test_a_rating_needs_audio_and_comes_with_each_report(leg: RtpLeg, events: list[MediaEvent]) -> None:
    connect(leg)
    now = monotonic()
    leg.reports.tick(now, now + 60, hears=True)
    assert events == []
    leg._incoming.audio(7, 1, 160, now)
    leg.reports.tick(now, now + 120, hears=True)
    [report] = events
    assert isinstance(report, QualityReport)
    assert report.sent is None
    leg.close()


@pytest.mark.requirement("MED-10")
def test_a_rating_is_never_older_than_five_seconds(leg: RtpLeg, events: list[MediaEvent]) -> None:
    connect(leg)
    now = monotonic()
    leg._incoming.audio(7, 1, 160, now)
    rated: list[int] = []
    for second in range(1, 61):
        leg.reports.tick(now + second, now + second, hears=True)
        rated += [second] * sum(isinstance(event, QualityReport) for event in events)
        events.clear()
    assert max(b - a for a, b in itertools.pairwise([0, *rated, 61])) <= 5
    assert len(rated) <= 15, "and no more often than needed"
    leg.close()


def test_a_report_on_the_port_of_rtp_is_read(leg: RtpLeg) -> None:
    connect(leg)
    block = ReportBlock(
        ssrc=leg.out.stream.ssrc,
        fraction_lost=0,
        cumulative_lost=1,
        highest_seq=9,
        jitter=8,
        last_sr=0,
        delay_since_last_sr=0,
    )
    leg.reports.handle(build(ReceiverReport(ssrc=7, reports=(block,))))
    sent = leg.reports.stats(dropped_source=0, malformed=0).sent_quality
    assert sent is not None
    assert sent.jitter_ms == 1.0
    leg.close()


def test_digits_as_tones_are_told_when_counted(leg: RtpLeg, events: list[MediaEvent]) -> None:
    connect(leg)
    now = monotonic()
    leg.reports.tones += 1
    leg.reports.tick(now, now + 1, hears=True)
    assert [e.kind for e in events if isinstance(e, AudioFault)] == ["dtmf_mismatch"]
    leg.close()


@pytest.mark.requirement("MED-10")
@pytest.mark.rfc("3605", "2.1")
def test_reports_go_where_the_party_wants_them(leg: RtpLeg, party: socket.socket) -> None:
    leg.reports.bind(RtcpSocket("127.0.0.1", leg.socket.port))
    now, port = monotonic(), party.getsockname()[1]
    connect(leg, rtcp=Address("127.0.0.1", port))
    leg.reports.tick(now, now + 60, hears=True)
    assert party.recvfrom(2048)[1] == ("127.0.0.1", leg.socket.port + 1)
    connect(leg, port=port - 1)  # another offer says nothing of reports
    leg.reports.tick(now, now + 120, hears=True)
    assert party.recvfrom(2048)[1] == ("127.0.0.1", leg.socket.port + 1)
    leg.close()


@pytest.mark.requirement("MED-10")
def test_audio_from_behind_a_nat_has_its_reports_beside_it(leg: RtpLeg, party: socket.socket) -> None:
    leg.reports.bind(RtcpSocket("127.0.0.1", leg.socket.port))
    now = monotonic()
    connect(leg, rtcp=Address("127.0.0.1", 9))
    leg.socket.lock(("127.0.0.1", party.getsockname()[1] - 1))
    leg.reports.tick(now, now + 60, hears=True)
    assert party.recvfrom(2048)[1] == ("127.0.0.1", leg.socket.port + 1)
    leg.close()


@pytest.mark.requirement("MED-10")
@pytest.mark.rfc("3389", "4")
def test_a_party_that_rests_is_no_fault_but_one_that_breaks_off_is(
    leg: RtpLeg, party: socket.socket, events: list[MediaEvent]
) -> None:
    silent = replace(MU, comfort_noise_type=13)
    port, now = party.getsockname()[1], monotonic()
    leg.connect(
        ConnectLeg(leg=leg.leg, host="127.0.0.1", port=port, format=silent, direction="sendrecv", rtcp=None)
    )
    with socket.fromfd(leg.socket.fileno(), socket.AF_INET, socket.SOCK_DGRAM) as ours:
        place = ours.getsockname()
    kinds: list[str] = []
    for seq, (payload_type, payload) in enumerate([(0, bytes(160)), (13, b"\x40"), (0, bytes(160))]):
        packet = struct.pack("!BBHII", 0x80, payload_type, seq, 80_000 * seq, 7) + payload
        party.sendto(packet, place)
        assert select.select([leg.socket], [], [], 5)[0]
        leg.on_readable(now)
        events.clear()
        for _ in range(10):
            now += 1
            leg.out.sent += 50
            leg.reports.tick(now, now, hears=True)
        kinds.append(" ".join(e.kind for e in events if isinstance(e, AudioFault)))
    leg.close()
    assert kinds == ["one_way_audio", "", "one_way_audio"]


@pytest.mark.requirement("C-13")
def test_a_recorded_party_that_hears_no_beep_is_a_fault_and_one_that_does_is_none(
    leg: RtpLeg, events: list[MediaEvent]
) -> None:
    """Nobody takes its frames, as where a codec is relayed that we cannot mix; then somebody does."""
    connect(leg)
    order = StartRecording(
        recording=RecordingId("r"),
        leg=leg.leg,
        tenant="t",
        call=CallId("c"),
        kind="call",
        recipients=(),
        started_at="",
    )
    recording = Recording(order, Sink(), print)
    recording.beep = Beep(hz=1400, on_ms=200, every_ms=15_000)
    leg.tap.add(recording)
    leg.tap.may_record = True
    now, rules = monotonic(), SilenceRules(timeout_s=3600.0)

    def missing(seconds: range, *, speaks: bool) -> list[str]:
        events.clear()
        for second in seconds:
            for _ in range(50 if speaks else 0):
                leg.speak_frame(now + second)
            leg.check_silence(now + second, rules)
        return [one.detail for one in events if isinstance(one, AudioFault) and one.kind == "no_beep"]

    assert missing(range(31), speaks=False) == []
    assert missing(range(31, 60), speaks=False) == ["no beep for 31 s while it is recorded"]
    assert missing(range(60, 120), speaks=True) == []
    leg.tap.may_record = False
    assert missing(range(120, 200), speaks=False) == [], "nothing is kept of it"
    leg.close()
