"""What the recording of a call leaves in writing: facts, proofs of consent, head and notes of the journal."""

from pbx.call.context import CallContext, Wall
from pbx.call.effects import Audit, CallEffect, SaveConsent
from pbx.call.pause import MAX_REASON
from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentProof
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Ids, LegId, RecordingId, hex_id
from pbx.media.effects import NoteInRecording, StartRecording
from pbx.recording.journal import FIRST_CHAPTER

UNSPOKEN = "consent.unspoken"  # the fact that somebody was not told, for want of words in his language
KEPT_SILENCE_MS = 1000  # at the end of a message


class RecordingFacts:
    """Writes for one call, and remembers the proofs that its record names."""

    __slots__ = ("_call", "_context", "_ids", "_wall", "consents")

    def __init__(self, call: CallId, context: CallContext, ids: Ids, wall: Wall) -> None:
        self._call, self._context, self._ids, self._wall = call, context, ids, wall
        self.consents: list[str] = []

    def proof(self, proof: ConsentProof, now: float) -> list[CallEffect]:
        """Keep what a party was told and what it answered."""
        record = ConsentRecord(
            consent=hex_id(self._ids),
            call=self._call,
            tenant=self._context.tenant,
            at=self._wall.time(now),
            proof=self._context.stamped(proof),
        )
        self.consents.append(record.consent)
        told = self._context.told_of | ({"act": proof.act} if proof.act else {})
        fact = self.audit(f"consent.{proof.state}", consent=record.consent, mode=proof.decision.mode, **told)
        kept: list[CallEffect] = [SaveConsent(record=record), fact]
        if proof.missing:  # nobody hears that he is not recorded, so somebody has to see it (C-05)
            kept.append(self.audit(UNSPOKEN, consent=record.consent, language=proof.missing))
        return kept

    def order(
        self,
        recording: RecordingId,
        leg: LegId,
        kind: str,
        now: float,
        *,
        each_own: bool = False,
        chapter: int = FIRST_CHAPTER,
    ) -> StartRecording:
        """What a journal begins with."""
        return StartRecording(
            recording=recording,
            leg=leg,
            tenant=self._context.tenant,
            call=self._call,
            kind=kind,
            recipients=self._context.recipients,
            started_at=self._wall.time(now).isoformat(),
            policy=self._context.policy,
            max_silence_ms=KEPT_SILENCE_MS if kind == "voicemail" else None,
            each_own=each_own,
            chapter=chapter,
        )

    def ordered(self, actor: str, reason: str, *, on: bool) -> Audit:
        """Somebody who may has asked for the recording, or for its end."""
        kind = "recording.ordered" if on else "recording.order_ended"
        return self.audit(kind, actor=actor, reason=reason[:MAX_REASON])

    def refused(self, actor: str, reason: str) -> Audit:
        """Somebody has asked in vain."""
        return self.audit("recording.refused", actor=actor, reason=reason)

    def paused(self, recording: RecordingId | None, actor: str, reason: str) -> Audit:
        """A pause begins."""
        by = {"recording": recording or "", "actor": actor, "reason": reason[:MAX_REASON]}
        return self.audit("recording.paused", **by)

    def resumed(self, recording: RecordingId | None, actor: str, reason: str, lasted_s: float) -> Audit:
        """A pause is over."""
        by = {"recording": recording or "", "actor": actor, "reason": reason[:MAX_REASON]}
        return self.audit("recording.resumed", **by, seconds=f"{lasted_s:.1f}")

    def audit(self, kind: str, **details: str) -> Audit:
        """A fact for the audit log."""
        fact = AuditFact(kind=kind, call=self._call, tenant=self._context.tenant, details=dict(details))
        return Audit(fact=fact)


def note(recording: RecordingId | None, kind: str, **details: str) -> list[CallEffect]:
    """A note in the journal, if there is one."""
    return [NoteInRecording(recording=recording, kind=kind, details=details)] if recording is not None else []
