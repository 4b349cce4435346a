"""The reports of one leg without a network: when they come, and what they need first."""

import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.core.io.clock import monotonic
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import AudioFault, MediaEvent, QualityReport
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.rtcp import ReceiverReport, ReportBlock
from pbx.media.rtcp_build import build

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


def connect(leg: RtpLeg) -> None:
    leg.connect(ConnectLeg(leg=leg.leg, host="127.0.0.1", port=9, format=MU, direction="sendrecv"))


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
