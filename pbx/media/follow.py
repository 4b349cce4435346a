"""The arithmetic of a packet that follows the one before, as nearly all do; `_follow.pyx` is its twin in C.

The rest of both directions is in `stream.py`, which reads and writes the same fields.
"""

SEQ_MASK = 0xFFFF
TIME_MASK = 0xFFFFFFFF
NONE = -1  # no number, no time, no SSRC


class Outgoing:
    """Numbers of what one party is sent, as far as a relayed packet that follows needs them.

    `_seq` is the next unused sequence number, `_time` the first RTP time after everything sent, unwrapped;
    `_next_seq` and `_next_time` are those of the source's packet that goes out with them.
    """

    __slots__ = (
        "_next_seq",
        "_next_time",
        "_relay_seq",
        "_relay_ssrc",
        "_relay_time",
        "_seq",
        "_time",
        "_time_shift",
        "ssrc",
    )

    def __init__(self) -> None:
        self.ssrc = self._seq = self._time = 0
        self._relay_ssrc = self._next_seq = self._next_time = NONE
        self._relay_seq = self._relay_time = self._time_shift = 0

    def follows(self, ssrc: int, seq: int, rtp_time: int, n_units: int) -> bool:
        """Count a relayed packet if it follows; it is then the one of `_seq` - 1 and `_time` - `n_units`."""
        if seq != self._next_seq or rtp_time != self._next_time or ssrc != self._relay_ssrc:
            return False
        out_time = self._time
        self._seq, self._time = (self._seq + 1) & SEQ_MASK, out_time + n_units
        self._next_seq, self._next_time = (seq + 1) & SEQ_MASK, (rtp_time + n_units) & TIME_MASK
        self._relay_seq, self._relay_time = seq, out_time - self._time_shift
        return True


class Incoming:
    """What is counted of a party's packet that follows: its transit, until somebody looks."""

    __slots__ = ("_clock_rate", "_next_seq", "_pending", "_ssrc")

    def __init__(self) -> None:
        self._clock_rate = 8000
        self._next_seq = self._ssrc = NONE
        self._pending: list[int] = []  # transits of packets that are counted nowhere else yet

    def follows(self, ssrc: int, seq: int, rtp_time: int, now: float) -> bool:
        """Keep the transit of an audio packet of monotonic second `now` if it follows the one before."""
        if seq != self._next_seq or ssrc != self._ssrc:
            return False
        self._next_seq = (seq + 1) & SEQ_MASK
        self._pending.append(int(now * self._clock_rate) - rtp_time)
        return True
