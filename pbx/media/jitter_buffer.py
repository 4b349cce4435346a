"""JitterBuffer: packets as the network brings them in, in the order and at the pace of the voice out.

Playout is by RTP time: the packet whose time has come, or the word that it is lost, or that there is nothing.
RFC 3550 §5.1, A.1; what the delay does under loss and jitter is measured in tests/media.
"""

from dataclasses import dataclass

from pbx.media.transit import Transit

MAX_PACKETS = 128  # more than a second of 10 ms packets; a flood is not kept
MAX_DELAY_MS = 220  # a jitter of 200 ms, and the packet that is played meanwhile
MAX_STEP = 3000  # RFC 3550 A.1: a larger jump in sequence numbers is another stream
MAX_CLOCK_S = 2.0  # a packet whose time is further off its arrival belongs to another clock
FORMER_S = 1.0  # the longest that a packet of the stream before may have been on its way
SHRINK_AFTER = 50  # packets in a row that waited longer than they had to: one second
_SEQ, _TIME = 1 << 16, 1 << 32


@dataclass(frozen=True, slots=True)
class Packet:
    """`n_units` = its duration in RTP clock units."""

    payload: bytes
    payload_type: int
    rtp_time: int
    n_units: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A packet that did not come in time; `following` = the payload after it, if that is there."""

    n_units: int
    following: bytes | None


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing to play: before the first packet, in a pause of the talker, or when the network is silent."""


Slot = Packet | Lost | Empty


