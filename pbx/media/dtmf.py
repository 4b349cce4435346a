"""Digits as RTP telephone-events, received and sent. RFC 4733 §2."""

import struct
from collections import deque
from typing import NamedTuple

from pbx.core.errors import ParseError
from pbx.media.g711 import SAMPLE_RATE

DIGITS = "0123456789*#ABCD"  # RFC 4733 §3.2, table 3: events 0 to 15
LOST_END_S = 0.2
MAX_DURATION = 0xFFFF
REMEMBERED = 8  # reported events whose late packets must not be counted again
END_REPEATS = 3  # RFC 4733 §2.5.1.4: the final packet is sent three times

_EVENT = struct.Struct("!BBH")
_END, _RESERVED, _VOLUME = 0x80, 0x40, 10  # -10 dBm0, as telephones send
_SEGMENT_SLACK = 8 * 200  # units by which the last packets of a lost segment end may fall short


def looks_like_event(payload: bytes | memoryview) -> bool:
    """Whether a payload of unknown type has the form of a key (RFC 4733 §2.3): no audio codec is so short."""
    return len(payload) == _EVENT.size and payload[0] < len(DIGITS) and not payload[1] & _RESERVED


class Digit(NamedTuple):
    """A pressed key. Never log it."""

    key: str
    duration_ms: int

    def __repr__(self) -> str:
        return f"Digit(***, {self.duration_ms} ms)"


class _Pressed:
    __slots__ = ("duration", "earlier", "event", "last_at", "rtp_time")

    def __init__(self, event: int, rtp_time: int, earlier: int) -> None:
        self.event, self.rtp_time, self.earlier = event, rtp_time, earlier
        self.duration = 0
        self.last_at = 0.0


class DtmfReceiver:
    """Reports each event once, whatever was lost or repeated; `deadline` and `now` are monotonic seconds.

    An event is told by its RTP timestamp, so the marker bit is not needed. It is reported with the first
    packet that has the end bit, else when the next event or later audio begins, else after 200 ms.
    """

    __slots__ = ("_clock_rate", "_pressed", "_reported", "n_begun")

    def __init__(self, clock_rate: int = SAMPLE_RATE) -> None:
        self._clock_rate = clock_rate
        self._pressed: _Pressed | None = None
        self._reported: deque[int] = deque(maxlen=REMEMBERED)
        self.n_begun = 0  # presses, those that have not ended among them

    @property
    def deadline(self) -> float | None:
        return self._pressed.last_at + LOST_END_S if self._pressed else None

    def packet(self, rtp_time: int, payload: bytes, now: float) -> list[Digit]:
        """Take a telephone-event payload; ParseError(0) when it is shorter than four octets."""
        if len(payload) < _EVENT.size:
            raise ParseError("truncated telephone-event", 0)
        event, flags, duration = _EVENT.unpack_from(payload)
        if event >= len(DIGITS) or rtp_time in self._reported:
            return []
        digits = self._begin(event, rtp_time)
        pressed = self._pressed
        if pressed is not None and pressed.rtp_time == rtp_time:
            pressed.duration = max(pressed.duration, duration)
            pressed.last_at = now
            if flags & _END:
                digits += self._end()
        return digits

    def audio(self, rtp_time: int) -> list[Digit]:
        """Audio with this RTP time arrived; it ends an event that it follows."""
        pressed = self._pressed
        if pressed is None:
            return []
        since = (rtp_time - pressed.rtp_time - pressed.duration) & 0xFFFFFFFF
        return self._end() if since < 0x80000000 else []

    def tick(self, now: float) -> list[Digit]:
        """Report an event whose end packets were all lost."""
        deadline = self.deadline
        return self._end() if deadline is not None and now >= deadline else []

    def _begin(self, event: int, rtp_time: int) -> list[Digit]:
        pressed = self._pressed
        if pressed is None:
            self._pressed = _Pressed(event, rtp_time, 0)
            self.n_begun += 1
            return []
        since = (rtp_time - pressed.rtp_time) & 0xFFFFFFFF
        if since == 0 or since >= 0x80000000:
            return []
        if self._is_next_segment(pressed, event, since):
            self._reported.append(pressed.rtp_time)
            self._pressed = _Pressed(event, rtp_time, pressed.earlier + since)
            return []
        digits = self._end()
        self._pressed = _Pressed(event, rtp_time, 0)
        self.n_begun += 1
        return digits

    @staticmethod
    def _is_next_segment(pressed: _Pressed, event: int, since: int) -> bool:
        # RFC 4733 §2.5.1.3: a longer event goes on as a segment that starts where the full one ended.
        return (
            event == pressed.event
            and since == MAX_DURATION
            and pressed.duration >= MAX_DURATION - _SEGMENT_SLACK
        )

    def _end(self) -> list[Digit]:
        pressed = self._pressed
        if pressed is None:
            return []
        self._pressed = None
        self._reported.append(pressed.rtp_time)
        duration_ms = (pressed.earlier + pressed.duration) * 1000 // self._clock_rate
        return [Digit(DIGITS[pressed.event], duration_ms)]


class EventPacket(NamedTuple):
    """One packet of an event to send; all packets of an event carry its first RTP time."""

    marker: bool
    payload: bytes


def event_packets(
    key: str, duration_ms: int = 100, packet_ms: int = 20, *, clock_rate: int = SAMPLE_RATE
) -> list[EventPacket]:
    """Return the packets of one key press, one per `packet_ms`, then two more copies of the end.

    ValueError for a key that is not a DTMF digit or an event longer than one segment (8 s at 8 kHz).
    """
    event = DIGITS.index(key)
    units = clock_rate // 1000
    if not 0 < duration_ms * units <= MAX_DURATION:
        raise ValueError(f"an event lasts 1 to {MAX_DURATION // units} ms")
    updates = [
        EventPacket(at_ms == packet_ms, _EVENT.pack(event, _VOLUME, at_ms * units))
        for at_ms in range(packet_ms, duration_ms, packet_ms)
    ]
    end = _EVENT.pack(event, _END | _VOLUME, duration_ms * units)
    return [*updates, EventPacket(not updates, end)] + [EventPacket(False, end)] * (END_REPEATS - 1)
