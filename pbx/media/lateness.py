"""Lateness: what a receiver's jitter buffer must hold back for a stream, and which packets come too late.

We relay most streams without a buffer of our own, so the one of whoever listens is modelled: it holds back as
long as `PERCENTILE` of the packets of the last seconds need. RFC 3611 §4.7.1 calls the late ones discarded.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from pbx.media.jitter_buffer import MAX_DELAY_MS
from pbx.media.transit import EVERY, PERCENTILE

MIN_MS, MAX_MS = 40, MAX_DELAY_MS  # two usual packets, our assumption; the most is our own buffer's
WINDOW = 5  # turns
BIN_MS: Final = 10
BINS: Final = 41  # the last one is for whatever comes later than 400 ms
PACKET_MS = 20
_MASK, _HALF = 0xFFFFFFFF, 0x80000000


class Lateness:
    """`arrived` for all packets, `turn` about once a second; `discarded` of `counted` packets were late.

    Lateness is against the fastest packets, which may become slower as clocks drift or routes change.
    """

    __slots__ = ("_bins", "_floor", "_held", "_recent", "_units", "counted", "discarded")

    def __init__(self, clock_rate: int) -> None:
        self._units = clock_rate * BIN_MS // 1000
        self._floor: int | None = None  # transit of the fastest, modulo 2**32
        self._bins = [0] * BINS  # of this turn
        self._recent: deque[list[int]] = deque(maxlen=WINDOW)
        self._held = 0  # ms times packets
        self.counted = self.discarded = 0

    @property
    def buffer_ms(self) -> float:
        """Mean of what the buffer has held back."""
        return self._held / self.counted if self.counted else MIN_MS

    @property
    def discard_ratio(self) -> float:
        return self.discarded / self.counted if self.counted else 0.0

    def arrived(self, transits: Iterable[int]) -> None:
        """Take arrival time minus RTP time of packets, in clock units modulo 2**32."""
        floor, units, bins = self._floor, self._units, self._bins
        for transit in transits:
            late = 0 if floor is None else (transit - floor) & _MASK
            if floor is None or late >= _HALF:
                floor, late = transit, 0
            at = late // units
            bins[at if at < BINS else -1] += 1
        self._floor = floor

    def restart(self, clock_rate: int) -> None:
        """The sender's clock is another one from now on."""
        self._units, self._floor = clock_rate * BIN_MS // 1000, None

    def turn(self) -> None:
        """Play out what has come since the last turn."""
        bins = self._bins
        n_packets = sum(bins)
        if not n_packets:
            return
        self._recent.append(bins)
        self._bins = [0] * BINS
        held_ms = self._needed_ms()
        # Until a buffer has seen a few packets it holds back the least.
        n_learning = 0 if self.counted else min(EVERY, n_packets)
        late = n_learning * _late(bins, MIN_MS) + (n_packets - n_learning) * _late(bins, held_ms)
        self.discarded += round(late / n_packets)
        self.counted += n_packets
        self._held += held_ms * n_packets
        self._follow()

    def _needed_ms(self) -> int:
        totals = [sum(counts) for counts in zip(*self._recent, strict=True)]
        left, at = sum(totals) * (1 - PERCENTILE), BINS - 1
        while totals[at] <= left:
            left -= totals[at]
            at -= 1
        needed_ms = min((at + 1) * BIN_MS + PACKET_MS, MAX_MS)
        # A buffer moves by whole packets: on average it is half a one short of what it aims at.
        return max(needed_ms - PACKET_MS // 2, MIN_MS)

    def _follow(self) -> None:
        """Raise the floor when nobody has been that fast for the whole window."""
        if len(self._recent) < WINDOW or self._floor is None or any(bins[0] for bins in self._recent):
            return
        lowest = min(next(at for at, count in enumerate(bins) if count) for bins in self._recent)
        self._floor = self._floor + lowest * self._units & _MASK
        self._recent.clear()


def _late(bins: list[int], held_ms: int) -> int:
    return sum(bins[held_ms // BIN_MS :])
