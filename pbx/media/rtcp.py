"""RTCP compound packets as values, and their reader. RFC 3550 §6, A.2; RFC 4585 and APP are skipped."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.media.rtcp_xr import ExtendedReport, parse_extended_report

MAX_COMPOUND = 1500  # octets; RFC 3550 §6.1: a compound packet is one datagram within the path's MTU
MAX_REPORTS = 31  # the five bits of the report and source counts

HEADER = struct.Struct("!BBH")
SENDER_INFO = struct.Struct("!IQIII")
REPORT_BLOCK = struct.Struct("!IIIIII")
WORD = struct.Struct("!I")
VERSION_2, PADDING, COUNT = 0x80, 0x20, 0x1F
SR, RR, SDES, BYE, APP, RTPFB, PSFB, XR = range(200, 208)
CNAME = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """What a receiver says about the source `ssrc`. RFC 3550 §6.4.1.

    `fraction_lost` counts 1/256, `jitter` units of the RTP clock, `last_sr` and `delay_since_last_sr`
    1/65536 s; `cumulative_lost` is negative when there were more duplicates than losses.
    """

    ssrc: int
    fraction_lost: int = 0
    cumulative_lost: int = 0
    highest_seq: int = 0
    jitter: int = 0
    last_sr: int = 0
    delay_since_last_sr: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """SR: `ntp_time` is the 64-bit NTP timestamp of the instant that `rtp_time` stands for."""

    ssrc: int
    ntp_time: int
    rtp_time: int
    packet_count: int
    octet_count: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """RR: of somebody who sent nothing since the last report."""

    ssrc: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """SDES: the CNAME of each source, as opaque octets; other items name people and are not kept."""

    cnames: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """BYE: the sources that leave; the reason is not kept."""

    ssrcs: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport


def parse(octets: bytes) -> tuple[RtcpPacket, ...]:
    """Return the packets of one compound packet without those that are skipped; ParseError(0) = drop."""
    if not HEADER.size <= len(octets) <= MAX_COMPOUND or len(octets) % 4:
        raise ParseError("not the size of an RTCP compound packet", 0)
    packets: list[RtcpPacket] = []
    start = 0
    while start < len(octets):
        first, kind, n_words = HEADER.unpack_from(octets, start)
        end = start + 4 * (n_words + 1)
        _check(start, first, kind)
        if end > len(octets):
            raise ParseError("RTCP lengths do not add up", 0)
        body = octets[start + HEADER.size : end]
        if first & PADDING:
            body = _unpadded(body, is_last=end == len(octets))
        read = _READERS.get(kind)
        if read is not None:
            packets.append(read(body, first & COUNT))
        start = end
    return tuple(packets)


def _check(start: int, first: int, kind: int) -> None:
    if first & 0xC0 != VERSION_2:
        raise ParseError("not RTCP version 2", 0)
    # RFC 3550 A.2: the first packet is an SR or RR, and has no padding.
    if start == 0 and (kind not in (SR, RR) or first & PADDING):
        raise ParseError("compound packet begins with neither SR nor RR", 0)


def _unpadded(body: bytes, *, is_last: bool) -> bytes:
    # RFC 3550 §6.4.1: padding is in the last packet only, and its count is a multiple of four.
    n_bytes = body[-1] if body else 0
    if not is_last or n_bytes % 4 or not 0 < n_bytes <= len(body):
        raise ParseError("wrong RTCP padding", 0)
    return body[:-n_bytes]


def _need(body: bytes, n_bytes: int) -> None:
    if len(body) < n_bytes:
        raise ParseError("RTCP packet shorter than its count", 0)


def _sender_report(body: bytes, count: int) -> SenderReport:
    _need(body, SENDER_INFO.size)
    ssrc, ntp_time, rtp_time, packets, octets = SENDER_INFO.unpack_from(body)
    return SenderReport(
        ssrc=ssrc,
        ntp_time=ntp_time,
        rtp_time=rtp_time,
        packet_count=packets,
        octet_count=octets,
        reports=_reports(body[SENDER_INFO.size :], count),
    )


def _receiver_report(body: bytes, count: int) -> ReceiverReport:
    _need(body, WORD.size)
    return ReceiverReport(ssrc=WORD.unpack_from(body)[0], reports=_reports(body[WORD.size :], count))


def _reports(body: bytes, count: int) -> tuple[ReportBlock, ...]:
    _need(body, REPORT_BLOCK.size * count)  # what follows is a profile's extension
    return tuple(_report(body, n * REPORT_BLOCK.size) for n in range(count))


def _report(body: bytes, start: int) -> ReportBlock:
    ssrc, lost, highest, jitter, last_sr, delay = REPORT_BLOCK.unpack_from(body, start)
    cumulative = lost & 0xFFFFFF
    return ReportBlock(
        ssrc=ssrc,
        fraction_lost=lost >> 24,
        cumulative_lost=cumulative - (cumulative >> 23 << 24),
        highest_seq=highest,
        jitter=jitter,
        last_sr=last_sr,
        delay_since_last_sr=delay,
    )


def _source_description(body: bytes, count: int) -> SourceDescription:
    cnames, start = [], 0
    for _ in range(count):
        _need(body, start + WORD.size)
        ssrc = WORD.unpack_from(body, start)[0]
        cname, start = _chunk(body, start + WORD.size)
        if cname is not None:
            cnames.append((ssrc, cname))
    return SourceDescription(cnames=tuple(cnames))


def _chunk(body: bytes, start: int) -> tuple[bytes | None, int]:
    """Return the CNAME of the items from `start`, and where the next chunk begins."""
    cname = None
    while True:
        _need(body, start + 1)
        kind = body[start]
        if kind == 0:  # RFC 3550 §6.5: null octets up to the next 32-bit boundary
            return cname, start + 4 - start % 4
        _need(body, start + 2)
        end = start + 2 + body[start + 1]
        _need(body, end)
        if kind == CNAME:
            cname = body[start + 2 : end]
        start = end


def _goodbye(body: bytes, count: int) -> Goodbye:
    end = WORD.size * count
    _need(body, end)
    if len(body) > end:  # the reason, with its length in front
        _need(body, end + 1 + body[end])
    return Goodbye(ssrcs=struct.unpack_from(f"!{count}I", body))


def _extended_report(body: bytes, count: int) -> ExtendedReport:
    return parse_extended_report(body)


_READERS: dict[int, Callable[[bytes, int], RtcpPacket]] = {
    SR: _sender_report,
    RR: _receiver_report,
    SDES: _source_description,
    BYE: _goodbye,
    XR: _extended_report,
}
