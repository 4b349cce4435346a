"""The running recordings of a worker: starts, annotates and stops them, and reports what became of them."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from pbx.core.errors import StorageError
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import MoveRecording, NoteInRecording, SetBeep, StartRecording
from pbx.media.events import MediaEvent, RecordingFailed, RecordingStarted, RecordingStopped
from pbx.media.io.own_channels import OwnChannels
from pbx.media.io.tap import MAX_RECORDINGS, PAUSE, Hearer, Recording, SinkFactory, Tap

_log = logging.getLogger(__name__)
ROOM_JOINED, ROOM_LEFT = "room.joined", "room.left"  # channel 2 is what all in a room say, or no more
ROOM_GONE = "room.gone"  # one of them is heard no more
PARTED = "recording.parted"  # another worker may go on: the finaliser waits for the call
MOVED = "recording.moved"  # the timeline knows by it whose voice channel 1 is


class Tapped(Protocol):
    """What a recording sees of a leg."""

    @property
    def leg(self) -> LegId: ...

    @property
    def tap(self) -> Tap: ...

    @property
    def payload_types(self) -> str:
        """What the payload types of its packets mean, "" when that is as in RFC 3551."""
        ...

    @property
    def company(self) -> "Sequence[Tapped]":
        """Whose voices it is sent."""
        ...

    @property
    def room(self) -> str:
        """Where it sits with them, "" = in none."""
        ...

    @property
    def voices(self) -> "Sequence[Tapped]":
        """Who is in the mix that it is sent there."""
        ...

    def drain(self, now: float) -> None:
        """Take all packets that wait."""
        ...

    def beeps(self) -> None:
        """Take note that another recording, or none, is to be heard by the party and its peer."""
        ...


class Recordings:
    """Each StartRecording gets RecordingStarted then RecordingStopped, or RecordingFailed at any time.

    A recording keeps packets from its order on, and has started once its file is there.
    """

    def __init__(self, open_sink: SinkFactory, emit: Callable[[MediaEvent], None]) -> None:
        self._open_sink, self._emit = open_sink, emit
        self._running: dict[RecordingId, tuple[Recording, Tapped]] = {}
        self._own: dict[RecordingId, OwnChannels] = {}
        self._closing: dict[RecordingId, int] = {}  # over before their file was there: their length in ms

    def start(self, order: StartRecording, leg: Tapped | None) -> None:
        """Begin the journal and tap the leg."""
        is_known = order.recording in self._running or order.recording in self._closing
        if leg is None or is_known or len(leg.tap.recordings) >= MAX_RECORDINGS:
            reason = "unknown leg" if leg is None else "already recording"
            self._emit(RecordingFailed(recording=order.recording, reason=reason))
            return
        hearer = Hearer(
            opened=partial(self._opened, order.recording), failed=partial(self._fail, order.recording)
        )
        try:
            recording = Recording(order, self._open_sink(order, hearer), hearer.failed)
        except (StorageError, OSError, ValueError) as error:
            _log.error("recording=%s failed to start: %s", order.recording, error)
            self._emit(RecordingFailed(recording=order.recording, reason=str(error)))
            return
        self._running[order.recording] = (recording, leg)
        self._own[order.recording] = OwnChannels(recording)
        leg.tap.add(recording)
        _note_all(leg)
        self.share(leg)

    def _opened(self, recording: RecordingId) -> None:
        """The file is there, with all that was kept until now on its way into it."""
        if recording in self._running:
            running, leg = self._running[recording]
            running.is_open = True
            self._emit(RecordingStarted(recording=recording))
            _log.info("recording=%s leg=%s started", recording, leg.leg)
        elif recording in self._closing:
            self._emit(RecordingStarted(recording=recording))
            self._stopped(recording, self._closing.pop(recording))

    def move(self, order: MoveRecording, leg: Tapped | None) -> None:
        """Tap another leg instead; a leg that is gone ends the recording, for nobody would feed it."""
        if order.recording not in self._running:
            return  # it has ended and said so
        recording, before = self._running[order.recording]
        if leg is before:
            return
        if leg is None or len(leg.tap.recordings) >= MAX_RECORDINGS:
            self._fail(order.recording, "unknown leg" if leg is None else "already recording")
            return
        self._own[order.recording].hear(())
        before.tap.drop(recording)
        leg.tap.add(recording)
        self._running[order.recording] = (recording, leg)
        recording.leg = leg.leg
        if recording.beep is not None:
            before.beeps()
            leg.beeps()
        leg.tap.note(MOVED, {"from": before.leg, "leg": leg.leg})
        _log.info("recording=%s leg=%s moved from leg=%s", order.recording, leg.leg, before.leg)
        _note_all(leg)
        self.share(leg)
        if recording.is_paused:
            self.note(NoteInRecording(recording=order.recording, kind=PAUSE, details={"on": flag(True)}))

    def share(self, leg: Tapped) -> None:
        """Others are in the mix that a leg is sent, or may be kept: each of several has its own channel."""
        for recording in leg.tap.recordings:
            own = self._own.get(recording.recording)  # a fork has none
            if own is not None:
                own.hear(leg.voices)

    def beep(self, order: SetBeep) -> None:
        """Let the parties hear that a recording runs; one that has ended is not heard."""
        if order.recording in self._running:
            recording, leg = self._running[order.recording]
            recording.beep = order.beep
            leg.beeps()

    def note(self, order: NoteInRecording) -> None:
        """Annotate one recording; an unknown one has ended and said so."""
        if order.recording in self._running:
            recording, leg = self._running[order.recording]
            if order.kind == PAUSE:
                self._pause(recording, leg, order.details.get("on") == flag(True))
            try:
                recording.note(order.kind, order.details, time.monotonic_ns())
            except StorageError as error:
                recording.fail(str(error))

    @staticmethod
    def _pause(recording: Recording, leg: Tapped, is_paused: bool) -> None:
        """What waits in the sockets when it goes on was said in the pause."""
        if recording.is_paused and not is_paused:
            for party in (leg, *leg.company):
                party.drain(time.monotonic())
        recording.is_paused = is_paused

    def stop(self, recording: RecordingId) -> None:
        """Close the journal; an unknown recording has ended and said so."""
        running = self._remove(recording)
        if running is None:
            return
        try:
            duration_ms = running.close()
        except (StorageError, OSError) as error:
            self._emit(RecordingFailed(recording=recording, reason=str(error)))
            return
        if running.is_open:
            self._stopped(recording, duration_ms)
        else:
            self._closing[recording] = duration_ms

    def _stopped(self, recording: RecordingId, duration_ms: int) -> None:
        self._emit(RecordingStopped(recording=recording, duration_ms=duration_ms))
        _log.info("recording=%s stopped", recording)

    def stop_leg(self, leg: Tapped) -> None:
        """Stop every recording of a leg that closes."""
        for recording in leg.tap.recordings:
            self.stop(recording.recording)

    def part(self, leg: Tapped) -> None:
        """The leg is about to close here, and may go on at another worker: none of its recordings is over."""
        leg.tap.note(PARTED, {"leg": leg.leg})

    def _fail(self, recording: RecordingId, reason: str) -> None:
        running = self._remove(recording)
        if running is None and self._closing.pop(recording, None) is None:
            return
        _log.error("recording=%s failed: %s", recording, reason)
        try:
            if running is not None:
                running.sink.close()
        except (StorageError, OSError):
            pass  # the reason is known already
        self._emit(RecordingFailed(recording=recording, reason=reason))

    def _remove(self, recording: RecordingId) -> Recording | None:
        found = self._running.pop(recording, None)
        if found is None:
            return None
        running, leg = found
        leg.tap.drop(running)
        self._own.pop(recording).end()
        if running.beep is not None:
            leg.beeps()
        return running


def note_format(leg: Tapped) -> None:
    """Say what the payload types in the journal mean, unless everybody knows."""
    if leg.payload_types:
        leg.tap.note_format({"leg": leg.leg, "payload_types": leg.payload_types})


def note_seat(leg: Tapped) -> None:
    """Say in whose company a leg is, and which of the voices may be kept."""
    if leg.room:
        leg.tap.note(ROOM_JOINED, {"leg": leg.leg, "room": leg.room})
    for party in leg.company:
        note_voice(leg.tap, party)


def note_voice(tap: Tap, party: Tapped) -> None:
    """Say whether a party's voice may be kept."""
    tap.note("gate", {"leg": party.leg, "open": flag(party.tap.gate_open)})
    if party.tap.secure:
        tap.note("secure", {"leg": party.leg, "on": flag(True)})


def _note_all(leg: Tapped) -> None:
    note_format(leg)
    note_voice(leg.tap, leg)
    note_seat(leg)


def flag(value: object) -> str:
    """A truth value as the timeline writes it."""
    return "true" if value else "false"
