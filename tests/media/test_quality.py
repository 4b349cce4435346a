"""The E-model: published values, a second computation of the whole model, and what must be monotone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import Encoding
from pbx.media.quality import IMPAIRMENTS, WIDE_SCALE, Rating, burst_ratio, mos, one_way_delay_ms, rate
from tests.media import e_model

encodings = st.sampled_from(sorted(IMPAIRMENTS))
losses, bursts, delays = st.floats(0, 1), st.floats(1, 8), st.floats(0, 2000)


def test_the_clean_channel_has_the_default_rating() -> None:
    """G.107 §7.7: all default values make an R of 93.2, a MOS of 4.41."""
    rating = rate("PCMU", loss=0)
    assert rating.r == pytest.approx(93.2)
    assert rating.mos_cq == rating.mos_lq == pytest.approx(4.41, abs=0.005)
    reference = e_model.rating(ie=0, bpl=1, loss_percent=0, burst=1, delay_ms=0)
    assert reference == pytest.approx(93.2, abs=0.05)


pytestmark = pytest.mark.requirement("MED-10")


@pytest.mark.parametrize(("r", "score"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_scores_of_ratings(r: float, score: float) -> None:
    """G.107 Table B.1, whose 4.03 is cut a little high."""
    assert mos(r) == pytest.approx(score, abs=0.01)


@pytest.mark.parametrize(
    ("ie", "score"), [(1, 4.49), (8, 4.42), (10, 4.39), (17, 4.25), (20, 4.18), (41, 3.51), (56, 2.92)]
)
def test_scores_of_the_wide_band(ie: float, score: float) -> None:
    """G.107.1 Annex A with the Ie,wb of AMR-WB in G.113 Appendix IV."""
    assert mos((129 - ie) / WIDE_SCALE) == pytest.approx(score, abs=0.02)


@pytest.mark.parametrize(
    ("encoding", "loss_percent", "equipment"),
    [("PCMU", 1, 5), ("PCMU", 2, 7), ("PCMA", 3, 10), ("PCMA", 5, 15), ("PCMU", 10, 25), ("PCMU", 20, 45)]
    + [("G729", 0, 11), ("G729", 1, 15), ("G729", 2, 19), ("G729", 4, 26), ("G729", 8, 36), ("G729", 16, 49)],
)
def test_impairment_by_random_loss(encoding: Encoding, loss_percent: float, equipment: float) -> None:
    """The measured values of G.113 (02/2001) Appendix I, which Ie and Bpl were fitted to later."""
    assert 93.2 - rate(encoding, loss=loss_percent / 100).r == pytest.approx(equipment, abs=3)


@pytest.mark.parametrize("delay_ms", [10, 50, 100, 150, 200, 250, 300])
def test_impairment_by_delay(delay_ms: float) -> None:
    """The two straight lines of Cole and Rosenbluth (2001), which stand for G.107's curve."""
    lines = 0.024 * delay_ms + 0.11 * max(delay_ms - 177.3, 0)
    assert 93.2 - rate("PCMU", loss=0, delay_ms=delay_ms).r == pytest.approx(lines, abs=2.5)


@given(st.sampled_from(["PCMU", "PCMA", "L16", "G729"]), st.floats(0, 0.3), bursts, st.floats(0, 800))
def test_beside_the_whole_model(encoding: Encoding, loss: float, burst: float, delay_ms: float) -> None:
    values = IMPAIRMENTS[encoding]
    reference = e_model.rating(
        ie=values.ie, bpl=values.bpl, loss_percent=loss * 100, burst=burst, delay_ms=delay_ms
    )
    rating = rate(encoding, loss=loss, burst_ratio=burst, delay_ms=delay_ms)
    assert rating.mos_cq == pytest.approx(max(e_model.opinion(reference), 1), abs=0.1)


@given(encodings, st.tuples(losses, losses), st.tuples(bursts, bursts), st.tuples(delays, delays))
def test_more_of_anything_is_never_better(
    encoding: Encoding,
    loss: tuple[float, float],
    burst: tuple[float, float],
    delay: tuple[float, float],
) -> None:
    better = rate(encoding, loss=min(loss), burst_ratio=min(burst), delay_ms=min(delay))
    worse = rate(encoding, loss=max(loss), burst_ratio=max(burst), delay_ms=max(delay))
    assert worse.r <= better.r + 1e-9
    assert worse.mos_cq <= better.mos_cq + 1e-9
    assert worse.mos_lq <= better.mos_lq + 1e-9


@given(encodings, losses, bursts, delays)
def test_scores_stay_in_their_range(encoding: Encoding, loss: float, burst: float, delay: float) -> None:
    rating = rate(encoding, loss=loss, burst_ratio=burst, delay_ms=delay)
    assert 0 <= rating.r <= 100
    assert 1 <= rating.mos_cq <= rating.mos_lq <= 4.5


def test_the_ends_of_the_scales() -> None:
    assert (mos(0), mos(3), mos(100), mos(120)) == (1.0, 1.0, 4.5, 4.5)
    assert rate("PCMU", loss=-1, burst_ratio=0, delay_ms=-5) == rate("PCMU", loss=0)
    assert rate("PCMU", loss=2, delay_ms=5000) == rate("PCMU", loss=1, delay_ms=5000)


def test_wide_band_is_better_than_narrow_band() -> None:
    opus, g722, pcmu, g729 = (rate(e, loss=0.01).mos_lq for e in ("opus", "G722", "PCMU", "G729"))
    assert opus > g722 > g729
    assert opus > pcmu > g729


@pytest.mark.rfc("3611", "4.7.5")
def test_on_the_wire() -> None:
    assert Rating(r=93.2, mos_lq=4.41, mos_cq=4.36).wire == (93, 44, 44)


def test_burst_ratio() -> None:
    assert burst_ratio(lost=10, runs=10, expected=1000) == 1.0
    assert burst_ratio(lost=10, runs=2, expected=100) == pytest.approx(4.5)
    assert burst_ratio(lost=0, runs=0, expected=0) == 1.0
    assert burst_ratio(lost=5, runs=1, expected=5) == 1.0


def test_one_way_delay() -> None:
    assert one_way_delay_ms(round_trip_ms=80, jitter_buffer_ms=60) == 100
