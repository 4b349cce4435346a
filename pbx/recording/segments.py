"""Segments of one RTP stream: packets that share an SSRC and an unbroken clock.

Inside a segment sequence numbers and timestamps are unwrapped, and a packet's place depends on its
timestamp alone. RFC 3550 §5.1 and A.1; payload types of RFC 3551 table 4.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pbx.core.audio import Encoding
from pbx.recording.journal import Packet
from pbx.recording.packet_columns import CODES, Kind, PacketColumns, Skipped
from pbx.recording.skew import DelayFloor

NS_PER_SECOND = 1_000_000_000
NS_PER_SAMPLE = 125_000  # of the master
MAX_CLOCK_JUMP_NS = 2_000_000_000  # between neighbours: more is a new clock, not jitter
MAX_CLOCK_DRIFT_NS = 30_000_000_000  # since the segment began: 100 ppm over 80 hours
MAX_PACKET = 65_535  # octets of UDP, RFC 768
MAX_SEQUENCE_JUMP = 3000  # RFC 3550 A.1, MAX_DROPOUT
Coding = tuple[Encoding, int]  # encoding and RTP clock in Hz
_STATIC: Mapping[int, Coding] = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}
COMFORT_NOISE = 13  # RFC 3551 table 4
G711 = frozenset(_STATIC.values())
_RTP = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class _Rtp:
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: tuple[int, int]  # where it begins in the packet, and its octets
    marker: bool


@dataclass(slots=True)
class Segment:
    """Packets by unwrapped sequence; a packet of audio without a payload was not kept: a party on hold."""

    began_ns: int
    sequence: int  # newest, unwrapped
    timestamp: int  # of the newest audio packet, as sent
    at: int  # the same, unwrapped and counted from the first
    arrival_ns: int  # its arrival
    coding: Coding
    newest: Kind  # of packet `sequence`
    packets: PacketColumns = field(default_factory=PacketColumns)
    delays: DelayFloor = field(default_factory=DelayFloor)
    encodings: set[Encoding] = field(default_factory=set)

    @property
    def clock_rate(self) -> int:
        return self.coding[1]

    @property
    def first_law(self) -> Encoding:
        """The law of the first packet, A-law when it was of another codec."""
        return self.coding[0] if self.coding in G711 else "PCMA"

    def add(self, rtp: _Rtp, came: tuple[int, int], coding: Coding | Skipped) -> bool:
        """Take a packet that came at (nanoseconds, place); False when it is of another clock or codec."""
        step = _signed(rtp.sequence - self.sequence, 16)
        if abs(step) > MAX_SEQUENCE_JUMP:
            return False
        sequence = self.sequence + step
        if isinstance(coding, str):  # an event repeats its first timestamp: it says nothing about the clock
            self._keep(sequence, self.at, rtp, (came[1], coding))
            return True
        if coding != self.coding and not {coding, self.coding} <= G711:
            return False
        at = self.at + _signed(rtp.timestamp - self.timestamp, 32)
        arrival_ns, place = came
        if not self._same_clock(at, arrival_ns):
            return False
        self.encodings.add(coding[0])
        self.delays.add(self._ns(at), arrival_ns)
        if sequence >= self.sequence:
            self.at, self.timestamp, self.arrival_ns = at, rtp.timestamp, arrival_ns
        self._keep(sequence, at, rtp, (place, coding[0]))
        return True

    def _keep(self, sequence: int, at: int, rtp: _Rtp, what: tuple[int, Kind]) -> None:
        place, kind = what
        start, length = rtp.payload
        self.packets.add(sequence, at, (place + start, length), CODES[kind])
        if sequence > self.sequence:
            self.sequence, self.newest = sequence, kind

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

    def renew(self) -> None:
        """Somebody else speaks from now on: nothing is known of his payload types, and no clock is his."""
        self._codings, self._noise = dict(_STATIC), {COMFORT_NOISE}
        self._current.clear()

    def add(self, packet: Packet, place: int = 0) -> None:
        """Take one packet, whose octets lie at `place`; no RTP, or an event before any audio, is left out."""
        rtp = _parse(packet.rtp)
        if rtp is None:
            return
        segment, came = self._current.get(rtp.ssrc), (packet.arrival_ns, place)
        coding = self._codings.get(rtp.payload_type) or self._skipped(rtp.payload_type)
        steps = self._is_ours and rtp.marker and not isinstance(coding, str)
        if steps and segment is not None and segment.newest == "noise":
            steps = False  # a talk spurt begins (RFC 3551 §4.1)
        if segment is not None and not steps and segment.add(rtp, came, coding):
            return
        if not isinstance(coding, str):
            self._begin(rtp, came, coding)

    def _skipped(self, payload_type: int) -> Skipped:
        return "noise" if payload_type in self._noise else "event"

    def _begin(self, rtp: _Rtp, came: tuple[int, int], coding: Coding) -> None:
        segment = Segment(came[0], rtp.sequence, rtp.timestamp, 0, came[0], coding, coding[0])
        segment.add(rtp, came, coding)
        self._current[rtp.ssrc] = segment
        self.segments.append(segment)


def _parse(octets: bytes) -> _Rtp | None:
    """Return version, header extension, CSRCs and padding taken off (RFC 3550 §5.1); None = not RTP."""
    if not _RTP.size <= len(octets) <= MAX_PACKET or octets[0] >> 6 != 2:
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
    return _Rtp(second & 0x7F, sequence, timestamp, ssrc, (start, end - start), second & 0x80 != 0)


def _signed(difference: int, n_bits: int) -> int:
    """The smallest step between two counters of `n_bits` that wrap."""
    half = 1 << (n_bits - 1)
    return ((difference + half) & ((1 << n_bits) - 1)) - half
