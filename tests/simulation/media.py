"""The media worker of the simulation: it answers as the real one, and takes no order for a dead leg."""

from collections.abc import Callable
from itertools import count
from random import Random

from pbx.call.events import CallEvent
from pbx.core.ids import LegId, RecordingId, Token
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    ConnectLeg,
    MediaEffect,
    NoteInRecording,
    OpenLeg,
    Play,
    StartRecording,
    StopPlay,
    StopRecording,
    UnbridgeLeg,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegOpened,
    LegStats,
    PlayEnded,
    RecordingStarted,
    RecordingStopped,
)

ANSWER_S = 0.005
PROMPT_S = 1.0
DIGITS = "0123456789#"
HARMLESS = (NoteInRecording, StopRecording, StopPlay, UnbridgeLeg)  # they only take away
After = Callable[[float, Callable[[], None]], None]


class MediaWorker:
    """Open ports, who hears whom, and open recordings; `tell` gives an event to the switchboard."""

    def __init__(self, random: Random, after: After, tell: Callable[[CallEvent], None]) -> None:
        self.peers: dict[LegId, LegId | None] = {}  # the open legs
        self.recordings: dict[RecordingId, LegId] = {}
        self._dead: set[LegId] = set()
        self._playing: dict[LegId, tuple[int, Token]] = {}
        self._serial = count()
        self._random, self._after, self._tell_now = random, after, tell

    def perform(self, order: MediaEffect) -> None:
        """Carry out one order; AssertionError when it is for a leg that has no port."""
        self._check(order)
        match order:
            case OpenLeg():
                self.peers[order.leg] = None
                self._tell(LegOpened(leg=order.leg, host="127.0.0.1", port=20000))
            case CloseLeg():
                self._close(order.leg)
            case BridgeLegs():
                self._part(order.a)
                self._part(order.b)
                self.peers[order.a], self.peers[order.b] = order.b, order.a
            case UnbridgeLeg():
                self._part(order.leg)
            case Play():
                self._play(order)
            case StopPlay():
                self._stop(order.leg)
            case StartRecording():
                assert order.recording not in self.recordings, order
                self.recordings[order.recording] = order.leg
                self._tell(RecordingStarted(recording=order.recording))
            case StopRecording():
                self._stop_recording(order.recording)
            case _:
                pass  # gates, echo and descriptions make no sound here

    def _check(self, order: MediaEffect) -> None:
        if isinstance(order, HARMLESS):
            return
        legs = (order.a, order.b) if isinstance(order, BridgeLegs) else (order.leg,)
        for leg in legs:
            is_open = leg in self.peers
            assert not isinstance(order, OpenLeg) or leg not in self._dead, f"opened again: {order}"
            assert is_open or isinstance(order, OpenLeg), f"for a dead leg: {order}"
            assert not is_open or not isinstance(order, OpenLeg), f"opened twice: {order}"
        if isinstance(order, ConnectLeg):
            assert order.port > 0, order

    def _close(self, leg: LegId) -> None:
        self._part(leg)
        self._stop(leg)
        del self.peers[leg]
        self._dead.add(leg)
        for recording in [one for one, on in self.recordings.items() if on == leg]:
            self._stop_recording(recording)
        self._tell(LegClosed(leg=leg, stats=LegStats()))

    def _part(self, leg: LegId) -> None:
        peer = self.peers.get(leg)
        if peer is not None:
            self.peers[leg] = self.peers[peer] = None

    def _play(self, order: Play) -> None:
        self._stop(order.leg)
        serial = next(self._serial)
        self._playing[order.leg] = (serial, order.token)
        if not order.loop:
            self._after(PROMPT_S, lambda: self._played(order.leg, serial))
        if not order.loop and self._random.random() < 0.5:
            self._after(self._random.uniform(0.0, 3 * PROMPT_S), lambda: self._press(order.leg))

    def _press(self, leg: LegId) -> None:
        if leg in self.peers:
            digit = Secret(self._random.choice(DIGITS))
            self._tell_now(DigitReceived(leg=leg, digit=digit, duration_ms=100))

    def _played(self, leg: LegId, serial: int) -> None:
        if leg in self._playing and self._playing[leg][0] == serial:
            self._tell_now(_ended(leg, self._playing.pop(leg)[1], completed=True))

    def _stop(self, leg: LegId) -> None:
        playing = self._playing.pop(leg, None)
        if playing is not None:
            self._tell(_ended(leg, playing[1], completed=False))

    def _tell(self, event: CallEvent) -> None:
        self._after(ANSWER_S, lambda: self._tell_now(event))

    def _stop_recording(self, recording: RecordingId) -> None:
        if self.recordings.pop(recording, None) is not None:
            self._tell(RecordingStopped(recording=recording, duration_ms=1000))


def _ended(leg: LegId, token: Token, *, completed: bool) -> PlayEnded:
    played_ms = 1000 if completed else 500
    return PlayEnded(leg=leg, token=token, played_ms=played_ms, total_ms=1000, completed=completed)
