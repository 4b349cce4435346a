"""RTCP extended reports (XR): receiver reference time, DLRR and VoIP metrics. RFC 3611 §3, §4.4-4.7."""

import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass

from pbx.core.errors import ParseError

UNAVAILABLE = 127  # RFC 3611 §4.7.4, 4.7.5: a level, R factor or MOS that is not known

_BLOCK = struct.Struct("!BBH")
_WORD = struct.Struct("!I")
_TIME = struct.Struct("!Q")
_DLRR = struct.Struct("!III")
_METRICS = struct.Struct("!I4B4HbbBB4BBxHHH")
_RRTR_TYPE, _DLRR_TYPE, _METRICS_TYPE = 4, 5, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReferenceTime:
    """RRTR: the NTP time of somebody who may send no SR, so that it too can learn the round trip."""

    ntp_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRrtr:
    """One sub-block of a DLRR: the last RRTR from `ssrc` and the delay since, in 1/65536 s."""

    ssrc: int
    last_rr: int
    delay_since_last_rr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelaySinceLastRrtr:
    """DLRR: the answers to every RRTR."""

    sub_blocks: tuple[LastRrtr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoipMetrics:
    """How the call sounds to the receiver of `ssrc`. RFC 3611 §4.7.

    Rates and densities count 1/256, durations and delays milliseconds, levels dBm; MOS is ten times
    the score. 127 = not known, for levels, R factors and MOS; zero for delays.
    """

    ssrc: int
    loss_rate: int = 0
    discard_rate: int = 0
    burst_density: int = 0
    gap_density: int = 0
    burst_duration: int = 0
    gap_duration: int = 0
    round_trip_delay: int = 0
    end_system_delay: int = 0
    signal_level: int = UNAVAILABLE
    noise_level: int = UNAVAILABLE
    rerl: int = UNAVAILABLE
    gmin: int = 16
    r_factor: int = UNAVAILABLE
    ext_r_factor: int = UNAVAILABLE
    mos_lq: int = UNAVAILABLE
    mos_cq: int = UNAVAILABLE
    rx_config: int = 0
    jb_nominal: int = 0
    jb_maximum: int = 0
    jb_abs_max: int = 0


XrBlock = ReceiverReferenceTime | DelaySinceLastRrtr | VoipMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedReport:
    """XR of the receiver `ssrc`; blocks of other types are not kept."""

    ssrc: int
    blocks: tuple[XrBlock, ...] = ()


def parse_extended_report(body: bytes) -> ExtendedReport:
    """Return the report from what follows the RTCP header; ParseError(0) = drop."""
    if len(body) < _WORD.size:
        raise ParseError("XR without its SSRC", 0)
    blocks: list[XrBlock] = []
    start = _WORD.size
    while start < len(body):
        if start + _BLOCK.size > len(body):
            raise ParseError("XR block cut off", 0)
        kind, _, n_words = _BLOCK.unpack_from(body, start)
        start += _BLOCK.size
        end = start + 4 * n_words
        if end > len(body):
            raise ParseError("XR block longer than its packet", 0)
        read = _READERS.get(kind)
        if read is not None:
            blocks.append(read(body[start:end]))
        start = end
    return ExtendedReport(ssrc=_WORD.unpack_from(body)[0], blocks=tuple(blocks))


def build_extended_report(report: ExtendedReport) -> bytes:
    """Return what follows the RTCP header."""
    return _WORD.pack(report.ssrc) + b"".join(_block(block) for block in report.blocks)


def _block(block: XrBlock) -> bytes:
    match block:
        case ReceiverReferenceTime():
            kind, body = _RRTR_TYPE, _TIME.pack(block.ntp_time)
        case DelaySinceLastRrtr():
            kind, body = _DLRR_TYPE, b"".join(_DLRR.pack(*astuple(sub)) for sub in block.sub_blocks)
        case VoipMetrics():
            kind, body = _METRICS_TYPE, _METRICS.pack(*astuple(block))
    return _BLOCK.pack(kind, 0, len(body) // 4) + body


def _reference_time(body: bytes) -> ReceiverReferenceTime:
    if len(body) != _TIME.size:
        raise ParseError("wrong length of a receiver reference time", 0)
    return ReceiverReferenceTime(ntp_time=_TIME.unpack(body)[0])


def _delays(body: bytes) -> DelaySinceLastRrtr:
    if len(body) % _DLRR.size:
        raise ParseError("wrong length of a DLRR block", 0)
    sub_blocks = (
        LastRrtr(ssrc=ssrc, last_rr=last, delay_since_last_rr=delay)
        for ssrc, last, delay in _DLRR.iter_unpack(body)
    )
    return DelaySinceLastRrtr(sub_blocks=tuple(sub_blocks))


def _voip_metrics(body: bytes) -> VoipMetrics:
    if len(body) != _METRICS.size:
        raise ParseError("wrong length of VoIP metrics", 0)
    return VoipMetrics(**dict(zip(VoipMetrics.__slots__, _METRICS.unpack(body), strict=True)))


_READERS: dict[int, Callable[[bytes], XrBlock]] = {
    _RRTR_TYPE: _reference_time,
    _DLRR_TYPE: _delays,
    _METRICS_TYPE: _voip_metrics,
}
