"""The media worker of the simulation: it answers as the real one, and takes no order for a dead leg.

Now and then it dies with all that it has, and another one comes after a while, or too late.
"""

from collections.abc import Callable
from itertools import count
from random import Random

from pbx.call.events import CallEvent, LegLost
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
    SetBeep,
    StartRecording,
    StopPlay,
    StopRecording,
    UnbridgeLeg,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegFailed,
    LegOpened,
    LegStats,
    PlayEnded,
    RecordingStarted,
    RecordingStopped,
)
from pbx.media.refusals import Refusal

ANSWER_S = 0.005
AWAY_S = (0.03, 2.0)  # until the next one takes orders
WAIT_S = 5.0  # for the next one, then a leg has none
TOO_LATE_S = 6.0
PROMPT_S = 1.0
FIRST_PORT, N_PORTS = 20000, 10000
DIGITS = "0123456789#"
HARMLESS = (NoteInRecording, SetBeep, StopRecording, StopPlay, UnbridgeLeg)  # they only take away or annotate
After = Callable[[float, Callable[[], None]], None]


class MediaWorker:
    """Open ports, who hears whom, and open recordings; `tell` gives an event to the switchboard."""

    def __init__(self, random: Random, after: After, tell: Callable[[CallEvent], None]) -> None:
        self.peers: dict[LegId, LegId | None] = {}  # the open legs
        self.recordings: dict[RecordingId, LegId] = {}
        self.waiting: dict[LegId, OpenLeg] = {}
        self.n_deaths = self.n_lost = 0
        self._is_away = False
        self._closing: set[LegId] = set()  # closed, and not said so yet
        self._dead: set[LegId] = set()
        self._playing: dict[LegId, tuple[int, Token]] = {}
        self._serial = count()
        self._n_opened = 0
        self._random, self._after, self._tell_now = random, after, tell

    def perform(self, order: MediaEffect) -> None:
        """Carry out one order; AssertionError when it is for a leg that has no port."""
        self._check(order)
        match order:
            case OpenLeg() if self._is_away:
                self._wait(order)
            case OpenLeg():
                self._open(order)
            case CloseLeg() if order.leg in self.waiting:
                del self.waiting[order.leg]
                self._dead.add(order.leg)
                self._after(ANSWER_S, lambda: self._tell_now(LegClosed(leg=order.leg, stats=LegStats())))
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

    def die(self) -> None:
        """Lose everything, and what was about to be said of it."""
        if self._is_away:
            return
        self._is_away = True
        self.n_deaths += 1
        lost = [*self.peers, *self._closing]
        for of_legs in (self.peers, self._closing, self._playing, self.recordings):
            of_legs.clear()
        is_late = self._random.random() < 0.1
        self._after(TOO_LATE_S if is_late else self._random.uniform(*AWAY_S), self._come)
        for leg in lost:
            self.n_lost += 1
            self._tell_now(LegLost(leg=leg))

    def _come(self) -> None:
        self._is_away = False
        waiting, self.waiting = self.waiting, {}
        for order in waiting.values():
            self._open(order)

    def _wait(self, order: OpenLeg) -> None:
        self.waiting[order.leg] = order

        def give_up() -> None:
            if self.waiting.get(order.leg) is order:
                del self.waiting[order.leg]
                self._dead.add(order.leg)
                self._tell_now(LegFailed(leg=order.leg, reason=Refusal.NO_WORKER))

        self._after(WAIT_S, give_up)

    def _open(self, order: OpenLeg) -> None:
        self._n_opened += 2
        self.peers[order.leg] = None
        self._tell(LegOpened(leg=order.leg, host="127.0.0.1", port=FIRST_PORT + self._n_opened % N_PORTS))

    def _check(self, order: MediaEffect) -> None:
        if isinstance(order, HARMLESS):
            return
        legs = (order.a, order.b) if isinstance(order, BridgeLegs) else (order.leg,)
        for leg in legs:
            is_open = leg in self.peers or isinstance(order, CloseLeg) and leg in self.waiting
            assert not isinstance(order, OpenLeg) or leg not in self._dead, f"opened again: {order}"
            assert is_open or isinstance(order, OpenLeg), f"for a dead leg: {order}"
            is_twice = isinstance(order, OpenLeg) and (is_open or leg in self.waiting)
            assert not is_twice, f"opened twice: {order}"
        if isinstance(order, ConnectLeg):
            assert order.port > 0, order

    def _close(self, leg: LegId) -> None:
        self._part(leg)
        self._stop(leg)
        del self.peers[leg]
        self._dead.add(leg)
        for recording in [one for one, on in self.recordings.items() if on == leg]:
            self._stop_recording(recording)
        self._closing.add(leg)
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
        n_deaths = self.n_deaths

        def tell() -> None:
            if n_deaths == self.n_deaths:  # else it died with its words
                if isinstance(event, LegClosed):
                    self._closing.discard(event.leg)
                self._tell_now(event)

        self._after(ANSWER_S, tell)

    def _stop_recording(self, recording: RecordingId) -> None:
        if self.recordings.pop(recording, None) is not None:
            self._tell(RecordingStopped(recording=recording, duration_ms=1000))


def _ended(leg: LegId, token: Token, *, completed: bool) -> PlayEnded:
    played_ms = 1000 if completed else 500
    return PlayEnded(leg=leg, token=token, played_ms=played_ms, total_ms=1000, completed=completed)
