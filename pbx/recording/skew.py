"""The clock of a sender against the machine's: how far it runs off, from the smallest delays of its packets.

Delay = arrival - media time = constant + skew x media time + what the network adds, which is never negative.
The smallest delay of each second is kept; the slope of their lower edge is the skew. Estimator: the median of
the slopes between all pairs of window minima (Theil 1950, Sen 1968), which a congested quarter of a call does
not move. Uncertainty = the largest of four standard errors (1.05 MADN / spread of t), of the difference to
each half's own slope (a step of the route is no slope), and of one sample over the whole stretch.

The minimum lies above the true delay by about jitter / packets: 1 us after an hour of 200 ms of jitter, 70 us
after a minute. Rounded to samples of 125 us it is therefore the same with and without jitter but for a share
of (excess / 125 us) of the calls, where it is one sample off: 1 in 100 after an hour, every other one after a
minute. No rule can do better from arrivals alone, for the grid has an edge wherever it is put.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW_NS = 1_000_000_000
SAMPLE_NS = 125_000
MIN_WINDOWS = 20  # at 100 ppm the shorter stretch is 2 ms wrong, which R-02 bears
MAX_WINDOWS = 256  # of the fit: 32,640 pairs, 10 ms
MAX_PPM = 1000.0  # crystals keep 100; ten times that is no clock, and would need two samples per packet
_MADN = 1.4826  # median absolute deviation -> standard deviation of a normal distribution
_THEIL_SEN = 1.05  # its standard error beside that of least squares, normal noise: sqrt(pi / 3), rounded up
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Parts per million by which delay grows with media time: positive = the sender's clock is slow."""

    ppm: float
    uncertainty_ppm: float

    @property
    def is_known(self) -> bool:
        """Whether the clock is known to run off at all, and as a clock may."""
        return self.uncertainty_ppm < abs(self.ppm) <= MAX_PPM


class DelayFloor:
    """The smallest delay in each second of media time, which may begin below 0."""

    __slots__ = ("_windows",)

    def __init__(self) -> None:
        self._windows: dict[int, tuple[int, int]] = {}  # second -> delay, media time

    def add(self, media_ns: int, arrival_ns: int) -> None:
        """Take one packet."""
        window, delay_ns = media_ns // WINDOW_NS, arrival_ns - media_ns
        found = self._windows.get(window)
        if found is None or delay_ns < found[0]:
            self._windows[window] = (delay_ns, media_ns)

    def anchor_ns(self, ppm: float = 0.0) -> int:
        """Return the arrival of media time 0, had the network added nothing; a packet was taken before."""
        if ppm == 0.0:
            return min(delay_ns for delay_ns, _ in self._windows.values())
        return min(delay_ns - round(media_ns * ppm / 1e6) for delay_ns, media_ns in self._windows.values())

    def skew(self) -> Skew | None:
        """Return the slope of the lower edge; None when the stretch is too short to tell."""
        if len(self._windows) < MIN_WINDOWS:
            return None
        times, delays = self._minima()
        slope = _slope(times, delays)
        half = len(times) // 2
        halves = [_slope(times[part], delays[part]) for part in (slice(half), slice(half, None))]
        residuals = delays - slope * times
        deviation = _MADN * float(np.median(np.abs(residuals - np.median(residuals))))
        error = _THEIL_SEN * deviation / float(np.sqrt(np.sum((times - times.mean()) ** 2)))
        doubts = [4 * error, *(abs(slope - other) for other in halves), SAMPLE_NS / float(np.ptp(times))]
        return Skew(ppm=slope * 1e6, uncertainty_ppm=max(doubts) * 1e6)

    def _minima(self) -> tuple[Floats, Floats]:
        """Media times and delays of at most MAX_WINDOWS equal windows, in order; delays from the smallest."""
        ordered = sorted(self._windows)
        width = -(-(ordered[-1] - ordered[0] + 1) // MAX_WINDOWS)
        best: dict[int, tuple[int, int]] = {}
        for window in ordered:
            wide = (window - ordered[0]) // width
            best[wide] = min(best.get(wide, self._windows[window]), self._windows[window])
        lowest = min(best.values())[0]
        points = [(media_ns, delay_ns - lowest) for delay_ns, media_ns in best.values()]
        times, delays = np.array(points, dtype=np.float64).T
        return times, delays


def agree(skews: Sequence[Skew | None]) -> list[float]:
    """Return the ppm to correct each segment of a recording by, 0 = none.

    Senders on one clock must not part by the errors of their estimates: who agrees with the surest estimate,
    within both uncertainties, takes it. Without an estimate of its own a segment is left as it is.
    """
    known = [skew for skew in skews if skew is not None]
    if not known:
        return [0.0] * len(skews)
    surest = min(known, key=lambda skew: skew.uncertainty_ppm)
    return [0.0 if skew is None else _correction(skew, surest) for skew in skews]


def _correction(skew: Skew, surest: Skew) -> float:
    if abs(skew.ppm - surest.ppm) <= skew.uncertainty_ppm + surest.uncertainty_ppm:
        skew = surest
    return skew.ppm if skew.is_known else 0.0


def _slope(times: Floats, delays: Floats) -> float:
    first, second = np.triu_indices(len(times), 1)
    return float(np.median((delays[second] - delays[first]) / (times[second] - times[first])))
