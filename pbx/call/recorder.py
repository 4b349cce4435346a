"""The recorder of a call: one recording at a time, its pause, and how it ends."""

from datetime import datetime
from typing import Literal

from pbx.call.beeping import Beeping
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect, CountMessages, SaveMessage
from pbx.call.pause import Pause, Paused
from pbx.call.record import Message
from pbx.call.recording_facts import RecordingFacts, note
from pbx.call.ruling import Ruling
from pbx.core.ids import CallId, Ids, LegId, RecordingId, hex_id
from pbx.media.effects import MoveRecording, StartRecording, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped
from pbx.recording.journal import FIRST_CHAPTER, MAX_CHAPTER
from pbx.recording.rules import CallFacts

NO_KEY = "no recording key"


class Recorder:
    """Orders journals of the media worker; whose voice is in them is decided elsewhere."""

    __slots__ = (
        "_beeping",
        "_box",
        "_call",
        "_chapter",
        "_context",
        "_each_own",
        "_ids",
        "_leg",
        "_pause",
        "_wall",
        "facts",
        "first",
        "kind",
        "reason",
        "recording",
        "ruling",
        "state",
    )

    def __init__(
        self, whose: tuple[CallId, CallContext], by: tuple[Ids, Wall], known: CallFacts, beeping: Beeping
    ) -> None:
        self._call, self._context = whose
        self._ids, self._wall = by
        self._beeping = beeping
        self.facts = RecordingFacts(*whose, *by)
        self.ruling = Ruling(*whose, self._ids, known)
        self.recording: RecordingId | None = None
        self.first: RecordingId | None = None  # of the call; a message left later has its own
        self.kind = ""
        self._box = ""
        self._leg: LegId | None = None  # that is journalled
        self._each_own = False  # it began in a room
        self._chapter = FIRST_CHAPTER
        self._pause = Pause()
        self.state = "none"
        self.reason = ""

    @property
    def may_begin(self) -> bool:
        """Whether there is a key that a recording can be sealed for."""
        return bool(self._context.recipients)

    def fails(self, reason: str) -> list[CallEffect]:
        """A recording is wanted and not even tried."""
        self.state, self.reason = "failed", reason
        self.kind = self.kind or "call"
        return [self.facts.audit("recording.failed", reason=reason)]

    @property
    def is_running(self) -> bool:
        """A journal is open or being opened."""
        return self.state in ("starting", "recording")

    @property
    def paused(self) -> Paused | None:
        """The pause that runs, if one does."""
        return self._pause.running

    @property
    def has_key(self) -> bool:
        """Whether anything can be recorded: for nobody to read is not recorded at all."""
        return bool(self._context.recipients)

    @property
    def tapped(self) -> LegId | None:
        """The leg whose journal it is."""
        return self._leg if self.is_running else None

    @property
    def is_message(self) -> bool:
        """Whether what is being kept is a message for a box."""
        return self.is_running and self.kind != "call"

    def time(self, now: float) -> datetime:
        """The wall-clock time of monotonic second `now`."""
        return self._wall.time(now)

    @property
    def why(self) -> str:
        """Why a call was not recorded, or not to its end; "" = there is nothing to explain."""
        is_plain = self.first is not None or self._context.recording.is_plain
        return self.reason or ("" if is_plain else self.ruling.decision.reason)

    def start(self, leg: LegId, kind: str, now: float) -> list[CallEffect]:
        """Open a journal on `leg`, unless one is open: a second would make the first unstoppable."""
        if self.is_running:
            return []
        decided = self.ruling.decide()
        if kind == "call" and not self.ruling.is_wanted:
            self.state = "off" if self.ruling.decision.mode == "off" else self.state
            return decided
        self.kind, self._leg = kind, leg
        if not self.may_begin:
            return [*decided, *self.fails(NO_KEY)]
        self.recording, self._chapter = RecordingId(hex_id(self._ids)), FIRST_CHAPTER
        self.first = self.first or self.recording
        self.state = "starting"
        return [*decided, self._order(self.recording, leg, now), *self._beep()]

    def _order(self, recording: RecordingId, leg: LegId, now: float) -> StartRecording:
        own, chapter = self._each_own, self._chapter
        return self.facts.order(recording, leg, self.kind, now, each_own=own, chapter=chapter)

    def _beep(self) -> list[CallEffect]:
        is_call = self.is_running and self.kind == "call"
        return self._beeping.follow(self.recording if is_call else None)

    def follow(self, leaves: LegId, stays: LegId) -> list[CallEffect]:
        """A party is about to leave a call that goes on: so does the recording, on the one that stays."""
        return self._move(stays) if self.is_running and self._leg == leaves else []

    def _move(self, leg: LegId) -> list[CallEffect]:
        self._leg = leg
        return [MoveRecording(recording=self.recording, leg=leg)] if self.recording is not None else []

    def resume_at(self, leg: LegId, now: float) -> list[CallEffect]:
        """The worker died with the leg that was recorded; another leg of the room has a port again."""
        self._leg = leg
        return self.resume(leg, now)

    def resume(self, leg: LegId, now: float) -> list[CallEffect]:
        """The worker that recorded a leg is lost or drains: the next one writes the next chapter.

        Behind the last chapter that there can be, the rest of the call is another recording.
        """
        broken = self.recording
        if not self.is_running or self._leg != leg or broken is None:
            return []
        fact = self.facts.audit("recording.interrupted", recording=broken)
        silenced = self._silence(True) if self._pause.running else []
        if self._chapter == MAX_CHAPTER:
            return [fact, *self._anew(leg, now), *silenced]
        self._chapter += 1
        self.state = "starting"
        self._beeping.renew()
        order = self._order(broken, leg, now)
        return [fact, order, *self._beep(), *silenced]

    def _anew(self, leg: LegId, now: float) -> list[CallEffect]:
        self.state = "none"
        if self.kind == "voicemail":
            return self.take_message(leg, self._box, now)
        return self.start(leg, self.kind, now)

    def take_message(self, leg: LegId, box: str, now: float) -> list[CallEffect]:
        """Record a message for a box, which is kept at once: after a crash the message finds it."""
        started = self.start(leg, "voicemail", now)
        if not self.is_running or self.recording is None:
            return started
        self._box = box
        message = Message(recording=self.recording, tenant=self._context.tenant, box=box)
        return [*started, SaveMessage(message=message)]

    def stop(self, state: str) -> list[CallEffect]:
        """Close the journal, if any; `state` goes into the call record."""
        if not self.is_running or self.recording is None:
            if self.state == "none" and state != "recorded":  # nothing was recorded, so nothing is
                self.state = state
            return []
        self.state = state
        self._pause.end()
        counted: list[CallEffect] = []
        if self.kind == "voicemail":
            tenant = self._context.tenant
            counted.append(CountMessages(tenant=tenant, box=self._box, after=self.recording))
        return [StopRecording(recording=self.recording), *counted]

    def stop_before(self, reason: str) -> list[CallEffect]:
        """Others will be heard who have not agreed: what was recorded until now is kept, no more follows."""
        if not self.is_running:
            return []
        self.reason = reason
        fact = self.facts.audit("recording.stopped", recording=self.recording or "", reason=reason)
        return [*self.stop("recorded"), fact]

    def give_up(self, reason: str) -> list[CallEffect]:
        """The worker does not say whether it records: make sure that it does not."""
        stopped = self.stop("failed")
        self.reason = reason
        return [*stopped, self.facts.audit("recording.failed", recording=self.recording or "", reason=reason)]

    @property
    def deadline(self) -> float | None:
        """When a pause has lasted too long."""
        return self._pause.deadline

    def tick(self, now: float) -> list[CallEffect]:
        """A forgotten pause ends by itself, on the record."""
        if not self._pause.overdue(now):
            return []
        return [self.facts.audit("recording.pause_overdue"), *self.unpause("system", "too long", now)]

    def pause(self, actor: str, reason: str, now: float) -> list[CallEffect]:
        """Keep nothing but time, until somebody says otherwise; a message is never paused."""
        if not self.is_running or self.kind != "call" or not self._pause.begin(actor, reason, now):
            return []
        return [*self._silence(True), self.facts.paused(self.recording, actor, reason)]

    def unpause(self, actor: str, reason: str, now: float) -> list[CallEffect]:
        """Go on with a recording that was paused."""
        ended = self._pause.end()
        if ended is None:
            return []
        fact = self.facts.resumed(self.recording, actor, reason, now - ended.since)
        return [*self._silence(False), fact]

    def _silence(self, on: bool) -> list[CallEffect]:
        return note(self.recording, "pause", on=str(on).lower())

    def _note(self, kind: str, party: str) -> list[CallEffect]:
        return note(self.recording, kind, party=party) if self.is_running else []

    def fax(self, what: Literal["begins", "ends"]) -> list[CallEffect]:
        """Between the two there is no audio to be recorded, and the pages are not."""
        return note(self.recording, "fax", what=what) if self.is_running else []

    def handle(self, event: RecordingStarted | RecordingFailed | RecordingStopped) -> list[CallEffect]:
        """Facts about the journal from the media worker."""
        if event.recording != self.recording:
            return []
        if isinstance(event, RecordingStarted) and self.state == "starting":
            self.state = "recording"
            return [self.facts.audit("recording.started", recording=event.recording)]
        if isinstance(event, RecordingFailed):
            self.state, self.reason = "failed", event.reason
            self._pause.end()
            ended = {"recording": event.recording, "chapter": str(self._chapter)}
            return [self.facts.audit("recording.failed", **ended, reason=event.reason)]
        return []
