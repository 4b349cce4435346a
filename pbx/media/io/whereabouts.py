"""Whereabouts: where the packets of one party may come from, and what that means for its socket."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbx.media.claim import claimed, renewed
from pbx.media.events import AudioFault, MediaEvent
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.nat_rebind import AFTER_S, NatRebind, RebindRule, Track, is_allowed
from pbx.media.player import FRAME_MS
from pbx.media.rtp import Fields
from pbx.media.source_lock import UNPROVED_PACKETS, Source, SourceLock, Verdict
from pbx.media.stream import IncomingStats
from pbx.media.stream_lock import StreamLock

if TYPE_CHECKING:
    from pbx.media.io.receiver import RtpReceiver

MANY_FORGED = 25  # packets in a second: half a voice; a stream that follows another one loses five


class Whereabouts:
    """A connected socket hears its party alone; after a silence it is open to others for a while.

    Of what comes from its party's place it takes one stream. `rebinds` counts how often the party was found
    elsewhere.
    """

    __slots__ = (
        "_emit",
        "_has_told_of_stream",
        "_heard_from",
        "_incoming",
        "_leg",
        "_lock",
        "_n_forged",
        "_n_heard",
        "_rebind",
        "_rule",
        "_told",
        "streams",
    )

    def __init__(
        self,
        leg: "RtpReceiver",
        lock: SourceLock,
        incoming: IncomingStats,
        emit: Callable[[MediaEvent], None],
    ) -> None:
        self._leg, self._lock, self._incoming, self._emit = leg, lock, incoming, emit
        self._rebind = NatRebind()
        self._rule: RebindRule = "off"  # of this silence
        self._told = ""  # the stranger that was told of last
        self.streams = StreamLock()
        self._n_forged, self._has_told_of_stream = 0, False
        self._heard_from: Source | None = None  # and believed
        self._n_heard = 0

    @property
    def rebinds(self) -> int:
        return self._rebind.rebinds

    def is_party(self, source: Source, packet: Fields, now: float) -> bool:
        """Whether a packet of this source is the party's; then the socket is set for more of them."""
        _, _, seq, rtp_time, ssrc, _, _ = packet
        verdict = self._lock.judge(source, ssrc, seq, now)
        if self._rebind.is_open:
            if verdict is not Verdict.DROP:
                self._rebind.shut()
                verdict = Verdict.LOCK
            elif self._has_moved(source, (ssrc, seq, rtp_time), now):
                verdict = Verdict.LEARN
        if verdict in (Verdict.LOCK, Verdict.LEARN):
            self._be_at(source, verdict)
        return verdict is not Verdict.DROP

    def aim(self, *, has_ice: bool) -> None:
        """Send where the party is; where that is not certain, a few packets until one comes (S-35)."""
        socket, lock = self._leg.socket, self._lock
        before, left = socket.destination, socket.credit
        socket.unlock(lock.destination)
        if has_ice or lock.is_sure:
            return
        is_same = before == socket.destination and left is not None
        socket.credit = left if is_same else UNPROVED_PACKETS

    def is_stream(self, packet: Fields, heard_at: float, now: float) -> bool:
        """Whether a packet of another SSRC than `streams.ssrc` is the party's, last heard at `heard_at`."""
        ssrc = packet[4]
        if not isinstance(self._leg.socket, RtpSocket):
            self.streams.believe(ssrc)
            return True
        reception = self._incoming.reception
        is_known = reception is not None and reception.ssrc == self.streams.ssrc
        last_seq = reception.highest_seq & 0xFFFF if reception is not None and is_known else None
        return self.streams.changes(ssrc, packet[2], last_seq, (heard_at, now))

    def agreed(self) -> None:
        """An offer and answer have said anew where the party is, and may have given it another stream."""
        self._rebind.shut()
        self.streams.agreed()

    def look(self, silent_since: float, rule: RebindRule, now: float) -> None:
        """About once a second: listen to others too, or no longer."""
        self._tell_of_stranger(silent_since, now)
        self._tell_of_stream()
        self._weigh_claim()
        socket, rebind, known = self._leg.socket, self._rebind, self._lock.destination
        if rebind.is_over(now):
            rebind.shut()
            if known is not None:
                self._take_from(known, alone=True)
        if rule == "off" or not self._lock.certain or not rebind.may_open(silent_since, now):
            return
        track = self._track(silent_since)
        if track is None or not (isinstance(socket, RtpSocket) or socket.may_rebind):
            return
        # What is authentic may come from anywhere.
        self._rule = rule if isinstance(socket, RtpSocket) else "any"
        rebind.open(track, now)
        self._take_from(known, alone=False)

    def _be_at(self, source: Source, verdict: Verdict) -> None:
        """Exchange packets with the party there, as many as its place is worth."""
        is_news, self._heard_from = self._heard_from != source, source
        self._take_from(source, alone=verdict is Verdict.LOCK)
        if is_news:
            self.streams.forget()
        if self._lock.is_sure:
            self._leg.socket.trust()
        elif is_news:
            self._leg.reports.begin_echo()
            fmt = self._leg.format
            self._leg.socket.doubt(claimed(FRAME_MS if fmt is None else fmt.ptime_ms))

    def _take_from(self, source: Source | None, *, alone: bool) -> None:
        """Hear others too, or no longer; what may go to a place is not changed by that."""
        socket, left = self._leg.socket, self._leg.socket.credit
        if alone and source is not None:
            socket.lock(source)
        else:
            socket.unlock(source)
        if left is not None:
            socket.doubt(left)

    def _weigh_claim(self) -> None:
        """What a third party has sent in the last second earns it some of ours, and a report of it all."""
        socket, n_heard = self._leg.socket, self._incoming.received
        n_new, self._n_heard = n_heard - self._n_heard, n_heard
        if not socket.is_claimed:
            return
        if self._leg.reports.is_echoed:
            self._lock.answered()
            socket.trust()
        else:
            socket.credit = renewed(socket.credit or 0, n_new)

    def _tell_of_stranger(self, silent_since: float, now: float) -> None:
        """Nobody is heard, and somebody speaks from where the party may not be: it may be the party yet."""
        lock = self._lock
        if lock.locked or lock.stranger in ("", self._told) or now - silent_since < AFTER_S:
            return
        self._told = lock.stranger
        said = "nowhere" if lock.destination is None else lock.destination[0]
        detail = f"audio comes from {lock.stranger}, not {said} or where the signalling is, and is not taken"
        self._emit(AudioFault(leg=self._leg.leg, kind="strange_source", detail=detail))

    def _tell_of_stream(self) -> None:
        """Somebody speaks beside the party, and says that he is the party; once per leg."""
        n_forged = self.streams.dropped
        is_much, self._n_forged = n_forged - self._n_forged >= MANY_FORGED, n_forged
        if is_much and not self._has_told_of_stream:
            self._has_told_of_stream = True
            detail = f"another stream comes from its place while it goes on: {n_forged} packets are not taken"
            self._emit(AudioFault(leg=self._leg.leg, kind="second_stream", detail=detail))

    def _track(self, heard_at: float) -> Track | None:
        reception, rtp_time = self._incoming.reception, self._incoming.rtp_time_of(heard_at)
        if reception is None or rtp_time is None:
            return None
        return Track(
            ssrc=reception.ssrc,
            seq=reception.highest_seq & 0xFFFF,
            rtp_time=rtp_time,
            clock_rate=self._incoming.clock_rate,
            at=heard_at,
        )

    def _has_moved(self, source: Source, header: tuple[int, int, int], now: float) -> bool:
        before, since = self._lock.destination, self._rebind.silent_since
        if before is None or not is_allowed(self._rule, before, source):
            return False
        if not self._rebind.judge(source, header, now):
            return False
        self._lock.rebind(source, now)
        is_here = before[0] == source[0]
        place = f"port {source[1]}, not {before[1]}" if is_here else f"{source[0]}, not {before[0]}"
        detail = f"its audio goes on from {place}, after {now - since:.1f} s of silence"
        self._emit(AudioFault(leg=self._leg.leg, kind="nat_rebind", detail=detail))
        return True
