"""How many packets of one stream a recording keeps, so that a flood costs that stream alone (R-30).

Somebody who speaks may send any number of packets, and each would be sealed, written, synced and aligned:
a hundred times the usual number fills the spool a hundred times as fast. Of a flood of copies enough are kept
that each packet is there; of others, what is kept shows that there was a flood.
"""

MAX_PER_S = 250  # a packet each 5 ms, the shortest in use, and the 50 a second of a key that is held
BURST = 500  # a network that stood still for two seconds
NOTE_EVERY_NS = 10_000_000_000
COST_NS = 1_000_000_000 // MAX_PER_S
_BURST_NS = BURST * COST_NS


class PacketRate:
    """A bucket of BURST packets that gets MAX_PER_S more each second, and the count of what did not fit.

    From `full_at_ns` on, monotonic, it is full. At any later time `takes` says yes and moves that to COST_NS
    after it, which may be done without the call.
    """

    __slots__ = ("_over_since_ns", "full_at_ns", "n_over")

    def __init__(self) -> None:
        self.full_at_ns = 0
        self._over_since_ns = 0
        self.n_over = 0  # left out, and not told yet

    def takes(self, now_ns: int) -> bool:
        """Whether a packet of monotonic `now_ns` is kept."""
        full_at_ns = self.full_at_ns
        if full_at_ns < now_ns:
            full_at_ns = now_ns
        full_at_ns += COST_NS
        if full_at_ns > now_ns + _BURST_NS:
            if not self.n_over:
                self._over_since_ns = now_ns
            self.n_over += 1
            return False
        self.full_at_ns = full_at_ns
        return True

    def due(self, now_ns: int) -> int:
        """Return how many were left out when it is time to tell it, at most once in NOTE_EVERY_NS; else 0."""
        return self.rest() if now_ns - self._over_since_ns >= NOTE_EVERY_NS else 0

    def rest(self) -> int:
        """Return how many were left out and not told."""
        told, self.n_over = self.n_over, 0
        return told
