"""All legs of one worker: performs every MediaEffect, emits MediaEvents."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from pbx.core.address import Family, family_of
from pbx.core.ids import Ids, LegId, uint32
from pbx.core.io.clock import monotonic
from pbx.media.effects import (
    AppendSources,
    BridgeLegs,
    ChangeSeat,
    CloseLeg,
    CloseStream,
    ConnectImage,
    ConnectLeg,
    JoinRoom,
    LeaveRoom,
    Listen,
    MediaEffect,
    MoveRecording,
    NoteInRecording,
    OpenLeg,
    OpenStream,
    Play,
    SendDigit,
    SetBeep,
    SetEcho,
    SetGate,
    SetMusic,
    SetSecure,
    StartRecording,
    StopPlay,
    StopRecording,
    TakeDigit,
    UnbridgeLeg,
)
from pbx.media.events import LegClosed, LegFailed, LegOpened, LegStats, MediaEvent
from pbx.media.io.arrivals import Arrivals
from pbx.media.io.clips import ClipLoader
from pbx.media.io.datagrams import Faxes
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.forks import Forks
from pbx.media.io.frames import Frames
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.music_files import Programmes
from pbx.media.io.plays import Plays
from pbx.media.io.recordings import Recordings, flag
from pbx.media.io.rooms import Rooms
from pbx.media.io.rounds import Rounds
from pbx.media.io.rtcp_socket import RtcpSocket
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.io.secure_entries import SecureEntries
from pbx.media.io.sound_watch import SoundWatch
from pbx.media.io.streams import Streams
from pbx.media.io.tap import SinkFactory
from pbx.media.io.transcripts import Transcripts
from pbx.media.io.waiting import Waiting
from pbx.media.ports import PortPool
from pbx.media.refusals import Refusal
from pbx.media.silence import SilenceRules

SILENCE_CHECK_S = 1.0
SILENCE = SilenceRules()
_log = logging.getLogger(__name__)


class MediaHost:
    """Orders about an unknown leg are answered as if it had just closed, so that nobody waits for ever."""

    def __init__(
        self,
        address: tuple[str, range],
        *,
        ids: Ids,
        clips: ClipLoader,
        open_sink: SinkFactory,
        emit: Callable[[MediaEvent], None],
        silence: SilenceRules = SILENCE,
        host6: str = "",
    ) -> None:
        """`address` is where audio is exchanged, `host6` besides for peers of IPv6.

        Where `host` itself is IPv6 there is no IPv4, and every peer gets it.
        """
        host, ports = address
        self._hosts: dict[Family, str] = {"ip4": host}
        if host6 or family_of(host) == "ip6":
            self._hosts["ip6"] = host6 or host
        self._ports = PortPool(ports[0], ports[-1], uint32(ids))
        self._ids, self._clips, self._emit = ids, clips, emit
        self._silence = silence
        self._legs: dict[LegId, RtpLeg] = {}
        self._arrivals = Arrivals()
        self._faxes = Faxes(self._arrivals)
        self._recordings = Recordings(open_sink, emit)
        self._identity = cache(new_identity)  # one certificate for the life of the process
        self._plays = Plays(clips, emit)
        self._frames = Frames(self._played, self._failed)
        self._rooms = Rooms(emit, self._frames.changed, self._recordings.share)
        self._waiting = Waiting(Programmes(clips, ids), self._frames.changed)
        self._streams = Streams(emit, self._frames.changed)
        self._secrets = SecureEntries(self._note_secret)
        self.transcripts = Transcripts(self._legs, emit, self._frames.changed)
        period_s = min(SILENCE_CHECK_S, silence.timeout_s / 4)
        self._rounds = Rounds(self._legs, self._look_after, period_s=period_s)
        self.draining = False
        self._perform = self._orders()

    def _orders(self) -> dict[type, Callable[[Any], None]]:
        """What is done with each kind of order."""
        return {
            OpenLeg: self._open,
            ConnectLeg: self._connect,
            ConnectImage: self._connect,
            BridgeLegs: self._bridge,
            UnbridgeLeg: self._unbridge,
            Play: lambda order: self._plays.play(order, self._legs.get(order.leg)),
            AppendSources: lambda order: self._plays.append(order, self._legs.get(order.leg)),
            StopPlay: self._stop_play,
            SetEcho: self._set_echo,
            Listen: self._listen,
            SetMusic: lambda order: self._waiting.set(order, self._legs.get(order.leg)),
            JoinRoom: lambda order: self._rooms.join(order, self._legs.get(order.leg)),
            ChangeSeat: self._rooms.change,
            LeaveRoom: lambda order: self._rooms.leave(order, self._legs.get(order.leg)),
            SendDigit: self._press_key,
            TakeDigit: self._press_key,
            SetSecure: lambda order: self._secrets.set(order, self._legs.get(order.leg)),
            SetGate: self._set_gate,
            StartRecording: self._start_recording,
            MoveRecording: self._move_recording,
            NoteInRecording: self._recordings.note,
            SetBeep: self._recordings.beep,
            StopRecording: self._stop_recording,
            OpenStream: self._open_stream,
            CloseStream: self._streams.close,
            CloseLeg: self._close,
            **Forks(self._legs, self._ids).orders,
            **self.transcripts.orders,
        }

    @property
    def performed(self) -> frozenset[type]:
        """The orders that this host knows."""
        return frozenset(self._perform)

    @property
    def n_legs(self) -> int:
        return len(self._legs)

    def behind_s(self, now: float) -> float:
        """How far packets are behind."""
        return self._arrivals.behind_s(now)

    def perform(self, effect: MediaEffect) -> None:
        """Carry out one order; an unexpected error ends the leg it is about, never the worker."""
        try:
            self._perform[type(effect)](effect)
        except Exception as error:
            leg = self._legs.get(getattr(effect, "leg", LegId("")))
            if leg is None:
                _log.exception("order %s failed", type(effect).__name__)
            else:
                self._failed(leg, error)

    def end_legs(self) -> None:
        """End every leg; each says LegClosed. It was not the call that ended them."""
        for leg in list(self._legs.values()):
            self._recordings.part(leg)
            self._end_leg(leg)

    def close(self) -> None:
        """End everything."""
        self.end_legs()
        self._frames.stop()
        self._rounds.stop()

    def _open(self, order: OpenLeg) -> None:
        leg = self._legs.get(order.leg)
        host = self._hosts.get(order.family)
        drains = self.draining and all(leg.call != order.call for leg in self._legs.values())
        if leg is None and host is not None and not drains:
            leg = self._begin(order, host)
        if leg is None:
            reason = Refusal.NO_PORT if host is not None else f"no {order.family} address for audio"
            reason = Refusal.DRAINING if drains else reason
            self._emit(LegFailed(leg=order.leg, reason=reason))
            return
        mark, socket = self._identity().fingerprint.digest, leg.socket
        self._emit(LegOpened(leg=order.leg, host=socket.host, port=socket.port, fingerprint=mark))

    def _begin(self, order: OpenLeg, host: str) -> RtpLeg | None:
        sockets = self._bind(host)
        if sockets is None:
            return None
        socket, rtcp = sockets
        hooks = Hooks(self._emit, self._failed, self._frames.changed, self._identity)
        leg = self._legs[order.leg] = RtpLeg(order, socket, self._ids, hooks)
        leg.reports.bind(rtcp)
        self._arrivals.add(socket.fileno(), leg.on_readable)
        self._arrivals.add(rtcp.fileno(), leg.reports.on_readable)
        self._rounds.begin()
        return leg

    def _bind(self, host: str) -> tuple[RtpSocket, RtcpSocket] | None:
        for port in self._ports.take(monotonic()):
            try:
                socket = RtpSocket(host, port)
            except OSError:
                continue
            try:
                return socket, RtcpSocket(host, port)
            except OSError:
                socket.close()
        return None

    def _connect(self, order: ConnectLeg | ConnectImage) -> None:
        leg = self._legs.get(order.leg)
        if leg is None:
            self._emit(LegFailed(leg=order.leg, reason="unknown leg"))
        elif isinstance(order, ConnectImage):
            self._faxes.start(leg, order)
        else:
            self._faxes.stop(leg)
            leg.connect(order)

    def _bridge(self, order: BridgeLegs) -> None:
        a, b = self._legs.get(order.a), self._legs.get(order.b)
        if a is None or b is None or a is b or a.peer is b:
            return
        self._part(a)
        self._part(b)
        a.peer, b.peer = b, a
        self._frames.changed(a)
        for leg, peer in ((a, b), (b, a)):
            leg.tap.note("bridge", {"leg": leg.leg, "peer": peer.leg})
            leg.tap.note("gate", {"leg": peer.leg, "open": flag(peer.tap.gate_open)})

    def _unbridge(self, order: UnbridgeLeg) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            self._part(leg)

    def _part(self, leg: RtpLeg) -> None:
        peer = leg.peer
        if peer is not None:
            leg.peer = peer.peer = None
            self._frames.changed(leg)
            self._frames.changed(peer)
            for party in (leg, peer):
                party.tap.note("unbridge", {"leg": party.leg})

    def _stop_play(self, order: StopPlay) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            self._plays.end(leg, completed=False)

    def _listen(self, order: Listen) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            tones = None if order.tones_of is None else self._clips.tones_of(order.tones_of)
            is_wanted = order.talk or tones is not None
            leg.watch(SoundWatch(leg.leg, tones, talk=order.talk) if is_wanted else None)

    def _set_echo(self, order: SetEcho) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            leg.echo = order.on
            self._frames.changed(leg)

    def _press_key(self, order: SendDigit | TakeDigit) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            press = leg.press if isinstance(order, SendDigit) else leg.take_info
            press(order.digit.reveal(), order.duration_ms)

    def _note_secret(self, leg: RtpLeg) -> None:
        self._note_around(leg, "secure", {"leg": leg.leg, "on": flag(leg.tap.secure)})

    def _set_gate(self, order: SetGate) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None and leg.tap.gate_open != order.open:
            if order.open:
                leg.drain(monotonic())  # it was said before: a worker may have stood still
            leg.tap.gate_open = order.open
            self._note_around(leg, "gate", {"leg": leg.leg, "open": flag(order.open)})
            for party in leg.company:
                self._recordings.share(party)

    def _note_around(self, leg: RtpLeg, kind: str, details: dict[str, str]) -> None:
        for tap in (leg.tap, *(party.tap for party in leg.company)):
            tap.note(kind, details)

    def _start_recording(self, order: StartRecording) -> None:
        self._recordings.start(order, self._legs.get(order.leg))

    def _move_recording(self, order: MoveRecording) -> None:
        self._recordings.move(order, self._legs.get(order.leg))

    def _stop_recording(self, order: StopRecording) -> None:
        self._recordings.stop(order.recording)

    def _open_stream(self, order: OpenStream) -> None:
        self._streams.open(order, self._legs.get(order.leg))

    def _close(self, order: CloseLeg) -> None:
        leg = self._legs.get(order.leg)
        if leg is None:
            self._emit(LegClosed(leg=order.leg, stats=LegStats()))
        else:
            if order.moves:
                self._recordings.part(leg)
            self._end_leg(leg)

    def _failed(self, leg: RtpLeg, error: Exception) -> None:
        _log.error("leg=%s failed", leg.leg, exc_info=error)
        if leg.leg in self._legs:
            self._emit(LegFailed(leg=leg.leg, reason=type(error).__name__))
            self._end_leg(leg)

    def _end_leg(self, leg: RtpLeg) -> None:
        del self._legs[leg.leg]
        self._plays.end(leg, completed=False)
        self._secrets.drop(leg.leg)
        self.transcripts.drop(leg)
        self._streams.end_leg(leg)
        self._part(leg)
        self._rooms.leave(LeaveRoom(leg=leg.leg), None)
        self._frames.remove(leg)
        self._recordings.stop_leg(leg)
        for fileno in (leg.socket.fileno(), leg.reports.fileno()):
            self._arrivals.remove(fileno)
        leg.close()
        self._ports.release(leg.socket.port, monotonic())
        self._emit(LegClosed(leg=leg.leg, stats=self._faxes.ended(leg)))

    def _played(self, leg: RtpLeg) -> None:
        self._plays.end(leg, completed=True)

    def _look_after(self, leg: RtpLeg) -> None:
        leg.check_silence(monotonic(), self._silence)
        silence = self._faxes.silence(leg.leg, monotonic(), self._silence.timeout_s)
        if silence is not None:
            self._emit(silence)
