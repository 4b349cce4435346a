"""Transit: how much later than the fastest of them the packets of a stream arrive, over the last seconds."""

from collections import deque

WINDOW = 250  # packets: five seconds of a voice
EVERY = 10  # packets between two looks at the whole window
PERCENTILE = 0.97  # of the packets are in time; the rest is left to concealment


class Transit:
    """Times in RTP clock units.

    The fastest packet of the window is the zero, so that the two ends' clocks may run apart.
    """

    __slots__ = ("_since", "_times", "fastest", "jitter")

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=WINDOW)
        self._since = 0
        self.fastest = 0.0  # arrival time minus media time
        self.jitter = 0.0  # lateness that `PERCENTILE` of the packets do not exceed

    def arrived(self, transit: float) -> None:
        """Take arrival time minus media time of one packet; any constant may be in it."""
        self._times.append(transit)
        self._since += 1
        if len(self._times) == 1 or transit < self.fastest:
            self.fastest = transit
        if self._since >= EVERY:
            ordered = sorted(self._times)
            self.fastest, self._since = ordered[0], 0
            self.jitter = ordered[min(int(len(ordered) * PERCENTILE), len(ordered) - 1)] - ordered[0]

    def clear(self) -> None:
        """The sender's clock is another one from now on; what the network does is remembered."""
        self._times.clear()
