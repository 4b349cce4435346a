"""LegReports: the RTCP of one leg, and what its counters tell about the audio while the call goes on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbx.core.ids import Ids
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.wall import Wall
from pbx.media.dtmf import looks_like_event
from pbx.media.effects import ConnectLeg
from pbx.media.events import AudioFault, LegStats, MediaEvent, QualityReport, StreamQuality
from pbx.media.io.rtcp_socket import RtcpSocket
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.leg_quality import heard_quality, sent_quality, voip_metrics
from pbx.media.rtcp_session import LocalState, RtcpSession
from pbx.media.source_lock import Source
from pbx.media.srtp_refusal import Refused
from pbx.media.stream import IncomingStats
from pbx.media.watch import Snapshot, Watch

if TYPE_CHECKING:
    from pbx.media.io.receiver import RtpReceiver

RATED_S = 4.0  # between two ratings: ticked once a second, what is shown of a call is never 5 s old
MAX_REPORTS = 8  # of one party per wake-up; the session reads ten in a second


class LegReports:
    """Ticked about once a second. Reports go out beside RTP, or on its port when a leg's keys say so."""

    __slots__ = (
        "_apart",
        "_emit",
        "_foreign",
        "_foreign_type",
        "_incoming",
        "_leg",
        "_rated_at",
        "_rested_at",
        "_rtcp",
        "_session",
        "_strays",
        "_watch",
        "tones",
    )

    def __init__(
        self, leg: "RtpReceiver", incoming: IncomingStats, ids: Ids, emit: Callable[[MediaEvent], None]
    ) -> None:
        self._leg, self._incoming, self._emit = leg, incoming, emit
        now = monotonic()
        self._session = RtcpSession(ssrc=leg.out.stream.ssrc, ids=ids, wall=Wall(utc_now(), now), now=now)
        self._watch = Watch()
        self._rated_at = now
        self._rtcp: RtcpSocket | None = None
        self._apart: tuple[Source, Source] | None = None  # RTP and RTCP as the party named them
        self._foreign = self._foreign_type = self._strays = 0
        self._rested_at = -1  # packets that had come with the last comfort noise
        self.tones = 0  # digits heard in the audio although telephone-event is agreed

    def bind(self, rtcp: RtcpSocket) -> None:
        """Exchange reports there; before this only on the port of RTP."""
        self._rtcp = rtcp

    def aim_at(self, order: ConnectLeg) -> None:
        """Send reports where the party wants them, as long as its audio is where it said."""
        rtcp = order.rtcp
        self._apart = None if rtcp is None else ((order.host, order.port), (rtcp.host, rtcp.port))

    def rename(self, cname: bytes) -> None:
        """Report under this name, as the other streams do that have the same clock."""
        self._session.cname = cname

    def fileno(self) -> int:
        return self._rtcp.fileno() if self._rtcp is not None else -1

    def foreign(self, payload_type: int, payload: bytes | memoryview) -> None:
        """A packet came of a payload type that was not agreed."""
        self._foreign += 1
        self._strays += looks_like_event(payload)
        self._foreign_type = payload_type

    @property
    def rests(self) -> bool:
        """Whether what came last was comfort noise."""
        return self._incoming.received == self._rested_at

    @property
    def came_at(self) -> tuple[float, float]:
        """When the party's last two reports came."""
        return self._session.came_at

    @property
    def is_echoed(self) -> bool:
        """Whether the party has repeated a time of ours since `begin_echo`: it gets what we send."""
        return self._session.is_echoed

    def begin_echo(self) -> None:
        """Whoever got what we have sent until now need not be who gets the next report."""
        self._session.begin_echo()

    def noise(self) -> None:
        """Comfort noise came: the party rests until something else comes."""
        self._rested_at = self._incoming.received

    def on_readable(self, now: float) -> None:
        """Take the reports that wait on the port beside RTP."""
        rtcp = self._rtcp
        if rtcp is None:
            return
        self._aim(rtcp)
        for _ in range(MAX_REPORTS):
            octets = rtcp.receive()
            if octets is None:
                return
            plain = self._opened(octets)
            if plain is not None:
                self._session.handle(plain, now)

    def handle(self, octets: bytes) -> None:
        """Take a plain compound packet that came on the port of RTP."""
        self._session.handle(octets, monotonic())

    def tick(self, heard_at: float, now: float, *, hears: bool) -> None:
        """Report what is due; the party's last packet came at `heard_at`."""
        leg, fmt = self._leg, self._leg.format
        if fmt is None:
            return
        self._incoming.turn()
        for fault in self._watch.handle(self._snapshot(heard_at, hears=hears), now):
            self._emit(AudioFault(leg=leg.leg, kind=fault.kind, detail=fault.detail))
        if self._session.deadline is not None and now >= self._session.deadline:
            report = self._session.tick(self._state(now), now)
            if report is not None:
                self._send(report)
        if now - self._rated_at >= RATED_S:
            self._rate(now)

    def _rate(self, now: float) -> None:
        """Tell how it sounds, whenever the reports of both sides come (RFC 3550 §6.2: 2.5 to 7.5 s apart)."""
        self._rated_at = now
        leg, (heard, sent) = self._leg, self._qualities()
        if heard is not None:
            self._emit(QualityReport(leg=leg.leg, heard=heard, sent=sent))

    def stats(self, *, dropped_source: int, malformed: int) -> LegStats:
        """The counters of the leg as of now."""
        incoming, leg = self._incoming, self._leg
        heard, sent = self._qualities()
        return LegStats(
            received=incoming.received,
            sent=leg.out.sent,
            lost=incoming.lost,
            dropped_source=dropped_source,
            malformed=malformed,
            refused=leg.socket.refused,
            jitter_ms=round(incoming.jitter_ms, 3),
            heard_quality=heard,
            sent_quality=sent,
        )

    def close(self, now: float) -> None:
        """Say goodbye; RFC 3550 §6.3.7."""
        if self._leg.format is not None:
            farewell = self._session.goodbye(self._state(now), now)
            if farewell is not None:
                self._send(farewell)
        if self._rtcp is not None:
            self._rtcp.close()

    def _snapshot(self, heard_at: float, *, hears: bool) -> Snapshot:
        incoming, out, fmt = self._incoming, self._leg.out, self._leg.format
        reception = incoming.reception
        assert fmt is not None, "tick has asked"
        return Snapshot(
            hears=hears,
            speaks=out.may_send,
            rests=self.rests,
            sent=out.sent,
            received=incoming.received - incoming.doubled,
            expected=incoming.expected,
            foreign=self._foreign,
            foreign_type=self._foreign_type,
            ssrc=None if reception is None else reception.ssrc,
            seq=0 if reception is None else reception.highest_seq,
            rtp_time=incoming.rtp_time_of(heard_at),
            clock_rate=fmt.clock_rate,
            ptime_ms=fmt.ptime_ms,
            jitter_ms=incoming.jitter_ms,
            unheard=self._session.unheard,
            tones=self.tones,
            strays=self._strays,
        )

    def _state(self, now: float) -> LocalState:
        leg, incoming, fmt = self._leg, self._incoming, self._leg.format
        assert fmt is not None, "tick and close have asked"
        out, encoding = leg.out, leg.arrives[0] if leg.arrives is not None else fmt.encoding
        return LocalState(
            sender=out.stream.sender_info(now, packet_count=out.sent, octet_count=out.octets),
            reception=incoming.reception,
            metrics=voip_metrics(incoming, encoding, self._session.round_trip_s, fmt.ptime_ms),
        )

    def _qualities(self) -> tuple[StreamQuality | None, StreamQuality | None]:
        leg, session, fmt = self._leg, self._session, self._leg.format
        if fmt is None:
            return None, None
        encoding = leg.arrives[0] if leg.arrives is not None else fmt.encoding
        heard = heard_quality(self._incoming, encoding, session.round_trip_s)
        if session.view is None:
            return heard, None
        sent = sent_quality(session.view, fmt.encoding, clock_rate=fmt.clock_rate, sent=leg.out.sent)
        return heard, sent

    def _send(self, octets: bytes) -> None:
        """None goes where nobody has proved to be."""
        socket, rtcp = self._leg.socket, self._rtcp
        if socket.credit is not None and not socket.is_claimed:
            return
        if not isinstance(socket, RtpSocket):
            if socket.rtcp == "muxed":
                socket.send_rtcp(octets)
            if socket.rtcp != "beside" or socket.srtp is None:
                return
            try:
                octets = socket.srtp.protect_rtcp(octets)
            except Refused:
                return  # counted there
        if rtcp is not None:
            self._aim(rtcp)
            rtcp.send(octets)

    def _opened(self, octets: bytes) -> bytes | None:
        """Return the plain packet, None when it is not authentic."""
        socket = self._leg.socket
        if isinstance(socket, RtpSocket):
            return octets
        if socket.rtcp != "beside" or socket.srtp is None:
            return None
        try:
            return socket.srtp.unprotect_rtcp(octets)
        except Refused:
            return None

    def _aim(self, rtcp: RtcpSocket) -> None:
        """The party's reports come from where RFC 3605 lets it say, else from beside its RTP (RFC 3550 §11).

        Audio that comes from elsewhere has passed a NAT: what was said of RTCP is then as wrong as of RTP.
        """
        party: Source | None = self._leg.socket.destination
        if self._apart is not None and party == self._apart[0]:
            rtcp.aim(self._apart[1])
        else:
            rtcp.aim(None if party is None else (party[0], party[1] + 1))
