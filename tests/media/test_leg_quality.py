"""Both directions of a leg, against the whole E-model."""

import pytest

from pbx.media.leg_quality import BUFFER_MS, heard_quality, sent_quality, voip_metrics
from pbx.media.rtcp_session import PartyReport
from pbx.media.stream import IncomingStats
from tests.media import e_model

pytestmark = pytest.mark.requirement("MED-10")


def heard(every: int, n_packets: int = 1000) -> IncomingStats:
    """A stream of which each `every`th packet is lost; 0 = none."""
    incoming = IncomingStats()
    for n in range(n_packets):
        if not every or n % every != 1:
            incoming.audio(7, n, n * 160, n * 0.02)
    return incoming


def model(loss_percent: float, delay_ms: float) -> float:
    r = e_model.rating(ie=0, bpl=25.1, loss_percent=loss_percent, burst=1, delay_ms=delay_ms)
    return e_model.opinion(r)


def test_nothing_is_said_of_a_party_that_was_never_heard() -> None:
    assert heard_quality(IncomingStats(), "PCMU", None) is None
    assert voip_metrics(IncomingStats(), "PCMU", None, 20) is None


@pytest.mark.parametrize("every", [0, 50, 20, 10, 5])
@pytest.mark.parametrize("round_trip_ms", [0, 100, 400])
def test_what_is_heard_is_rated_as_the_e_model_does(every: int, round_trip_ms: int) -> None:
    quality = heard_quality(heard(every), "PCMU", round_trip_ms / 1000)
    assert quality is not None
    loss = 1 / every if every else 0.0
    assert quality.loss == pytest.approx(loss, abs=0.002)
    assert quality.round_trip_ms == round_trip_ms
    assert quality.mos == pytest.approx(model(loss * 100, round_trip_ms / 2 + BUFFER_MS), abs=0.3)


def test_what_the_party_reports_is_rated() -> None:
    report = PartyReport(loss=0.5, cumulative_lost=100, highest_seq=9, jitter=80, round_trip_s=0.2)
    quality = sent_quality(report, "PCMA", clock_rate=8000, sent=1000)
    assert (quality.loss, quality.jitter_ms, quality.round_trip_ms) == (0.1, 10.0, 200.0)
    assert quality.mos == pytest.approx(model(10, 100 + BUFFER_MS), abs=0.3)


@pytest.mark.parametrize(("cumulative_lost", "loss"), [(-5, 0.0), (2**23 - 1, 1.0)])
def test_a_report_of_impossible_loss_counts_as_the_nearest(cumulative_lost: int, loss: float) -> None:
    report = PartyReport(
        loss=0.0, cumulative_lost=cumulative_lost, highest_seq=9, jitter=2**32 - 1, round_trip_s=None
    )
    quality = sent_quality(report, "opus", clock_rate=48000, sent=10)
    assert quality.loss == loss
    assert 1 <= quality.mos <= 4.5
    assert sent_quality(report, "opus", clock_rate=48000, sent=0).loss == 0.0


def test_metrics_say_the_same_in_the_units_of_xr() -> None:
    metrics = voip_metrics(heard(10), "PCMU", 0.1, 20)
    assert metrics is not None
    assert metrics.ssrc == 7
    assert metrics.loss_rate == 25  # of 256
    assert metrics.round_trip_delay == 100
    assert metrics.gap_density + metrics.burst_density > 0
    assert 10 <= metrics.mos_cq <= metrics.mos_lq <= 45


def test_metrics_hold_what_does_not_fit() -> None:
    metrics = voip_metrics(heard(0), "PCMU", 1e6, 20000)
    assert metrics is not None
    assert metrics.round_trip_delay == metrics.gap_duration == 0xFFFF
