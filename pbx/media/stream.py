"""The two directions of an RTP session: our outgoing stream, and what we count about the incoming one."""

from collections.abc import Sequence
from typing import NamedTuple

from pbx.media.follow import NONE, SEQ_MASK, TIME_MASK
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.lateness import Lateness
from pbx.media.missing import MAX_MISORDER, Missing
from pbx.media.reception import LossRuns, Reception

try:
    from pbx.media._follow import Incoming, Outgoing
except ImportError:  # not compiled: the same in Python
    from pbx.media.follow import Incoming, Outgoing

RESYNC_S = 0.1  # own frames later than this against the wall clock jump forward, with the marker bit
MAX_DROPOUT = 3000  # RFC 3550 A.1: a larger jump in sequence numbers is a restart, not loss

# Each packet passes here twice, so the arithmetic modulo 2**16 and 2**32 is written out instead of called.
_SEQ_HALF, _TIME_HALF = 0x8000, 0x80000000
_NOBODY = -2  # no SSRC: the source that is relayed next begins afresh
MAX_PENDING = 64  # packets; somebody looks once a second
_LATE = SEQ_MASK + 1 - MAX_MISORDER  # steps beyond this are small steps back


class SenderInfo(NamedTuple):
    """What an SR says about our stream: the RTP time of one instant, and what was sent until then."""

    rtp_time: int
    packet_count: int
    octet_count: int


class OutgoingStream(Outgoing):
    """One SSRC for the life of a leg; sequence and time run on across own frames and relayed packets.

    Times are monotonic seconds, RTP time counts the codec's clock. The receiver sees one continuous source
    (RFC 3550 §5.1): only the marker bit tells where the audio was switched.
    """

    __slots__ = ("_clock_rate", "_origin_at", "_origin_time", "_seq_shift")

    def __init__(self, ssrc: int, seq: int, rtp_time: int, now: float) -> None:
        super().__init__()
        self.ssrc, self._seq, self._time = ssrc, seq & SEQ_MASK, rtp_time
        self._origin_time, self._origin_at = rtp_time, now
        self._clock_rate = SAMPLE_RATE
        self._seq_shift = 0

    def set_clock(self, clock_rate: int, now: float) -> None:
        """The codec's RTP clock from now on; time goes on from where it is (RFC 7160 §4.1)."""
        if clock_rate != self._clock_rate:
            self._time = max(self._time, self._wall_time(now))
            self._origin_time, self._origin_at, self._clock_rate = self._time, now, clock_rate
            self._relay_ssrc = NONE

    def own(self, n_units: int, now: float) -> tuple[int, int, bool]:
        """Return (seq, rtp_time, marker) for a frame of our own."""
        wall = self._wall_time(now)
        marker = self._relay_ssrc != NONE or wall - self._time > RESYNC_S * self._clock_rate
        if marker:
            self._time = max(self._time, wall)
            self._relay_ssrc = NONE
        seq, rtp_time = self._seq, self._time
        self._seq = (seq + 1) & SEQ_MASK
        self._time += n_units
        return seq, rtp_time & TIME_MASK, marker

    @property
    def is_relaying(self) -> bool:
        """What was sent last came from a source that is relayed."""
        return self._relay_ssrc != NONE

    def rest(self, n_units: int) -> None:
        """A frame of our own is silence that is not sent (RFC 3389 §4): time goes on, the numbers do not."""
        self._time += n_units
        self._next_time = NONE

    def relay(self, source: tuple[int, int, int], n_units: int, now: float) -> tuple[int, int, bool]:
        """Return (seq, rtp_time, marker) for a packet with `source` = its (ssrc, seq, rtp_time).

        Gaps and reordering of the source stay visible, so that the receiver can conceal them.
        """
        ssrc, seq, rtp_time = source
        if self.follows(ssrc, seq, rtp_time, n_units):
            return (self._seq - 1) & SEQ_MASK, (self._time - n_units) & TIME_MASK, False
        step = (seq - self._relay_seq) & SEQ_MASK
        fresh = ssrc != self._relay_ssrc or MAX_DROPOUT <= step <= _LATE
        if fresh:
            self._relay_ssrc, self._relay_seq, self._relay_time = ssrc, seq, rtp_time
            self._seq_shift = self._seq - seq
            self._time_shift = max(self._time, self._wall_time(now)) - rtp_time
            step = 0
        relay_time = self._relay_time
        relay_time += ((rtp_time - relay_time + _TIME_HALF) & TIME_MASK) - _TIME_HALF  # unwrapped
        out_seq, out_time = (seq + self._seq_shift) & SEQ_MASK, relay_time + self._time_shift
        if step < MAX_DROPOUT:
            self._relay_seq, self._relay_time = seq, relay_time
            self._seq, self._next_seq = (out_seq + 1) & SEQ_MASK, (seq + 1) & SEQ_MASK
            self._time = max(self._time, out_time + n_units)
            is_last = self._time == out_time + n_units
            self._next_time = (rtp_time + n_units) & TIME_MASK if is_last else NONE
        return out_seq, out_time & TIME_MASK, fresh

    def pause(self) -> None:
        """What is relayed next begins afresh: what was not passed on meanwhile is no loss of ours."""
        if self._relay_ssrc != NONE:
            self._relay_ssrc = _NOBODY

    def withhold(self, ssrc: int, seq: int) -> None:
        """Close the gap of a source packet that is not relayed on purpose (a digit), so it is no loss."""
        if ssrc == self._relay_ssrc and 0 < (seq - self._relay_seq) & SEQ_MASK < MAX_DROPOUT:
            self._seq_shift -= 1
            self._next_time = NONE

    def sender_info(self, now: float, *, packet_count: int, octet_count: int) -> SenderInfo:
        """Return what an SR says at `now`; `octet_count` is payload only (RFC 3550 §6.4.1)."""
        wall = self._wall_time(now)
        # A source that is relayed has a clock of its own, so only a pause goes by ours.
        paused = wall - self._time > RESYNC_S * self._clock_rate
        rtp_time = (wall if paused else self._time) & TIME_MASK
        return SenderInfo(rtp_time, packet_count, octet_count)

    def _wall_time(self, now: float) -> int:
        return self._origin_time + int((now - self._origin_at) * self._clock_rate)


