"""What a receiver knows about one source: counters for reports, and the bursts and gaps of its losses.

RFC 3550 §6.4.1, A.3; RFC 3611 §4.7.2.
"""

from typing import NamedTuple

GMIN = 16  # RFC 3611 §4.7.2: so many good packets between two losses separate them


class Reception(NamedTuple):
    """The counters of the present source at one instant; `jitter` is in units of the RTP clock."""

    ssrc: int
    highest_seq: int
    expected: int
    received: int
    jitter: int

    @property
    def cumulative_lost(self) -> int:
        """May be negative: duplicates count as received. RFC 3550 §6.4.1."""
        return self.expected - self.received

    def loss_since(self, before: "Reception | None") -> float:
        """Return the ratio lost after `before`; zero when nothing was expected, or duplicates hide it."""
        expected, received = self.expected, self.received
        if before is not None and before.ssrc == self.ssrc:
            expected -= before.expected
            received -= before.received
        return max(expected - received, 0) / expected if expected > 0 else 0.0


class BurstMetrics(NamedTuple):
    """Loss ratios inside and outside of bursts, and the mean lengths of both in packets."""

    burst_density: float
    gap_density: float
    burst_packets: float
    gap_packets: float


class LossRuns:
    """Runs of lost packets, told apart into bursts and lone losses.

    It is told about losses only, in the order of sending.
    """

    __slots__ = ("_burst_lost", "_burst_packets", "_bursts", "_open_lost", "_open_packets", "lost", "runs")

    def __init__(self) -> None:
        self.lost = self.runs = 0
        self._bursts = self._burst_packets = self._burst_lost = 0  # of bursts that have ended
        self._open_packets = self._open_lost = 0  # from the first loss without GMIN good packets since

    def add(self, good: int, lost: int) -> None:
        """Count `lost` packets after `good` received ones; after none they belong to the run before."""
        self.runs += 1 if good or not self.runs else 0
        self.lost += lost
        if good >= GMIN or self._open_lost == 0:
            self._bursts, self._burst_packets, self._burst_lost = self._closed()
            self._open_packets = self._open_lost = lost
        else:
            self._open_packets += good + lost
            self._open_lost += lost

    def copy(self) -> "LossRuns":
        other = LossRuns()
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def metrics(self, expected: int) -> BurstMetrics:
        """Return the metrics of a stream of which so many packets were `expected`."""
        bursts, packets, lost = self._closed()
        gap_packets = max(expected - packets, 0)
        return BurstMetrics(
            burst_density=lost / packets if packets else 0.0,
            gap_density=min((self.lost - lost) / gap_packets, 1.0) if gap_packets else 0.0,
            burst_packets=packets / bursts if bursts else 0.0,
            gap_packets=gap_packets / (bursts + 1),
        )

    def _closed(self) -> tuple[int, int, int]:
        """Bursts, their packets and losses, as if the open one ended here; a lone loss is none."""
        if self._open_lost < 2:
            return self._bursts, self._burst_packets, self._burst_lost
        return (
            self._bursts + 1,
            self._burst_packets + self._open_packets,
            self._burst_lost + self._open_lost,
        )
