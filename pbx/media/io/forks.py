"""Forks: what parties say, sent on to recorders that are not ours (RFC 7866 §8).

A fork stands among the recordings of a leg's tap, so that it gets what a journal gets and nothing else: no
packet before the gate is open, none of a secure entry, the bare header of what is no speech.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from pbx.core.ids import CallId, Ids, LegId, RecordingId, hex_id
from pbx.core.io.clock import monotonic
from pbx.media.effects import ConnectLeg, StartRecording
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.media.g711 import translation
from pbx.media.io.leg import RtpLeg
from pbx.media.io.tap import HEARD, MAX_RECORDINGS, Octets, Recording
from pbx.media.payloads import G711, Coding, coding, units
from pbx.media.rtp import HEADER, MARKER, PLAIN, fields

_INTERRUPTS = frozenset({"gate", "secure", "bridge"})  # notes after which a gap in the numbers is no loss
_CNAME_BYTES = 12  # RFC 7022 §4.2
_log = logging.getLogger(__name__)


class ForkSink:
    """Sends the packets of one party with the SSRC and the numbers of the recorder's leg.

    `foreign` counts packets of a codec that was not agreed with the recorder.
    """

    __slots__ = ("_of", "_to", "foreign")

    def __init__(self, of: RtpLeg, to: RtpLeg) -> None:
        self._of, self._to = of, to
        self.foreign = 0

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        """Send what the party says; the recorder gets what it is sent as the speech of another."""
        out = self._to.out
        if stream != HEARD or out.format is None or not out.may_send:
            return
        payload_type, marker, seq, rtp_time, ssrc, start, end = fields(rtp, len(rtp))
        if start == end:
            out.stream.withhold(ssrc, seq)
            return
        arrived = self._of.coding_of(payload_type)
        payload = None if arrived is None else _spoken(bytes(rtp[start:end]), arrived, coding(out.format))
        if arrived is None or payload is None:
            self.foreign += 1
            out.stream.withhold(ssrc, seq)
            return
        n_units = units(arrived, memoryview(payload))
        number, time, fresh = out.stream.relay((ssrc, seq, rtp_time), n_units, monotonic())
        second = out.format.payload_type | (MARKER if fresh or marker else 0)
        header = HEADER.pack(PLAIN, second, number, time, out.stream.ssrc)
        out.sent += out.transport.send(header + payload)
        out.octets += len(payload)

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """What was not sent meanwhile is no loss."""
        if kind in _INTERRUPTS:
            self._to.out.stream.pause()

    def close(self, ended_ns: int = 0) -> None:
        """Nothing is held back."""


class Fork(Recording):
    """A recording without a file: it has begun at once, nobody hears it, and it never fails."""

    __slots__ = ()

    def __init__(self, of: RtpLeg, to: RtpLeg) -> None:
        order = StartRecording(
            recording=RecordingId(f"fork/{to.leg}"),
            leg=of.leg,
            tenant="",
            call=of.call,
            kind="fork",
            recipients=(),
            started_at="",
        )
        super().__init__(order, ForkSink(of, to), _never)
        self.is_open = True


class Forks:
    """At most one fork for each leg of a recorder; a leg that has ended takes its forks along."""

    __slots__ = ("_cnames", "_ids", "_legs", "_running", "_sessions")

    def __init__(self, legs: Mapping[LegId, RtpLeg], ids: Ids) -> None:
        self._legs, self._ids = legs, ids
        self._running: dict[LegId, tuple[RtpLeg, Fork]] = {}
        self._sessions: dict[LegId, CallId] = {}  # of the recorder's legs
        self._cnames: dict[CallId, bytes] = {}

    @property
    def orders(self) -> dict[type, Callable[[Any], None]]:
        """What each order does."""
        return {ForkLeg: self.fork, UnforkLeg: self.unfork}

    def fork(self, order: ForkLeg) -> None:
        """Begin, go on elsewhere, or fork another party; nothing happens without both legs."""
        self._forget_ended()
        to, of = self._legs.get(order.leg), self._legs.get(order.of)
        before = self._running.get(order.leg)
        if before is not None and before[0] is not of:
            self._detach(order.leg)
        if to is None or of is None or to is of:
            _log.warning("leg=%s cannot be forked to leg=%s", order.of, order.leg)
            return
        to.connect(_connection(order))
        to.hold_to((order.host, order.port))
        self._sessions[order.leg] = order.session or to.call
        to.reports.rename(self._cname(self._sessions[order.leg]))
        if order.leg in self._running:
            return
        if len(of.tap.recordings) >= MAX_RECORDINGS:
            _log.error("leg=%s is recorded too often to be forked", of.leg)
            return
        fork = Fork(of, to)
        self._running[order.leg] = (of, fork)
        of.tap.add(fork)
        _log.info("leg=%s forked to a recorder from leg=%s", of.leg, to.leg)

    def unfork(self, order: UnforkLeg) -> None:
        """Send no more, not even what keeps a NAT open."""
        self._forget_ended()
        self._detach(order.leg)
        to = self._legs.get(order.leg)
        if to is not None:
            to.out.may_send = False
            to.out.stream.pause()

    def _cname(self, session: CallId) -> bytes:
        """One name for all streams of a session: their clock is the same one (RFC 3550 §6.5.1)."""
        return self._cnames.setdefault(session, hex_id(self._ids, _CNAME_BYTES).encode())

    def _detach(self, leg: LegId) -> None:
        running = self._running.pop(leg, None)
        if running is not None:
            of, fork = running
            of.tap.drop(fork)

    def _forget_ended(self) -> None:
        for leg, (of, _) in list(self._running.items()):
            if leg not in self._legs or self._legs.get(of.leg) is not of:
                self._detach(leg)
        self._sessions = {leg: one for leg, one in self._sessions.items() if leg in self._legs}
        there = set(self._sessions.values())
        self._cnames = {session: name for session, name in self._cnames.items() if session in there}


def _connection(order: ForkLeg) -> ConnectLeg:
    return ConnectLeg(
        leg=order.leg,
        host=order.host,
        port=order.port,
        format=order.format,
        rtcp=order.rtcp,
        security=order.security,
        direction="sendonly",
    )


def _spoken(payload: bytes, arrived: Coding, wanted: Coding) -> bytes | None:
    """Return the payload as the recorder takes it, None when it would be another codec."""
    if arrived == wanted:
        return payload
    if arrived in G711 and wanted in G711:
        return payload.translate(translation(arrived[0], wanted[0]))
    return None


def _never(reason: str) -> None:
    raise AssertionError(f"a fork cannot fail: {reason}")