class IncomingStats(Incoming):
    """Received, lost and jitter of one party over all its SSRCs. RFC 3550 §6.4.1, A.1, A.3, A.8.

    Of a packet that follows the one before only the transit is kept until somebody looks: many at a time cost
    less than one by one between system calls.
    """

    __slots__ = (
        "_bad_seq",
        "_base",
        "_earlier",
        "_highest",
        "_jitter",
        "_missing",
        "_received",
        "_runs",
        "_this",
        "_transit",
        "doubled",
        "lateness",
    )

    def __init__(self) -> None:
        super().__init__()
        self._received = self.doubled = 0
        self.lateness = Lateness(SAMPLE_RATE)
        self._runs = LossRuns()
        self._clock_rate = SAMPLE_RATE
        self._earlier = 0  # lost in streams that have ended
        self._this = 0  # received of the present stream
        self._missing = Missing(0)
        self._base = self._highest = 0  # extended sequence numbers
        self._bad_seq: int | None = None
        self._transit: int | None = None
        self._jitter = 0.0

    def set_clock(self, clock_rate: int) -> None:
        """The codec's RTP clock from now on."""
        if clock_rate != self._clock_rate:
            self.count()
            self._jitter *= clock_rate / self._clock_rate
            self._clock_rate, self._transit = clock_rate, None
            self.lateness.restart(clock_rate)

    def audio(self, ssrc: int, seq: int, rtp_time: int, now: float) -> None:
        """Count an audio packet that arrived at monotonic second `now`."""
        if not self.follows(ssrc, seq, rtp_time, now):
            self.event(ssrc, seq)
            self._judge((int(now * self._clock_rate) - rtp_time,))
        elif len(self._pending) >= MAX_PENDING:
            self.count()

    def event(self, ssrc: int, seq: int) -> None:
        """Count a packet whose RTP time says nothing about jitter (telephone-event repeats its time)."""
        self.count()
        self._received += 1
        self._number(ssrc, seq)
        self._next_seq = (self._highest + 1) & SEQ_MASK

    def turn(self) -> None:
        """About a second is over, see `Lateness`."""
        self.count()
        self.lateness.turn()

    def count(self) -> None:
        """Count what is pending."""
        pending = self._pending
        if pending:
            self._received += len(pending)
            self._this += len(pending)
            self._highest += len(pending)
            self._judge(pending)
            pending.clear()

    def _judge(self, transits: Sequence[int]) -> None:
        """Take what arrival and RTP time of packets tell."""
        before, jitter = self._transit, self._jitter
        for transit in transits:
            if before is not None:
                change = (transit - before) & TIME_MASK
                if change >= _TIME_HALF:
                    change = TIME_MASK + 1 - change
                jitter += (change - jitter) / 16  # RFC 3550 A.8
            before = transit
        self._transit, self._jitter = before, jitter
        self.lateness.arrived(transits)

    def _number(self, ssrc: int, seq: int) -> None:
        """Place a packet among those of its stream, or begin another stream."""
        if ssrc != self._ssrc:
            self._restart(ssrc, seq)
            return
        step = ((seq - self._highest + _SEQ_HALF) & SEQ_MASK) - _SEQ_HALF
        if -MAX_MISORDER <= step < MAX_DROPOUT:
            self._place(step)
        elif seq != self._bad_seq:
            # RFC 3550 A.1: two packets in sequence after a jump mean that the sender restarted.
            self._bad_seq = (seq + 1) & SEQ_MASK
            return
        else:
            self._restart(ssrc, seq)
            return
        self._this += 1

    @property
    def clock_rate(self) -> int:
        return self._clock_rate

    @property
    def received(self) -> int:
        self.count()
        return self._received

    @property
    def lost(self) -> int:
        """Packets that were expected and never came; a duplicate makes up for none."""
        self.count()
        return self._earlier + self._lost_now()

    @property
    def expected(self) -> int:
        """Packets that the party has sent as far as their numbers tell."""
        return self.received - self.doubled + self.lost

    @property
    def runs(self) -> LossRuns:
        """The losses up to now in runs; what is missing counts as lost, as nobody can tell yet."""
        runs = self._runs.copy()
        self._missing.copy().close(runs)
        return runs

    def rtp_time_of(self, at: float) -> int | None:
        """Return the RTP time of the last audio packet, which came at monotonic second `at`."""
        self.count()
        if self._transit is None:
            return None
        return int(at * self._clock_rate) - self._transit & TIME_MASK

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter in milliseconds."""
        self.count()
        return self._jitter * 1000 / self._clock_rate

    @property
    def reception(self) -> Reception | None:
        """What a report says about the present source; None before its first packet."""
        self.count()
        if self._ssrc == NONE:
            return None
        expected = self._highest - self._base + 1
        return Reception(self._ssrc, self._highest, expected, self._this, int(self._jitter))

    def _lost_now(self) -> int:
        came = self._this - self._missing.doubled
        return max(self._highest - self._base + 1 - came, 0) if came else 0

    def _place(self, step: int) -> None:
        """Count a packet so many numbers after the highest one."""
        if step > 1:
            self._missing.gap(self._highest + 1, self._highest + step, self._runs)
        elif step <= 0:
            doubled = self._missing.doubled
            self._missing.came(self._highest + step)
            self.doubled += self._missing.doubled - doubled
        self._highest += max(step, 0)

    def _restart(self, ssrc: int, seq: int) -> None:
        self._earlier += self._lost_now()
        self._ssrc, self._base, self._highest, self._this = ssrc, seq, seq, 1
        self._transit = self._bad_seq = None
        self._missing.close(self._runs)
        self._missing = Missing(seq)
        self.lateness.restart(self._clock_rate)