class JitterBuffer:
    """Waits as long as most packets are late, within `min_ms` and `max_ms`; times are monotonic seconds.

    A packet that is missing while the delay is shorter than most packets need is waited for, which makes the
    delay longer. `late` packets came after their time, `lost` never, `skipped` were left out to shorten it.
    """

    __slots__ = (
        "_clock_rate",
        "_former",
        "_highest",
        "_last_seq",
        "_max",
        "_min",
        "_packets",
        "_play",
        "_playing",
        "_seen",
        "_shift",
        "_ssrc",
        "_starved",
        "_step",
        "_transit",
        "_waited",
        "discarded",
        "late",
        "lost",
        "skipped",
    )

    def __init__(self, clock_rate: int, *, min_ms: int = 20, max_ms: int = MAX_DELAY_MS) -> None:
        self._clock_rate = clock_rate
        self._min, self._max = (clock_rate * ms // 1000 for ms in (min_ms, max_ms))
        self._transit = Transit()
        self._packets: dict[int, tuple[Packet, int]] = {}  # by unwrapped time; with the sequence number
        self._seen: dict[int, None] = {}  # times of the last packets, in order of arrival
        self._ssrc: int | None = None
        self._former: tuple[int | None, float] = (None, 0.0)  # SSRC before this one, not heard until
        self._shift = 0  # what makes the stream's time ours
        self._highest = (0, 0)  # sequence number and unwrapped time of the newest packet
        self._play = 0  # the time that is played next
        self._last_seq: int | None = None  # of the packet played last
        self._playing = False
        self._starved = 0  # units for which there was nothing to play since the last packet
        self._step = clock_rate // 50
        self._waited = 0
        self.late = self.lost = self.skipped = self.discarded = 0

    @property
    def delay_ms(self) -> float:
        """How long packets wait on purpose."""
        return self._target() * 1000 / self._clock_rate

    @property
    def span_s(self) -> float:
        """How long it takes until the newest packet has been played."""
        return self._span() / self._clock_rate if self._packets else 0.0

    @property
    def n_packets(self) -> int:
        return len(self._packets)

    def put(self, packet: Packet, ssrc: int, seq: int, now: float) -> None:
        """Take a packet that arrived at `now`."""
        arrival = now * self._clock_rate
        if ssrc == self._former[0] and now < self._former[1]:
            self.discarded += 1  # it was on its way when its sender began anew
            return
        time = self._unwrap((packet, ssrc, seq), arrival, now)
        if time in self._seen:
            self.discarded += 1
            return
        self._see(time)
        self._transit.arrived(arrival - time)
        self._step = packet.n_units
        if self._playing and time < self._play:
            self.late += 1
            return
        self._packets[time] = (packet, seq)
        if len(self._packets) > MAX_PACKETS:  # what is oldest is worth least
            del self._packets[min(self._packets)]
            self.discarded += 1

    def _see(self, time: int) -> None:
        self._seen[time] = None
        if len(self._seen) > 2 * MAX_PACKETS:
            del self._seen[next(iter(self._seen))]

    def take(self, now: float, *, quiet: bool = False) -> Slot:
        """Return what is played next; called once per packet's worth of time.

        `quiet` = what was played last can be heard by nobody, so that a packet left out is not missed.
        """
        if not self._packets:
            self._starved += self._step
            return Empty()
        if not self._playing and not self._begin(now):
            return Empty()
        self._shorten(quiet=quiet)
        first = min(self._packets)
        gap = first - self._play
        if gap > 0 and not (self._is_missing(first) and self._is_hasty(now)):
            covered = min(gap, self._starved)  # what nothing was played for is over, whatever it was
            self._play += covered
            gap -= covered
        self._starved = 0
        if gap > 0:
            return self._bridge(gap, first, now)
        packet, self._last_seq = self._packets.pop(first)
        self._play = first + packet.n_units
        return packet

    def _begin(self, now: float) -> bool:
        """Play when the first packet has waited long enough."""
        first = min(self._packets)
        waited = max(self._packets) - first + self._step
        fastest = now * self._clock_rate - first - self._transit.fastest
        if max(waited, fastest) < self._target():
            return False
        self._play, self._playing = first, True
        self._last_seq = None
        return True

    def _bridge(self, gap: int, first: int, now: float) -> Slot:
        """Fill the time up to the first packet: a loss, or a pause of the talker."""
        following, _ = self._packets[first]
        n_units = min(gap, self._step)
        if not self._is_missing(first):
            # The talker paused (RFC 3551 §4.1), and delay is corrected unheard.
            if gap > self._clock_rate // 5 and self._span() > self._target():
                self._play = first - n_units
            self._play += n_units
            return Empty()
        if self._is_hasty(now):
            return Lost(n_units, None)  # concealed like a loss, but it may still come and be played
        self.lost += 1
        self._play += n_units
        return Lost(n_units, following.payload if gap == n_units else None)

    def _is_missing(self, first: int) -> bool:
        """Whether something was sent between the packet played last and `first`, or nobody knows."""
        return self._last_seq is None or (self._packets[first][1] - self._last_seq) % _SEQ != 1

    def _is_hasty(self, now: float) -> bool:
        """Whether what is played next had less time to come than most packets need."""
        waited = now * self._clock_rate - self._play - self._transit.fastest
        return waited + self._step <= self._target()

    def _shorten(self, *, quiet: bool) -> None:
        """Leave packets out when all of the last second waited for nothing."""
        span, target = self._span(), self._target()
        excess = span - target
        self._waited = self._waited + 1 if excess >= self._step else 0
        over = span > self._max + self._step
        if over or (self._waited > SHRINK_AFTER and (quiet or excess > 3 * self._step)):
            while len(self._packets) > 1 and (over or self._waited):
                self._skip()
                self._waited = 0
                over = over and self._span() > target

    def _skip(self) -> None:
        first = min(self._packets)
        packet, self._last_seq = self._packets.pop(first)
        self._play = first + packet.n_units
        self.skipped += 1

    def _span(self) -> int:
        """Units from the play position to the end of the newest packet."""
        newest = max(self._packets)
        return newest + self._packets[newest][0].n_units - self._play

    def _target(self) -> float:
        return min(max(self._transit.jitter + self._step, self._min), self._max)

    def _unwrap(self, arrived: tuple[Packet, int, int], arrival: float, now: float) -> int:
        packet, ssrc, seq = arrived
        highest_seq, highest_time = self._highest
        step = (seq - highest_seq + _SEQ // 2) % _SEQ - _SEQ // 2
        ours = packet.rtp_time + self._shift
        time = highest_time + (ours - highest_time + _TIME // 2) % _TIME - _TIME // 2
        # Time that goes back while the count goes on is a clock that was set (RFC 3550 §5.1 knows none).
        is_set_back = step > 0 and time < highest_time
        other = ssrc != self._ssrc or abs(step) > MAX_STEP or is_set_back
        if other or self._is_other_clock(arrival - time):
            if ssrc != self._ssrc:
                self._former = (self._ssrc, now + FORMER_S)
            time = self._restart(packet, ssrc)
            step = 1
        if step > 0:
            self._highest = (seq, time)
        return time

    def _is_other_clock(self, transit: float) -> bool:
        fastest = self._transit.fastest
        return abs(transit - fastest) > MAX_CLOCK_S * self._clock_rate + self._max

    def _restart(self, packet: Packet, ssrc: int) -> int:
        """Begin another stream where the old one is being played: behind all that waits."""
        ends = [at + held.n_units for at, (held, _) in self._packets.items()]
        time = max(ends, default=self._play + self._starved)
        self._shift = time - packet.rtp_time
        self._ssrc, self._last_seq = ssrc, None
        self._playing = self._playing and bool(ends)
        self._transit.clear()
        self._seen.clear()
        return time
