"""The schedule of frames; the clock itself is proved by the integration test."""

import pytest

from pbx.media.io.ticker import MAX_BURST, frames_due


@pytest.mark.parametrize(
    ("now", "n_due", "next_at"),
    [
        (9.9, 0, 10.0),
        (9.9995, 1, 10.02),  # the loop woke us up to a millisecond early
        (10.0, 1, 10.02),
        (10.019, 1, 10.02),
        (10.021, 2, 10.04),
        (10.045, 3, 10.06),
        (10.105, MAX_BURST, 10.12),  # the rest is skipped, the grid stays
        (11.005, MAX_BURST, 11.02),
    ],
)
def test_frames_due(now: float, n_due: int, next_at: float) -> None:
    got_due, got_next = frames_due(10.0, now)
    assert got_due == n_due
    assert got_next == pytest.approx(next_at)


def test_a_thousand_late_wake_ups_do_not_drift() -> None:
    next_at, sent = 0.0, 0
    for _ in range(1000):
        n_due, next_at = frames_due(next_at, next_at + 0.013)
        sent += n_due
    assert sent == 1000
    assert next_at == pytest.approx(20.0)
