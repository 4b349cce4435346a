"""Which of the streams that come from one place is the party's: the one that is there, until it has stopped.

An SSRC and its numbers are random (RFC 3550 §5.1), so who sends in the party's name without reading its
packets sends another stream beside it. A party that begins another one of its own has stopped the old one.
"""

from typing import NamedTuple

from pbx.media.follow import NONE, SEQ_MASK

STOPPED_S = 0.1  # without a packet: five of 20 ms, so a lost one or a late one is no end
MAX_STOPPED_S = 1.0  # of a party whose pauses somebody has made use of
OVERLAP_S = 1.0  # for which what was agreed before may still be on its way, as in a jitter buffer
RUN = 3  # packets in sequence: nobody's lone packet is a stream
MAX_AHEAD = 3000  # RFC 3550 A.1: numbers that a stream may have gone on meanwhile


class _Elder(NamedTuple):
    """A stream that another one has followed, its last number, and from when on it may come back."""

    ssrc: int
    seq: int
    since: float


class StreamLock:
    """`ssrc` is the party's stream, NONE before the first; `changes` is asked for packets of any other.

    The first stream is believed at once, and so is the first other one after `agreed`. Without that it takes
    `RUN` packets in sequence, and that the stream before has stopped. A stream that only paused comes back
    with its first packet, for only its sender knows SSRC and numbers; whoever follows it next has to wait
    twice as long. `dropped` counts packets that were not the party's.
    """

    __slots__ = ("_elder", "_is_open", "_n_run", "_next", "_stopped_s", "dropped", "ssrc")

    def __init__(self) -> None:
        self.ssrc = NONE
        self.dropped = 0
        self._is_open = True
        self._elder: _Elder | None = None
        self._next: tuple[int, int] | None = None  # SSRC and number that go on where the last stranger was
        self._n_run = 0
        self._stopped_s = STOPPED_S

    def agreed(self) -> None:
        """An offer and answer may have given the party another stream."""
        self._is_open, self._stopped_s = True, STOPPED_S

    def forget(self) -> None:
        """The party is somewhere else: what came from the place before says nothing of its stream."""
        self.ssrc, self._elder, self._is_open = NONE, None, True

    def believe(self, ssrc: int) -> None:
        """This is the party's stream: it is authentic."""
        self.ssrc, self._elder, self._is_open = ssrc, None, False

    def changes(self, ssrc: int, seq: int, last_seq: int | None, times: tuple[float, float]) -> bool:
        """Whether a packet of another SSRC is the party's, which has that stream from now on.

        `last_seq` is the highest number of the stream that is there, None = it has none yet; `times` is
        when its last packet came, and now.
        """
        heard_at, now = times
        elder = self._elder
        if elder is not None and _goes_on(elder, ssrc, seq, now):
            self._stopped_s = min(2 * self._stopped_s, MAX_STOPPED_S)
            self.ssrc, self._elder, self._is_open = ssrc, None, False
            return True
        self._n_run = self._n_run + 1 if self._next == (ssrc, seq) else 1
        self._next = ssrc, (seq + 1) & SEQ_MASK
        has_stopped = now - heard_at >= self._stopped_s and self._n_run >= RUN
        if not self._is_open and not has_stopped:
            self.dropped += 1
            return False
        if elder is not None and elder.ssrc == ssrc:
            self._elder = None
        elif elder is None and last_seq is not None:
            self._elder = _Elder(self.ssrc, last_seq, now + OVERLAP_S if self._is_open else now)
        self.ssrc, self._is_open, self._next = ssrc, False, None
        return True


def _goes_on(elder: _Elder, ssrc: int, seq: int, now: float) -> bool:
    return ssrc == elder.ssrc and now >= elder.since and 0 < (seq - elder.seq) & SEQ_MASK <= MAX_AHEAD
