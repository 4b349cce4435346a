"""Segments of one RTP stream: packets that share an SSRC and an unbroken clock.

Inside a segment sequence numbers and timestamps are unwrapped, and a packet's place depends on its
timestamp alone. RFC 3550 §5.1 and A.1; payload types of RFC 3551 table 4.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pbx.core.audio import Encoding
from pbx.recording.journal import Packet
from pbx.recording.skew import DelayFloor

NS_PER_SECOND = 1_000_000_000
NS_PER_SAMPLE = 125_000  # of the master
MAX_CLOCK_JUMP_NS = 2_000_000_000  # between neighbours: more is a new clock, not jitter
MAX_CLOCK_DRIFT_NS = 30_000_000_000  # since the segment began: 100 ppm over 80 hours
MAX_SEQUENCE_JUMP = 3000  # RFC 3550 A.1, MAX_DROPOUT
Coding = tuple[Encoding, int]  # encoding and RTP clock in Hz
_STATIC: Mapping[int, Coding] = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}
COMFORT_NOISE = 13  # RFC 3551 table 4
G711 = frozenset(_STATIC.values())
_RTP = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Audio:
    """One packet; `at` in units of the RTP clock since the segment's first packet.

    Without a payload it was not kept, because the party was on hold.
    """

    at: int
    encoding: Encoding
    payload: bytes


Skipped = Literal["event", "noise", "undecodable"]
"""A packet without speech: of another kind (a key, RFC 4733), comfort noise (RFC 3389), or no payload."""


@dataclass(frozen=True, slots=True)
class _Rtp:
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


@dataclass(slots=True)
class Segment:
    """Packets by unwrapped sequence."""

    began_ns: int
    sequence: int  # newest, unwrapped
    timestamp: int  # of the newest audio packet, as sent
    at: int  # the same, unwrapped and counted from the first
    arrival_ns: int  # its arrival
    coding: Coding
    packets: dict[int, Audio | Skipped] = field(default_factory=dict)
    delays: DelayFloor = field(default_factory=DelayFloor)

    @property
    def clock_rate(self) -> int:
        return self.coding[1]

    def add(self, rtp: _Rtp, arrival_ns: int, coding: Coding | Skipped) -> bool:
        """Take a packet; False when it belongs to another clock or codec."""
        step = _signed(rtp.sequence - self.sequence, 16)
        if abs(step) > MAX_SEQUENCE_JUMP:
            return False
        sequence = self.sequence + step
        if isinstance(coding, str):  # an event repeats its first timestamp: it says nothing about the clock
            self.packets.setdefault(sequence, coding)
            self.sequence = max(self.sequence, sequence)
            return True
        if coding != self.coding and not {coding, self.coding} <= G711:
            return False
        at = self.at + _signed(rtp.timestamp - self.timestamp, 32)
        if not self._same_clock(at, arrival_ns):
            return False
        self.packets.setdefault(sequence, Audio(at, coding[0], rtp.payload))
        self.delays.add(self._ns(at), arrival_ns)
        if sequence >= self.sequence:
            self.sequence, self.at = sequence, at
            self.timestamp, self.arrival_ns = rtp.timestamp, arrival_ns
        return True

    def _same_clock(self, at: int, arrival_ns: int) -> bool:
        jump = self._ns(at - self.at) - (arrival_ns - self.arrival_ns)
        drift = self._ns(at) - (arrival_ns - self.began_ns)
        return abs(jump) <= MAX_CLOCK_JUMP_NS and abs(drift) <= MAX_CLOCK_DRIFT_NS

    def _ns(self, units: int) -> int:
        return units * NS_PER_SECOND // self.clock_rate


class StreamSegments:
    """Sorts one stream's packets, in order of arrival, into segments.

    `is_ours` = we sent it: our timestamps step to the wall clock where somebody else begins to speak, and the
    marker bit says so, unless comfort noise went before. A party's marker says nothing of its clock.
    """

    __slots__ = ("_codings", "_current", "_is_ours", "_noise", "segments")

    def __init__(self, *, is_ours: bool = False) -> None:
        self._is_ours = is_ours
        self.segments: list[Segment] = []
        self._current: dict[int, Segment] = {}
        self._codings: dict[int, Coding] = dict(_STATIC)
        self._noise = {COMFORT_NOISE}

    def know(self, codings: Mapping[int, Coding], noise: Iterable[int] = ()) -> None:
        """Take what payload types mean from now on; `noise` = those of comfort noise besides RFC 3551's."""
        self._codings.update(codings)
        self._noise.update(noise)

    def add(self, packet: Packet) -> None:
        """Take one packet; what is not RTP, and events before any audio, are left out."""
        rtp = _parse(packet.rtp)
        if rtp is None:
            return
        segment = self._current.get(rtp.ssrc)
        coding = self._codings.get(rtp.payload_type) or self._skipped(rtp.payload_type)
        steps = self._is_ours and rtp.marker and not isinstance(coding, str)
        if steps and segment is not None and segment.packets.get(segment.sequence) == "noise":
            steps = False  # a talk spurt begins (RFC 3551 §4.1)
        if segment is not None and not steps and segment.add(rtp, packet.arrival_ns, coding):
            return
        if not isinstance(coding, str):
            self._begin(rtp, packet.arrival_ns, coding)

    def _skipped(self, payload_type: int) -> Skipped:
        return "noise" if payload_type in self._noise else "event"

    def _begin(self, rtp: _Rtp, arrival_ns: int, coding: Coding) -> None:
        segment = Segment(arrival_ns, rtp.sequence, rtp.timestamp, 0, arrival_ns, coding)
        segment.add(rtp, arrival_ns, coding)
        self._current[rtp.ssrc] = segment
        self.segments.append(segment)


def _parse(octets: bytes) -> _Rtp | None:
    """Return version, header extension, CSRCs and padding taken off (RFC 3550 §5.1); None = not RTP."""
    if len(octets) < _RTP.size or octets[0] >> 6 != 2:
        return None
    first, second, sequence, timestamp, ssrc = _RTP.unpack_from(octets)
    start = _RTP.size + 4 * (first & 15)
    if first & 0x10:
        if len(octets) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(octets[start + 2 : start + 4], "big")
    end = len(octets) - (octets[-1] if first & 0x20 else 0)
    if start > end:
        return None
    return _Rtp(second & 0x7F, sequence, timestamp, ssrc, octets[start:end], second & 0x80 != 0)


def _signed(difference: int, n_bits: int) -> int:
    """The smallest step between two counters of `n_bits` that wrap."""
    half = 1 << (n_bits - 1)
    return ((difference + half) & ((1 << n_bits) - 1)) - half
