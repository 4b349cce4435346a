"""How the two directions of a leg sound, from our counters and from what the party reports."""

from pbx.core.audio import Encoding
from pbx.media.events import StreamQuality
from pbx.media.lateness import MAX_MS, MIN_MS
from pbx.media.quality import Rating, burst_ratio, one_way_delay_ms, rate
from pbx.media.reception import GMIN, Reception
from pbx.media.rtcp_session import PartyReport
from pbx.media.rtcp_xr import VoipMetrics
from pbx.media.stream import IncomingStats

BUFFER_MS = float(MIN_MS)  # what a party's receiver is taken to hold back, of which it tells nothing
_RATIO = 256


def heard_quality(
    incoming: IncomingStats, encoding: Encoding, round_trip_s: float | None
) -> StreamQuality | None:
    """Return how the party is heard; None before its first packet."""
    if not incoming.received:
        return None
    rating = _heard_rating(incoming, encoding, round_trip_s)
    return _quality(_loss(incoming), incoming.jitter_ms, round_trip_s, rating)


def sent_quality(report: PartyReport, encoding: Encoding, *, clock_rate: int, sent: int) -> StreamQuality:
    """Return how the party says that it hears us, who sent so many packets."""
    loss = min(max(report.cumulative_lost / sent, 0.0), 1.0) if sent else 0.0
    rating = rate(encoding, loss=loss, delay_ms=_delay_ms(report.round_trip_s, BUFFER_MS))
    return _quality(loss, report.jitter * 1000 / clock_rate, report.round_trip_s, rating)


def voip_metrics(
    incoming: IncomingStats, encoding: Encoding, round_trip_s: float | None, ptime_ms: int
) -> VoipMetrics | None:
    """Return what an XR says about the party's stream (RFC 3611 §4.7); None before its first packet."""
    reception: Reception | None = incoming.reception
    if reception is None:
        return None
    runs, lateness = incoming.runs.metrics(incoming.expected), incoming.lateness
    r_factor, mos_lq, mos_cq = _heard_rating(incoming, encoding, round_trip_s).wire
    return VoipMetrics(
        ssrc=reception.ssrc,
        loss_rate=_byte(_loss(incoming)),
        discard_rate=_byte(lateness.discard_ratio),
        burst_density=_byte(runs.burst_density),
        gap_density=_byte(runs.gap_density),
        burst_duration=_word(runs.burst_packets * ptime_ms),
        gap_duration=_word(runs.gap_packets * ptime_ms),
        round_trip_delay=_word((round_trip_s or 0.0) * 1000),
        end_system_delay=_word(lateness.buffer_ms),
        gmin=GMIN,
        r_factor=r_factor,
        mos_lq=mos_lq,
        mos_cq=mos_cq,
        jb_nominal=_word(lateness.buffer_ms),
        jb_maximum=MAX_MS,
        jb_abs_max=MAX_MS,
    )


def _heard_rating(incoming: IncomingStats, encoding: Encoding, round_trip_s: float | None) -> Rating:
    runs, lateness = incoming.runs, incoming.lateness
    burst = burst_ratio(lost=runs.lost, runs=runs.runs, expected=incoming.expected)
    # Who listens hears no difference between a packet that never came and one that came too late.
    unheard = 1 - (1 - _loss(incoming)) * (1 - lateness.discard_ratio)
    delay_ms = _delay_ms(round_trip_s, lateness.buffer_ms)
    return rate(encoding, loss=unheard, burst_ratio=burst, delay_ms=delay_ms)


def _quality(loss: float, jitter_ms: float, round_trip_s: float | None, rating: Rating) -> StreamQuality:
    return StreamQuality(
        loss=round(loss, 4),
        jitter_ms=round(jitter_ms, 3),
        round_trip_ms=None if round_trip_s is None else round(round_trip_s * 1000, 3),
        r=round(rating.r, 1),
        mos=round(rating.mos_cq, 2),
    )


def _loss(incoming: IncomingStats) -> float:
    return incoming.lost / incoming.expected if incoming.expected else 0.0


def _delay_ms(round_trip_s: float | None, buffer_ms: float) -> float:
    return one_way_delay_ms(round_trip_ms=(round_trip_s or 0.0) * 1000, jitter_buffer_ms=buffer_ms)


def _byte(ratio: float) -> int:
    return min(int(ratio * _RATIO), _RATIO - 1)


def _word(number: float) -> int:
    return min(round(number), 0xFFFF)
