"""The writer of RTCP compound packets. RFC 3550 §6.1, §6.4-6.6."""

from typing import assert_never

from pbx.core.errors import MisuseError
from pbx.media.rtcp import (
    BYE,
    CNAME,
    HEADER,
    MAX_COMPOUND,
    MAX_REPORTS,
    REPORT_BLOCK,
    RR,
    SDES,
    SENDER_INFO,
    SR,
    VERSION_2,
    WORD,
    XR,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
)
from pbx.media.rtcp_xr import ExtendedReport, build_extended_report

MAX_CNAME = 255  # octets; the item's length is one octet
_MIN_LOST, _MAX_LOST = -0x800000, 0x7FFFFF  # RFC 3550 A.3: a signed 24-bit number that stays at its ends


def build(*packets: RtcpPacket) -> bytes:
    """Return one compound packet; MisuseError when it does not begin with an SR or RR or is too long."""
    if not packets or not isinstance(packets[0], SenderReport | ReceiverReport):
        raise MisuseError("a compound packet begins with an SR or RR")
    octets = b"".join(_packet(packet) for packet in packets)
    if len(octets) > MAX_COMPOUND:
        raise MisuseError(f"compound packet of {len(octets)} octets; at most {MAX_COMPOUND} are sent")
    return octets


def _packet(packet: RtcpPacket) -> bytes:
    match packet:
        case SenderReport():
            return _framed(SR, len(packet.reports), _sender_info(packet) + _reports(packet.reports))
        case ReceiverReport():
            return _framed(RR, len(packet.reports), WORD.pack(packet.ssrc) + _reports(packet.reports))
        case SourceDescription():
            chunks = b"".join(_chunk(ssrc, cname) for ssrc, cname in packet.cnames)
            return _framed(SDES, len(packet.cnames), chunks)
        case Goodbye():
            return _framed(BYE, len(packet.ssrcs), b"".join(WORD.pack(ssrc) for ssrc in packet.ssrcs))
        case ExtendedReport():
            return _framed(XR, 0, build_extended_report(packet))
    assert_never(packet)


def _framed(kind: int, count: int, body: bytes) -> bytes:
    if count > MAX_REPORTS:
        raise MisuseError(f"{count} reports or sources in one RTCP packet; at most {MAX_REPORTS}")
    return HEADER.pack(VERSION_2 | count, kind, len(body) // 4) + body


def _sender_info(report: SenderReport) -> bytes:
    counts = report.packet_count & 0xFFFFFFFF, report.octet_count & 0xFFFFFFFF
    return SENDER_INFO.pack(report.ssrc, report.ntp_time, report.rtp_time, *counts)


def _reports(reports: tuple[ReportBlock, ...]) -> bytes:
    return b"".join(_report(report) for report in reports)


def _report(report: ReportBlock) -> bytes:
    cumulative = min(max(report.cumulative_lost, _MIN_LOST), _MAX_LOST) & 0xFFFFFF
    return REPORT_BLOCK.pack(
        report.ssrc,
        report.fraction_lost << 24 | cumulative,
        report.highest_seq & 0xFFFFFFFF,
        report.jitter & 0xFFFFFFFF,
        report.last_sr,
        report.delay_since_last_sr,
    )


def _chunk(ssrc: int, cname: bytes) -> bytes:
    if len(cname) > MAX_CNAME:
        raise MisuseError(f"CNAME of {len(cname)} octets; at most {MAX_CNAME}")
    item = bytes((CNAME, len(cname))) + cname
    return WORD.pack(ssrc) + item + bytes(4 - len(item) % 4)
