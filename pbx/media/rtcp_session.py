"""RTCP of one leg: when to report, what the party reports of us, and the round trip. RFC 3550 §6.2-6.4."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pbx.core.errors import ParseError
from pbx.core.ids import Ids, hex_id, uint32
from pbx.core.wall import Wall
from pbx.media.reception import Reception
from pbx.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse,
)
from pbx.media.rtcp_build import build
from pbx.media.rtcp_xr import (
    DelaySinceLastRrtr,
    ExtendedReport,
    LastRrtr,
    ReceiverReferenceTime,
    VoipMetrics,
    XrBlock,
)
from pbx.media.silence import NEVER
from pbx.media.stream import SenderInfo

# RFC 3550 §6.2: the minimum. Reports of two parties take 25 octets/s of a voice, a twentieth of which would
# be 400, so the minimum always rules and there is nothing to reconsider when members come and go.
INTERVAL_S = 5.0
MAX_ROUND_TRIP_S = 10.0  # nobody talks over more; the report is late, or forged
MAX_RATE = 10  # compound packets of a party in a second; a right one sends less than one
MAX_WRONG = 16  # times that never stood in our reports: who guesses 16 bits gets there once in 4,000 legs

_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_MIDDLE = 0xFFFFFFFF
_SENT_TIMES = 8  # reports that the party may still refer to: the last half minute
_FRACTION = 256
_SECOND = 65536  # of last_sr and delay_since_last_sr


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyReport:
    """What the party says about our stream; `jitter` in units of its RTP clock, `loss` of the last interval.

    `metrics` is None without XR.
    """

    loss: float
    cumulative_lost: int
    highest_seq: int
    jitter: int
    round_trip_s: float | None
    metrics: VoipMetrics | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalState:
    """What our reports are made of at one instant; `metrics` None = no XR is sent."""

    sender: SenderInfo
    reception: Reception | None = None
    metrics: VoipMetrics | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A time that the party stated, in the middle 32 bits of NTP, and when it came."""

    ssrc: int
    ntp_middle: int
    at: float

    def delay(self, now: float) -> int:
        return min(int((now - self.at) * _SECOND), _MIDDLE)


