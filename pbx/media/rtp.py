"""The RTP fixed header: parse with all checks, build with one precomputed struct. RFC 3550 §5.1."""

import struct
from typing import NamedTuple

from pbx.core.errors import ParseError

HEADER = struct.Struct("!BBHII")
HEADER_BYTES = 12
MAX_PACKET = 2048  # an Ethernet frame carries 1500; anything longer is not one voice packet
PLAIN = 0x80  # version 2, no padding, no extension, no CSRC
MARKER = 0x80

_VERSION_2 = 2
_PADDING, _EXTENSION, _CSRC_COUNT = 0x20, 0x10, 0x0F
_EXTENSION_HEADER = struct.Struct("!HH")
_RTCP_TYPES = range(64, 96)  # RFC 5761 §4: 192-223 of RTCP seen as marker and payload type


Fields = tuple[int, bool, int, int, int, int, int]
"""The fields of an `RtpPacket` in its order, without the names: what a packet costs least as."""


class RtpPacket(NamedTuple):
    """One parsed header; the payload is `buffer[start:end]` of the buffer it was parsed from."""

    payload_type: int
    marker: bool
    seq: int
    rtp_time: int
    ssrc: int
    start: int
    end: int


def parse(buffer: bytes | bytearray | memoryview, n_bytes: int) -> RtpPacket:
    """Return the header of the first `n_bytes` of `buffer`; ParseError(0) = drop."""
    return RtpPacket(*fields(buffer, n_bytes))


def fields(buffer: bytes | bytearray | memoryview, n_bytes: int) -> Fields:
    """Return what `parse` returns as a plain tuple, in less than half the time."""
    if not HEADER_BYTES <= n_bytes < MAX_PACKET:
        raise ParseError("not the size of a voice packet", 0)
    first, second, seq, rtp_time, ssrc = HEADER.unpack_from(buffer)
    payload_type = second & 0x7F
    if payload_type in _RTCP_TYPES:
        raise ParseError("RTCP on the RTP port", 0)
    start, end = HEADER_BYTES, n_bytes
    if first != PLAIN:
        start, end = _payload_bounds(buffer, n_bytes, first)
    return payload_type, second >= MARKER, seq, rtp_time, ssrc, start, end


def _payload_bounds(buffer: bytes | bytearray | memoryview, n_bytes: int, first: int) -> tuple[int, int]:
    if first >> 6 != _VERSION_2:
        raise ParseError("not RTP version 2", 0)
    start, end = HEADER_BYTES + 4 * (first & _CSRC_COUNT), n_bytes
    if first & _EXTENSION:
        if start + _EXTENSION_HEADER.size > n_bytes:
            raise ParseError("truncated header extension", 0)
        _, n_words = _EXTENSION_HEADER.unpack_from(buffer, start)
        start += _EXTENSION_HEADER.size + 4 * n_words
    if first & _PADDING:
        padding = buffer[n_bytes - 1]
        # RFC 3550 §5.1: the last octet counts the padding octets, including itself.
        if padding == 0:
            raise ParseError("zero padding count", 0)
        end -= padding
    if start > end:
        raise ParseError("header longer than the packet", 0)
    return start, end


def build(packet: RtpPacket, payload: bytes) -> bytes:
    """Return a plain RTP packet with the given header fields; `start` and `end` are not used."""
    second = packet.payload_type | (MARKER if packet.marker else 0)
    return HEADER.pack(PLAIN, second, packet.seq, packet.rtp_time, packet.ssrc) + payload
