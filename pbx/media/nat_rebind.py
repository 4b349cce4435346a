"""The NAT-rebind rule: the stream of a party that fell silent goes on from another place.

A NAT that forgets a party, or begins anew, shows it at another port from then on (RFC 4787 §4.3). Who only
sprays packets knows neither the SSRC nor where sequence numbers and timestamps are; who can read the party's
packets on their way can do all of this, and without SRTP nothing helps against him.
"""

from dataclasses import dataclass
from typing import Literal

from pbx.media.source_lock import LEARNING_PACKETS, Source

RebindRule = Literal["port", "any", "off"]  # the same host only, any host, never

AFTER_S = 2.0  # of silence: longer than a gap in a network, shorter than people talk into
WINDOW_S = 30.0  # in which others are listened to; a party that should be heard is gone by then
MAX_REBINDS = 10  # in the life of a leg
MAX_AHEAD = 3000  # numbers: what a party sends in silence and window at 50 a second, twice
EARLY_S = 2.0  # that the party's clock may seem to be ahead: jitter, and packets that waited

_TIME_MASK = 0xFFFFFFFF
_TIME_HALF = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where a stream was when its party was last heard, at `at`; `rtp_time` in units of `clock_rate`."""

    ssrc: int
    seq: int
    rtp_time: int
    clock_rate: int
    at: float

    def goes_on(self, header: tuple[int, int, int], now: float) -> bool:
        """Whether a packet with this (ssrc, seq, rtp_time) can be a later one of the stream."""
        ssrc, seq, rtp_time = header
        ahead = (rtp_time - self.rtp_time + _TIME_HALF & _TIME_MASK) - _TIME_HALF
        # A sender may stop its clock while it does not send, so less than the time that has passed is fine.
        is_timely = 0 < ahead <= (now - self.at + EARLY_S) * self.clock_rate
        return ssrc == self.ssrc and 0 < (seq - self.seq & 0xFFFF) <= MAX_AHEAD and is_timely


class NatRebind:
    """Of one leg: `open` once its party is silent for `AFTER_S`; then `judge` what comes from elsewhere.

    It takes `LEARNING_PACKETS` packets in a row that go on. Each silence opens it once, for `WINDOW_S`.
    `rebinds` counts the moves of the party that were believed.
    """

    __slots__ = ("_opened_for", "_place", "_run", "_shut_at", "_track", "rebinds")

    def __init__(self) -> None:
        self.rebinds = 0
        self._track: Track | None = None
        self._shut_at = 0.0
        self._opened_for = float("-inf")  # the silence that opened it last
        self._place: tuple[Source, int] | None = None  # who may be the party, and its next number
        self._run = 0

    @property
    def is_open(self) -> bool:
        return self._track is not None

    @property
    def silent_since(self) -> float:
        """When the silence began that opened it last."""
        return self._opened_for

    def may_open(self, silent_since: float, now: float) -> bool:
        """Whether it is time to listen to others too."""
        is_new = silent_since != self._opened_for and self.rebinds < MAX_REBINDS
        return is_new and not self.is_open and now - silent_since >= AFTER_S

    def open(self, track: Track, now: float) -> None:
        self._track, self._opened_for, self._shut_at = track, track.at, now + WINDOW_S
        self._place, self._run = None, 0

    def is_over(self, now: float) -> bool:
        """Whether it was open for long enough."""
        return self.is_open and now >= self._shut_at

    def shut(self) -> None:
        """The party is heard where it was, or nobody came."""
        self._track = self._place = None

    def judge(self, source: Source, header: tuple[int, int, int], now: float) -> bool:
        """Return whether the party is now where a packet came from; it is shut then."""
        track = self._track
        if track is None or self.is_over(now) or not track.goes_on(header, now):
            return False  # and who interferes does not undo what the party has shown
        seq = header[1]
        self._run = self._run + 1 if self._place == (source, seq) else 1
        self._place = source, seq + 1 & 0xFFFF
        if self._run < LEARNING_PACKETS:
            return False
        self.rebinds += 1
        self.shut()
        return True


def is_allowed(rule: RebindRule, before: Source, now: Source) -> bool:
    """Whether the rule lets a party move between these places."""
    return rule == "any" or (rule == "port" and before[0] == now[0])
