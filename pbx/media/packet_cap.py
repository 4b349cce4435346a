"""How many packets of one party a leg takes, so that a flood is neither passed on nor decoded."""

MAX_PER_S = 600  # packets of 5 ms, the shortest in use, the 50 a second of a key, and each of them twice
BURST = 1200  # what a network that stood still for two seconds lets go at once
COPIES = 50  # of a packet at once: a network doubles, it does not multiply
CALM_S = 0.1  # without copies until some are taken again
_COST_S = 1 / MAX_PER_S


class PacketCap:
    """A bucket of `BURST` packets that gets `MAX_PER_S` more each second; `capped` counts what did not fit.

    Copies of the last packet have `COPIES` of it: of a flood of copies each packet is taken all the same.
    """

    __slots__ = ("_full_at", "_seq", "capped")

    def __init__(self) -> None:
        self._full_at = 0.0  # when the bucket will be full again, monotonic seconds
        self._seq = -1  # of the last packet
        self.capped = 0

    def takes(self, seq: int, now: float) -> bool:
        """Whether a packet of the party is taken."""
        full_at = max(self._full_at, now) + _COST_S
        is_copy, self._seq = seq == self._seq, seq
        limit = now + ((COPIES if is_copy else BURST) + 0.5) * _COST_S
        if full_at > limit:
            if is_copy:
                self._full_at = max(self._full_at, limit + CALM_S)
            self.capped += 1
            return False
        self._full_at = full_at
        return True
