"""Intake: what becomes of a packet between the media loop and a recording's ring.

`_intake.pyx` is its twin in C.
"""

import struct

from pbx.recording.journal import ARRIVAL_BYTES, packet_prefix
from pbx.recording.packet_rate import COST_NS, PacketRate
from pbx.recording.ring import Ring

MAX_PACKET = 1500  # an Ethernet frame; 60 ms of G.711 is 492 octets


class Intake:
    """The rates of what is heard, of what is sent and of further parties, and the ring that they share."""

    __slots__ = ("_rates", "_ring")

    def __init__(self) -> None:
        self._ring = Ring()
        self._rates = [PacketRate(), PacketRate()]

    def packet(self, stream: int, arrival_ns: int, rtp: bytes | memoryview) -> None:
        """Keep one RTP packet of a stream, 0 = from the party, 1 = to the party, unless there is a flood."""
        n_bytes = len(rtp)
        if n_bytes > MAX_PACKET:
            return
        try:
            rate = self._rates[stream]
            takes = rate.full_at_ns < arrival_ns  # as nearly always
            if takes:
                rate.full_at_ns = arrival_ns + COST_NS
            if takes or rate.takes(arrival_ns):
                item = packet_prefix(ARRIVAL_BYTES + n_bytes, stream, arrival_ns) + rtp
                self._ring.append(item, arrival_ns)
            if rate.n_over:
                self._note_flood(stream, rate.due(arrival_ns), arrival_ns)
        except IndexError:
            self._widen(stream, arrival_ns, rtp)
        except struct.error:  # our own bug must not end the call
            self.failed("internal error")

    def _widen(self, stream: int, arrival_ns: int, rtp: bytes | memoryview) -> None:
        """The first packet of a further party."""
        raise NotImplementedError

    def _note_flood(self, stream: int, n_over: int, at_ns: int) -> None:
        """So many packets of a stream were left out, 0 = say nothing yet."""
        raise NotImplementedError

    def failed(self, reason: str) -> None:
        """Nothing more of this recording is kept."""
        raise NotImplementedError
