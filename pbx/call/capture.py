"""What of a call is recorded: the recording's state, and a gate per leg that consent opens."""

from datetime import datetime
from typing import Literal

from pbx.call.agreements import ANNOUNCE_INSIDE, Agreements
from pbx.call.beeping import Beeping
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect, CountMessages, SaveMessage
from pbx.call.leg import Leg
from pbx.call.pause import Pause, Paused
from pbx.call.record import Message
from pbx.call.recording_facts import RecordingFacts, note
from pbx.call.ruling import Ruling
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.ids import CallId, Ids, LegId, RecordingId, hex_id
from pbx.media.effects import MoveRecording, SetGate, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped
from pbx.recording.rules import CallFacts

NOTHING_KNOWN = CallFacts()
Untold = tuple[tuple[Leg, ConsentDecision], ...]  # who has to be told, and by which rule
NOBODY = "nobody of those who talk may be recorded"


class Capture:
    """At most one recording at a time; consent proofs as they come."""

    __slots__ = (
        "_agreements",
        "_beeping",
        "_box",
        "_call",
        "_context",
        "_ids",
        "_leg",
        "_open",
        "_pause",
        "_wall",
        "facts",
        "first",
        "granted",
        "kind",
        "reason",
        "recording",
        "ruling",
        "state",
    )

    def __init__(
        self, call: CallId, context: CallContext, ids: Ids, wall: Wall, *, facts: CallFacts = NOTHING_KNOWN
    ) -> None:
        self._call, self._context, self._ids, self._wall = call, context, ids, wall
        self.facts = RecordingFacts(call, context, ids, wall)
        self.recording: RecordingId | None = None
        self.first: RecordingId | None = None  # of the call; a message left later has its own
        self.kind = ""
        self._box = ""
        self._agreements = Agreements(context)
        self._beeping = Beeping(context, self._agreements)
        self._leg: LegId | None = None  # that is journalled
        self._open: frozenset[LegId] = frozenset()  # gates that we have opened
        self._pause = Pause()
        self.ruling = Ruling(call, context, ids, facts)
        self.state = "none"
        self.reason = ""
        self.granted = False

    @property
    def is_running(self) -> bool:
        """A journal is open or being opened."""
        return self.state in ("starting", "recording")

    @property
    def paused(self) -> Paused | None:
        """The pause that runs, if one does."""
        return self._pause.running

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

    def announce(self, leg: LegId, decision: ConsentDecision, now: float) -> list[CallEffect]:
        """The consent dialogue begins."""
        return self.start(leg, "call", now) if decision.mode in ANNOUNCE_INSIDE else []

    def settle(self, leg: LegId, proof: ConsentProof, record: bool, now: float) -> list[CallEffect]:
        """The consent dialogue ended: open the gate, or make sure that nothing is kept of the party."""
        effects = self.heard(leg, proof, record, now)
        self.granted = record
        if not record:
            self.reason = f"{proof.decision.mode}: {proof.state}"
            return [*effects, *self.stop("not_consented")]
        if not self.is_running and self.state != "failed":
            effects += self.start(leg, "call", now)
        effects += self._note(f"consent.{proof.state}", proof.party)
        return [*effects, *self._beep(), self._gate(leg, True)]

    def heard(self, leg: LegId, proof: ConsentProof, record: bool, now: float) -> list[CallEffect]:
        """Keep what a party was told and answered; what may be kept of it depends on others too."""
        self._agreements.settled(leg, proof, record=record)
        return self.facts.proof(proof, now)

    def joined(self, leg: Leg, other: Leg, now: float) -> list[CallEffect]:
        """`leg` was bridged with `other`: whose voice is kept is decided anew, by the rules of both.

        A gate that has to shut does so whatever it was before: `leg` may come from another recorded call.
        """
        if leg.is_help or other.is_help:
            self.ruling.calls_for_help()
        decided = self.ruling.decide((leg.party, other.party))
        before = self._agreements.decision
        if not self.is_running or before is None or self.kind != "call":
            return decided
        if not self.ruling.is_wanted:
            return [*decided, *self.stop_before(self.ruling.decision.reason)]
        return [*decided, *self._goes_on(leg, other, before, now)]

    def _goes_on(self, leg: Leg, other: Leg, before: ConsentDecision, now: float) -> list[CallEffect]:
        proof = self._agreements.joined(leg, other)
        effects = self.facts.proof(proof, now)
        if proof.decision.mode != before.mode:
            regions = " ".join(proof.decision.regions)
            effects.append(self.facts.audit("consent.resolved", mode=proof.decision.mode, regions=regions))
        effects += [*self._note("party.joined", proof.party), *self._beep()]
        if self._leg not in (leg.id, other.id):
            effects += self._move(other.id)
        is_open = {leg.id: None, other.id: other.id in self._open}
        wanted = {party: self._agreements.permits(party) for party in is_open}
        return [*effects, *(self._gate(one, is_on) for one, is_on in wanted.items() if is_on != is_open[one])]

    def begin(self, leg: Leg, other: Leg, now: float) -> tuple[list[CallEffect], Untold]:
        """Two talk: record them if the rules say so; return also who has to be told of it before."""
        if not self.ruling.is_due or self.is_message or self._agreements.refused(leg, other):
            return [], ()
        decision, proofs = self._agreements.meet(leg, other)
        effects = [effect for proof in proofs for effect in self.facts.proof(proof, now)]
        untold = self._agreements.untold(other, leg)
        if not untold and not any(self._agreements.permits(one.id) for one in (leg, other)):
            self.reason = self.reason or NOBODY
            return effects, ()
        if not untold:
            return [*effects, *self._begin(other.id, now, leg.id), *self.told(leg, other)], ()
        if decision.mode in ANNOUNCE_INSIDE or not self._context.recipients:
            effects += self._begin(untold[0].id, now, leg.id, other.id)
        elif not self.is_running:
            effects += self._shut(leg.id, other.id)
        return effects, tuple((one, decision) for one in untold if self.state != "failed")

    def begin_alone(self, leg: LegId, now: float) -> list[CallEffect] | None:
        """Record a caller who talks with a flow; None = he was told nothing, or does not want it."""
        if not self._agreements.permits(leg):
            return None
        return [*self._begin(leg, now), self._gate(leg, True)]

    def _begin(self, leg: LegId, now: float, *others: LegId) -> list[CallEffect]:
        started = self.start(leg, "call", now)
        return [*(self._shut(leg, *others) if started else []), *started]

    def _shut(self, *legs: LegId) -> list[CallEffect]:
        """Before a journal begins: a gate may be open from another recording, or from another call."""
        return [self._gate(one, False) for one in sorted(self._open.union(legs))]

    def told(self, leg: Leg, other: Leg) -> list[CallEffect]:
        """Everybody knows: open the gates of those who may be kept."""
        may = [one.id for one in (leg, other) if self._agreements.permits(one.id)]
        return [self._gate(one, True) for one in may if one not in self._open] if self.is_running else []

    def forget(self, leg: LegId) -> list[CallEffect]:
        """Somebody new speaks on a leg that waits or talks with a flow: what was agreed was not with him."""
        self._agreements.forget(leg)
        return [self._gate(leg, False)] if leg in self._open else []

    def objection(self, watcher: Leg, talkers: tuple[Leg, ...]) -> str:
        """Return why nobody may watch, "" = he may; asked of every call, recorded or not."""
        return self._agreements.objection(watcher, talkers)

    def watched(self, watcher: Leg, talkers: tuple[Leg, ...], now: float) -> list[CallEffect]:
        """Somebody sits down beside two who talk: a party (R-27), kept where he was told of it.

        What is recorded goes on at the last of `talkers`, who never hears a whisper.
        """
        if not self.is_running or self._agreements.decision is None or self.kind != "call":
            return []
        proof = self._agreements.joined(watcher, *talkers)
        effects = [*self.facts.proof(proof, now), *self._note("watcher.joined", watcher.party)]
        effects += self.follow(talkers[0].id, talkers[-1].id)
        return [*effects, self._gate(watcher.id, self._agreements.permits(watcher.id))]

    def unwatched(self, watcher: Leg) -> list[CallEffect]:
        """He is gone."""
        self._open -= {watcher.id}
        return self._note("watcher.left", watcher.party)

    def follow(self, leaves: LegId, stays: LegId) -> list[CallEffect]:
        """A party is about to leave a call that goes on: so does the recording, on the one that stays."""
        return self._move(stays) if self.is_running and self._leg == leaves else []

    def _move(self, leg: LegId) -> list[CallEffect]:
        self._leg = leg
        return [MoveRecording(recording=self.recording, leg=leg)] if self.recording is not None else []

    def _gate(self, leg: LegId, is_open: bool) -> SetGate:
        self._open = self._open | {leg} if is_open else self._open - {leg}
        return SetGate(leg=leg, open=is_open)

    def start(self, leg: LegId, kind: str, now: float) -> list[CallEffect]:
        """Open a journal on `leg`, unless one is open: a second would make the first unstoppable."""
        if self.is_running:
            return []
        decided = self.ruling.decide()
        if kind == "call" and not self.ruling.is_wanted:
            self.state = "off" if self.ruling.decision.mode == "off" else self.state
            return decided
        self.kind, self._leg = kind, leg
        if not self._context.recipients:
            self.state, self.reason = "failed", "no recording key"
            return [*decided, self.facts.audit("recording.failed", reason=self.reason)]
        self.recording = RecordingId(hex_id(self._ids))
        self.first = self.first or self.recording
        self.state = "starting"
        order = self.facts.order(self.recording, leg, kind, now)
        return [*decided, order, *self._beep()]

    def _beep(self) -> list[CallEffect]:
        is_call = self.is_running and self.kind == "call"
        return self._beeping.follow(self.recording if is_call else None)

    def opened(self, leg: LegId) -> list[CallEffect]:
        """Tell another media worker that it may keep what a leg's party says, if it may."""
        return [SetGate(leg=leg, open=True)] if leg in self._open else []

    def resume(self, leg: LegId, now: float) -> list[CallEffect]:
        """The worker that recorded a leg died: its journal is finished as it is, another one goes on."""
        broken = self.recording
        if not self.is_running or self._leg != leg or broken is None:
            return []
        self.state = "none"
        fact = self.facts.audit("recording.interrupted", recording=broken)
        is_message = self.kind == "voicemail"
        again = self.take_message(leg, self._box, now) if is_message else self.start(leg, self.kind, now)
        if self.recording is None or self.recording == broken:
            return [fact, *again]
        gap = note(self.recording, "recording.continues", after=broken)
        return [fact, *again, *(self._silence(True) if self._pause.running else []), *gap]

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
            return [self.facts.audit("recording.failed", recording=event.recording, reason=event.reason)]
        return []