class RtcpSession:
    """Reads the party's reports and writes ours; `tick` when `deadline` passes, `goodbye` at the end.

    Nothing that is read ends anything or changes where we send (S-29): BYE and SDES are of no interest,
    and what cannot be read is counted in `malformed`, what is too much in `excess`. `unheard` counts the
    reports in a row that tell of no new packet of ours; `came_at` = when the last two came; `is_echoed` =
    the party has repeated a time that stood in one of ours.
    """

    __slots__ = (
        "_deadline",
        "_ids",
        "_last_rrtr",
        "_last_sr",
        "_metrics",
        "_n_wrong",
        "_party",
        "_reported",
        "_sent_before",
        "_sent_times",
        "_ssrc",
        "_wall",
        "_window",
        "came_at",
        "cname",
        "excess",
        "is_echoed",
        "malformed",
        "round_trip_s",
        "unheard",
        "view",
    )

    def __init__(self, *, ssrc: int, ids: Ids, wall: Wall, now: float) -> None:
        self._ssrc, self._ids, self._wall = ssrc, ids, wall
        self.cname = hex_id(ids, 12).encode()  # RFC 7022 §4.2: 96 random bits, nobody's name
        self._deadline: float | None = now + self._interval() / 2
        self._sent_times: deque[int] = deque(maxlen=_SENT_TIMES)
        self._sent_before: tuple[int, int] = 0, 0  # our packets at the last report, and at the one before
        self._reported: Reception | None = None
        self._party: int | None = None
        self._last_sr: _Heard | None = None
        self._last_rrtr: _Heard | None = None
        self._metrics: VoipMetrics | None = None
        self._window: tuple[float, int] = now, 0
        self.malformed = self.excess = self.unheard = 0
        self.came_at: tuple[float, float] = NEVER, NEVER
        self.is_echoed, self._n_wrong = False, 0
        self.round_trip_s: float | None = None
        self.view: PartyReport | None = None

    @property
    def deadline(self) -> float | None:
        """When the next report is due; None after `goodbye`."""
        return self._deadline

    def begin_echo(self) -> None:
        """What was sent until now counts no more, `is_echoed` once a time of a later report comes back.

        Its fraction of a second is 16 bits that nobody can know who did not get the report.
        """
        self.is_echoed = False
        self._sent_times.clear()

    def handle(self, octets: bytes, now: float) -> list[PartyReport]:
        """Return what a compound packet of the party says about our stream: one report or none."""
        if not self._within_rate(now):
            self.excess += 1
            return []
        try:
            packets = parse(octets)
        except ParseError:
            self.malformed += 1
            return []
        if any(isinstance(packet, SenderReport | ReceiverReport) for packet in packets):
            self.came_at = self.came_at[1], now
        blocks = [block for packet in packets for block in self._read(packet, now)]
        ours = [block for block in blocks if block.ssrc == self._ssrc]
        has_moved = bool(ours) and (self.view is None or ours[0].highest_seq != self.view.highest_seq)
        self.unheard = 0 if has_moved else self.unheard + 1
        return [self._reported_by_party(block, now) for block in ours[:1]]

    def tick(self, state: LocalState, now: float) -> bytes | None:
        """Return the report that is due, or None."""
        if self._deadline is None or now < self._deadline:
            return None
        self._deadline = now + self._interval()
        return build(*self._reports(state, now))

    def goodbye(self, state: LocalState, now: float) -> bytes | None:
        """Return the last report with a BYE; None when nothing of ours was ever sent (RFC 3550 §6.3.7)."""
        silent = not state.sender.packet_count and not self._sent_times
        ended, self._deadline = self._deadline is None, None
        if ended or silent:
            return None
        return build(*self._reports(state, now), Goodbye(ssrcs=(self._ssrc,)))

    def _interval(self) -> float:
        # RFC 3550 §6.3.1: between half and one and a half, so that reports of many calls spread.
        return INTERVAL_S * (0.5 + uint32(self._ids) / 2**32)

    def _within_rate(self, now: float) -> bool:
        since, count = self._window
        if now - since >= 1:
            since, count = now, 0
        self._window = since, count + 1
        return count < MAX_RATE

    def _read(self, packet: RtcpPacket, now: float) -> tuple[ReportBlock, ...]:
        match packet:
            case SenderReport():
                if self._is_party(packet.ssrc):
                    self._last_sr = _Heard(packet.ssrc, packet.ntp_time >> 16 & _MIDDLE, now)
                return packet.reports
            case ReceiverReport():
                return packet.reports
            case ExtendedReport():
                for block in packet.blocks:
                    self._read_extended(block, packet.ssrc, now)
        return ()

    def _read_extended(self, block: XrBlock, theirs: int, now: float) -> None:
        match block:
            case ReceiverReferenceTime():
                self._last_rrtr = _Heard(theirs, block.ntp_time >> 16 & _MIDDLE, now)
            case DelaySinceLastRrtr():
                for sub in block.sub_blocks:
                    if sub.ssrc == self._ssrc:
                        self._measure(sub.last_rr, sub.delay_since_last_rr, now)
            case VoipMetrics():
                if block.ssrc == self._ssrc:
                    self._metrics = block

    def _is_party(self, ssrc: int) -> bool:
        return self._party is None or ssrc == self._party

    def _reported_by_party(self, block: ReportBlock, now: float) -> PartyReport:
        self._measure(block.last_sr, block.delay_since_last_sr, now)
        self.view = PartyReport(
            loss=block.fraction_lost / _FRACTION,
            cumulative_lost=block.cumulative_lost,
            highest_seq=block.highest_seq,
            jitter=block.jitter,
            round_trip_s=self.round_trip_s,
            metrics=self._metrics,
        )
        return self.view

    def _measure(self, stated: int, delay: int, now: float) -> None:
        """Take a round trip: now, less our time that the party repeats, less what it waited."""
        if stated not in self._sent_times:
            self._n_wrong += stated != 0  # RFC 3550 §6.4.1: 0 = none has come yet
            return
        self.is_echoed = self.is_echoed or self._n_wrong < MAX_WRONG
        round_trip_s = ((self._ntp_time(now) >> 16) - stated - delay & _MIDDLE) / _SECOND
        if round_trip_s <= MAX_ROUND_TRIP_S:
            self.round_trip_s = round_trip_s

    def _reports(self, state: LocalState, now: float) -> list[RtcpPacket]:
        ntp_time = self._ntp_time(now)
        sender, (last, before) = state.sender, self._sent_before
        self._sent_before = sender.packet_count, last
        blocks = self._blocks(state.reception, now)
        reports: list[RtcpPacket] = []
        # RFC 3550 §6.4: an SR of whoever sent since the report before the last one.
        is_sender = sender.packet_count > before
        if is_sender:
            reports.append(
                SenderReport(
                    ssrc=self._ssrc,
                    ntp_time=ntp_time,
                    rtp_time=sender.rtp_time,
                    packet_count=sender.packet_count,
                    octet_count=sender.octet_count,
                    reports=blocks,
                )
            )
        else:
            reports.append(ReceiverReport(ssrc=self._ssrc, reports=blocks))
        reports.append(SourceDescription(cnames=((self._ssrc, self.cname),)))
        if state.metrics is not None:
            extended = self._extended(state.metrics, ntp_time, now)
            reports.append(ExtendedReport(ssrc=self._ssrc, blocks=extended))
        self._sent_times.append(ntp_time >> 16 & _MIDDLE)
        return reports

    def _blocks(self, reception: Reception | None, now: float) -> tuple[ReportBlock, ...]:
        before, self._reported = self._reported, reception
        if reception is None or reception == before:
            return ()  # RFC 3550 §6.4: only sources that were heard since the last report
        self._party = reception.ssrc
        heard = self._last_sr if self._last_sr is not None and self._last_sr.ssrc == self._party else None
        block = ReportBlock(
            ssrc=reception.ssrc,
            fraction_lost=min(int(reception.loss_since(before) * _FRACTION), _FRACTION - 1),
            cumulative_lost=reception.cumulative_lost,
            highest_seq=reception.highest_seq & 0xFFFFFFFF,
            jitter=reception.jitter,
            last_sr=heard.ntp_middle if heard else 0,
            delay_since_last_sr=heard.delay(now) if heard else 0,
        )
        return (block,)

    def _extended(self, metrics: VoipMetrics, ntp_time: int, now: float) -> tuple[XrBlock, ...]:
        blocks: list[XrBlock] = [ReceiverReferenceTime(ntp_time=ntp_time)]
        heard = self._last_rrtr
        if heard is not None:
            sub = LastRrtr(ssrc=heard.ssrc, last_rr=heard.ntp_middle, delay_since_last_rr=heard.delay(now))
            blocks.append(DelaySinceLastRrtr(sub_blocks=(sub,)))
        return *blocks, metrics

    def _ntp_time(self, now: float) -> int:
        """64 bits: seconds since 1900 modulo 2**32, and their fraction. RFC 3550 §4."""
        microseconds = (self._wall.time(now) - _NTP_EPOCH) // timedelta(microseconds=1)
        return (microseconds << 32) // 1_000_000 & 0xFFFFFFFFFFFFFFFF
