"""What of a call is recorded: the recording's state, and a gate per leg that consent opens."""

from datetime import datetime

from pbx.call.context import CallContext, Wall
from pbx.call.effects import Audit, CallEffect, CountMessages, SaveConsent, SaveMessage
from pbx.call.record import ConsentRecord, Message
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Ids, LegId, RecordingId, hex_id
from pbx.media.effects import NoteInRecording, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped

# Modes in which our own announcement may already be captured before the party has answered: the gate
# of the party stays shut, and the announcement itself belongs into the recording (RCW 9.73.030(3)).
ANNOUNCE_INSIDE = frozenset({"none", "notify", "notify_optout"})


class Capture:
    """At most one recording at a time; consent proofs as they come."""

    __slots__ = (
        "_box",
        "_call",
        "_context",
        "_ids",
        "_wall",
        "first",
        "consents",
        "granted",
        "kind",
        "reason",
        "recording",
        "state",
    )

    def __init__(self, call: CallId, context: CallContext, ids: Ids, wall: Wall) -> None:
        self._call, self._context, self._ids, self._wall = call, context, ids, wall
        self.recording: RecordingId | None = None
        self.first: RecordingId | None = None  # of the call; a message left later has its own
        self.kind = ""
        self._box = ""
        self.state = "none"
        self.reason = ""
        self.granted = False
        self.consents: list[str] = []

    @property
    def is_running(self) -> bool:
        """A journal is open or being opened."""
        return self.state in ("starting", "recording")

    def time(self, now: float) -> datetime:
        """The wall-clock time of monotonic second `now`."""
        return self._wall.time(now)

    def announce(self, leg: LegId, decision: ConsentDecision, now: float) -> list[CallEffect]:
        """The consent dialogue begins."""
        return self.start(leg, "call", now) if decision.mode in ANNOUNCE_INSIDE else []

    def settle(self, leg: LegId, proof: ConsentProof, record: bool, now: float) -> list[CallEffect]:
        """The consent dialogue ended: open the gate, or make sure that nothing is kept of the party."""
        effects = self._keep_proof(proof, now)
        self.granted = record
        if not record:
            self.reason = f"{proof.decision.mode}: {proof.state}"
            return [*effects, *self.stop("not_consented")]
        if not self.is_running and self.state not in ("failed", "off"):
            effects += self.start(leg, "call", now)
        return [*effects, *self._note(f"consent.{proof.state}", proof.party), SetGate(leg=leg, open=True)]

    def agent_joined(
        self, leg: LegId, extension: str, decision: ConsentDecision | None, now: float
    ) -> list[CallEffect]:
        """A colleague was bridged in; his standing notice decides about his gate (compliance §3.3)."""
        if not self.is_running or decision is None or self.kind != "call":
            return []
        informed = extension in self._context.staff_acknowledged
        proof = ConsentProof(
            party="agent",
            decision=decision,
            state="granted" if informed else "unknown",
            prompt=f"staff notice {self._context.staff_notice}" if informed else "",
            prompt_sha256="",
            language=self._context.language,
            played_ms=0,
        )
        effects = [*self._keep_proof(proof, now), *self._note("party.joined", "agent")]
        return [*effects, SetGate(leg=leg, open=True)] if informed else effects

    def start(self, leg: LegId, kind: str, now: float) -> list[CallEffect]:
        """Open a journal on `leg`, unless one is open: a second would make the first unstoppable."""
        if self.is_running:
            return []
        if kind == "call" and not self._context.records_calls:
            self.state = "off"
            return []
        self.kind = kind
        if not self._context.recipients:
            self.state, self.reason = "failed", "no recording key"
            return [self._audit("recording.failed", reason=self.reason)]
        self.recording = RecordingId(hex_id(self._ids))
        self.first = self.first or self.recording
        self.state = "starting"
        order = StartRecording(
            recording=self.recording,
            leg=leg,
            tenant=self._context.tenant,
            call=self._call,
            kind=kind,
            recipients=self._context.recipients,
            started_at=self._wall.time(now).isoformat(),
        )
        return [order]

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
        counted: list[CallEffect] = []
        if self.kind == "voicemail":
            tenant = self._context.tenant
            counted.append(CountMessages(tenant=tenant, box=self._box, after=self.recording))
        return [StopRecording(recording=self.recording), *counted]

    def give_up(self, reason: str) -> list[CallEffect]:
        """The worker does not say whether it records: make sure that it does not."""
        stopped = self.stop("failed")
        self.reason = reason
        return [*stopped, self._audit("recording.failed", recording=self.recording or "", reason=reason)]

    def handle(self, event: RecordingStarted | RecordingFailed | RecordingStopped) -> list[CallEffect]:
        """Facts about the journal from the media worker."""
        if event.recording != self.recording:
            return []
        if isinstance(event, RecordingStarted) and self.state == "starting":
            self.state = "recording"
            return [self._audit("recording.started", recording=event.recording)]
        if isinstance(event, RecordingFailed):
            self.state, self.reason = "failed", event.reason
            return [self._audit("recording.failed", recording=event.recording, reason=event.reason)]
        return []

    def _keep_proof(self, proof: ConsentProof, now: float) -> list[CallEffect]:
        record = ConsentRecord(
            consent=hex_id(self._ids),
            call=self._call,
            tenant=self._context.tenant,
            at=self._wall.time(now),
            proof=proof,
        )
        self.consents.append(record.consent)
        fact = self._audit(f"consent.{proof.state}", consent=record.consent, mode=proof.decision.mode)
        return [SaveConsent(record=record), fact]

    def _note(self, kind: str, party: str) -> list[CallEffect]:
        if self.recording is None:
            return []
        return [NoteInRecording(recording=self.recording, kind=kind, details={"party": party})]

    def _audit(self, kind: str, **details: str) -> Audit:
        fact = AuditFact(kind=kind, call=self._call, tenant=self._context.tenant, details=dict(details))
        return Audit(fact=fact)
