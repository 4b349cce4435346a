"""Presses: which keys of a party are news to its peer, although one press may come in several kinds.

Telephone-events are passed on packet by packet, so it is decided at the first packet of an event whether
its press has been told by SIP INFO already; then the packets stop here.
"""

from collections import deque

from pbx.media.digit_merger import ALL_KINDS, DigitMerger
from pbx.media.dtmf import DIGITS, REMEMBERED, Digit


class Presses:
    """`now` in monotonic seconds. An event is told by its RTP time, as in DtmfReceiver."""

    __slots__ = ("_events", "_merger")

    def __init__(self) -> None:
        self._merger = DigitMerger(ALL_KINDS)
        self._events: deque[tuple[int, bool]] = deque(maxlen=REMEMBERED)

    @property
    def is_event_news(self) -> bool:
        """Whether the event that began last is news."""
        return not self._events or self._events[-1][1]

    def event(self, rtp_time: int, payload: bytes, now: float) -> bool:
        """Take a telephone-event of at least four octets; return whether the peer should get it."""
        for begun, is_news in self._events:
            if begun == rtp_time:
                self._merger.lasts("rfc4733", now)
                return is_news
        if payload[0] >= len(DIGITS):
            return True
        is_news = bool(self._merger.handle("rfc4733", Digit(DIGITS[payload[0]], 0), now))
        self._events.append((rtp_time, is_news))
        return is_news

    def tone(self, digit: Digit, now: float) -> bool:
        """Take a key that was heard as tones, which the peer has heard too; return whether it is news."""
        return bool(self._merger.handle("inband", digit, now))

    def info(self, digit: Digit, now: float) -> bool:
        """Take a key that came by SIP INFO; return whether the peer should get it."""
        return bool(self._merger.handle("info", digit, now))
