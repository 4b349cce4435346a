"""UDPTL of a fax between two legs (ITU-T T.38 Annex D): datagrams pass as they came, nobody reads them."""

from dataclasses import replace

from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.core.io.clock import monotonic
from pbx.media.effects import ConnectImage, ConnectLeg
from pbx.media.events import LegStats, MediaTimedOut
from pbx.media.io.arrivals import Arrivals
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtp_socket import AGAIN, NOTHING, VIEW, RtpSocket, is_address
from pbx.media.io.straight import MAX_DRAIN
from pbx.media.rtp import MAX_PACKET
from pbx.media.source_lock import Source

# T.30 lets a fax wait 35 ± 5 s for the other (timer T1), and who receives a page says nothing meanwhile.
SILENCE_S = 60.0
# A receiver speaks before the first page (T.30 phase B): who says nothing may be somebody else (S-35).
UNHEARD_S = 10.0


class DatagramRelay:
    """The datagrams of one leg. No header proves a sender here, so only `sources` count, and the first locks.

    `alive_at` = when either party was last heard; `received`, `strange` and `oversized` count datagrams.
    A place that was never heard is sent datagrams for UNHEARD_S, however often it is named.
    """

    __slots__ = (
        "_leg",
        "_sent_at",
        "_timed_out",
        "alive_at",
        "is_heard",
        "oversized",
        "received",
        "sources",
        "strange",
        "to",
    )

    def __init__(self, leg: RtpLeg) -> None:
        self._leg = leg
        self.sources: frozenset[Source] = frozenset()  # none = the leg has audio
        self.to: DatagramRelay | None = None
        self.alive_at = 0.0
        self.received = self.strange = self.oversized = 0
        self.is_heard = False
        self._sent_at: float | None = None  # the first to a place that says nothing
        self._timed_out = False

    @property
    def is_on(self) -> bool:
        """Whether the leg has a fax in the place of its audio."""
        return bool(self.sources)

    def start(self, order: ConnectImage, now: float) -> None:
        """Take the address of the fax: no audio either way until the leg is connected again.

        What the leg was locked to before counts when its address is named again, as for audio.
        """
        leg = self._leg
        if leg.format is None or not isinstance(leg.socket, RtpSocket):
            raise TransportError("a fax needs a leg with plain audio before it")
        silent = ConnectLeg(
            leg=order.leg, host=order.host, port=order.port, format=leg.format, direction="inactive"
        )
        leg.connect(silent)
        known = leg.socket.destination
        advertised = (order.host, order.port)
        self.is_heard = self.is_heard and advertised in self.sources
        is_reachable = is_address(*advertised)
        self.sources = frozenset((advertised, known or advertised)) if is_reachable else frozenset()
        self.alive_at, self._timed_out = now, False

    def stop(self) -> None:
        """The leg has audio again, or ends."""
        self.sources = frozenset()

    def on_readable(self, now: float) -> None:
        """Pass on what waits."""
        socket = self._leg.socket
        for _ in range(MAX_DRAIN):
            n_bytes = socket.receive()
            if n_bytes == NOTHING:
                return
            if n_bytes != AGAIN:
                self._take(n_bytes, socket.source, now)

    def _take(self, n_bytes: int, source: Source | None, now: float) -> None:
        if source is not None:  # None = the locked party
            if source not in self.sources:
                self.strange += 1
                return
            self._leg.socket.lock(source)
        if n_bytes >= MAX_PACKET:  # cut off by the buffer
            self.oversized += 1
            return
        self.received += 1
        self.alive_at, self.is_heard, self._sent_at = now, True, None
        peer = self._leg.peer
        if self.to is not None and self.to.is_on and peer is self.to._leg:
            self.to.alive_at = now
            if self.to.may_get(now):
                peer.out.sent += peer.socket.send(VIEW[:n_bytes])

    def may_get(self, now: float) -> bool:
        """Whether one more datagram may go to the party, which may be somebody who never asked for it."""
        if self.is_heard:
            return True
        self._sent_at = now if self._sent_at is None else self._sent_at
        return now - self._sent_at < UNHEARD_S

    def silence(self, now: float, timeout_s: float) -> MediaTimedOut | None:
        """Return, once, that neither party was heard for `timeout_s`, and longer than a fax may wait."""
        silent_s = now - self.alive_at
        if not self.is_on or self._timed_out or silent_s < max(timeout_s, SILENCE_S):
            return None
        self._timed_out = True
        return MediaTimedOut(leg=self._leg.leg, silent_ms=int(silent_s * 1000))


class Faxes:
    """The relays of a worker's legs: each leg that had a fax keeps its counters until it ends."""

    __slots__ = ("_arrivals", "_relays")

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._relays: dict[LegId, DatagramRelay] = {}

    def start(self, leg: RtpLeg, order: ConnectImage) -> None:
        """Serve a leg's socket from now on, and find the relay of its peer; TransportError."""
        relay = self._relays.setdefault(leg.leg, DatagramRelay(leg))
        was_on = relay.is_on
        relay.start(order, monotonic())
        peer = self._relays.get(leg.peer.leg) if leg.peer is not None else None
        relay.to = peer
        if peer is not None:
            peer.to = relay
        if relay.is_on != was_on:
            self._serve(leg, relay)

    def stop(self, leg: RtpLeg) -> None:
        """The leg has audio again."""
        relay = self._relays.get(leg.leg)
        if relay is not None and relay.is_on:
            relay.stop()
            self._serve(leg, relay)

    def ended(self, leg: RtpLeg) -> LegStats:
        """Forget a leg; return its counters with those of its datagrams."""
        relay, stats = self._relays.pop(leg.leg, None), leg.stats
        if relay is None:
            return stats
        relay.stop()
        if relay.to is not None:
            relay.to.to = None
        return replace(
            stats,
            received=stats.received + relay.received,
            dropped_source=stats.dropped_source + relay.strange,
            malformed=stats.malformed + relay.oversized,
        )

    def silence(self, leg: LegId, now: float, timeout_s: float) -> MediaTimedOut | None:
        """Return, once, that the fax of a leg has fallen silent."""
        relay = self._relays.get(leg)
        return None if relay is None else relay.silence(now, timeout_s)

    def _serve(self, leg: RtpLeg, relay: DatagramRelay) -> None:
        self._arrivals.remove(leg.socket.fileno())
        self._arrivals.add(leg.socket.fileno(), relay.on_readable if relay.is_on else leg.on_readable)
