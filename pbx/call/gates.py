"""Gates of a call: one per leg, that consent opens; nothing is kept of a leg whose gate is shut."""

from collections.abc import Iterable, Sequence

from pbx.call.agreements import NOTHING_KNOWN, Agreements
from pbx.call.beeping import Beeping
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect, KeepRefusal
from pbx.call.leg import Leg
from pbx.call.recorder import Recorder
from pbx.call.recording_facts import note
from pbx.call.refusals import Refusals
from pbx.consent.effects import ConsentDecision, ConsentProof, ConsentState
from pbx.core.ids import CallId, Ids, LegId, RecordingId
from pbx.media.effects import SetGate
from pbx.recording.own_channels import SEATED
from pbx.recording.rules import CallFacts


class Gates(Recorder):
    """Which are open, and what the parties behind them have said."""

    __slots__ = ("_agreements", "_has_kept", "_named", "_open")

    def __init__(
        self,
        call: CallId,
        context: CallContext,
        ids: Ids,
        wall: Wall,
        *,
        facts: CallFacts = NOTHING_KNOWN,
        refusals: Refusals | None = None,
    ) -> None:
        self._agreements = Agreements(context, refusals, facts)
        super().__init__((call, context), (ids, wall), facts, Beeping(context, self._agreements))
        self._open: frozenset[LegId] = frozenset()  # gates that we have opened
        self._named: set[tuple[RecordingId | None, LegId]] = set()  # what he is called, it says already
        self._has_kept = False  # since the journal began, a gate was open

    def heard(self, leg: LegId, proof: ConsentProof, record: bool, now: float) -> list[CallEffect]:
        """Keep what a party was told and answered; what may be kept of it depends on others too."""
        self._agreements.settled(leg, proof, record=record)
        kept = self.facts.proof(proof, now)
        return [*kept, *(self._remembered(leg, refuses=False) if proof.state == "granted" else [])]

    def _remembered(self, leg: LegId, *, refuses: bool) -> list[CallEffect]:
        number = self._agreements.remember(leg, refuses=refuses)
        tenant, consent = self._context.tenant, self.facts.consents[-1]
        kept = KeepRefusal(tenant=tenant, number=number, call=self._call, consent=consent, refuses=refuses)
        return [kept] if number else []

    def recalled(self, leg: Leg) -> ConsentProof | None:
        """That a party refuses already, None = it does not."""
        return self._agreements.recalled(leg)

    def refusing(self) -> tuple[LegId, ...]:
        """Who of this call does not want to be recorded."""
        return self._agreements.refusing()

    @property
    def unwilling(self) -> frozenset[LegId]:
        """Who has said no, or is left out of what runs."""
        return frozenset(self._agreements.refusing()) | self._agreements.left_out

    def inherit(self, other: "Gates", legs: Iterable[LegId]) -> None:
        """These parties come from another call: what they have said there, they have said here."""
        self._agreements.inherit(other._agreements, legs, is_recorded=other.is_running)

    def standing(self, leg: Leg) -> ConsentState:
        """What one of this call's parties was told and has said, for the calls of those whom it meets."""
        return self._agreements.state(leg)

    def at_door(self, leg: Leg, state: ConsentState, present: Iterable[Leg]) -> ConsentDecision | None:
        """By which rule somebody who is outside yet is told or asked of what runs inside, None = by none."""
        return self._agreements.at_door(leg, state, present) if self.keeps_call else None

    def shuts_out(self, leg: Leg, state: ConsentState, present: Iterable[Leg]) -> bool:
        """Whether somebody who has not agreed may not come in to what has to be recorded."""
        return self.keeps_call and self._agreements.shuts_out(leg, state, present)

    def _gates(self, legs: Iterable[Leg]) -> list[CallEffect]:
        return [self._gate(leg.id, self._agreements.permits(leg.id)) for leg in legs]

    def _said(self, proof: ConsentProof, now: float) -> list[CallEffect]:
        return [*self.facts.proof(proof, now), *self._note(f"consent.{proof.state}", proof.party)]

    def absent(self, leg: LegId) -> None:
        """A leg has no media for the moment: its gate is shut where it comes back."""
        self._open -= {leg}

    def resume(self, leg: LegId, now: float) -> list[CallEffect]:
        """The next worker goes on; what the last one was told of names may be lost with its last packets."""
        self._named.clear()
        return super().resume(leg, now)

    def _names(self, legs: Sequence[Leg]) -> list[CallEffect]:
        """Say once what those are called who may have a channel of their own."""
        new = [leg for leg in legs if leg.id != self._leg and (self.recording, leg.id) not in self._named]
        self._named |= {(self.recording, leg.id) for leg in new}
        return [done for leg in new for done in note(self.recording, SEATED, leg=leg.id, party=leg.party)]

    def _shut(self, *legs: LegId) -> list[CallEffect]:
        """Before a journal begins: a gate may be open from another recording, or from another call."""
        self._has_kept = False
        return [self._gate(one, False) for one in sorted(self._open.union(legs))]

    def forget(self, leg: LegId) -> list[CallEffect]:
        """Somebody new speaks on a leg that waits or talks with a flow: what was agreed was not with him."""
        self._agreements.forget(leg)
        return [self._gate(leg, False)] if leg in self._open else []

    @property
    def opened_gates(self) -> frozenset[LegId]:
        """Whose gate this recording wants open, parties of other calls among them."""
        return self._open

    @property
    def keeps_call(self) -> bool:
        """Whether a call is recorded, and not a message."""
        return self.is_running and not self.is_message

    def keeps(self, leg: LegId) -> bool:
        """Whether what a leg's party says is in the recording that runs, but for pauses and its own wish."""
        return self.is_running and (leg == self._leg if self.is_message else leg in self._open)

    def objection(self, watcher: Leg, talkers: tuple[Leg, ...]) -> str:
        """Return why nobody may watch, "" = he may; asked of every call, recorded or not."""
        if any(leg.is_help for leg in talkers):  # nobody is asked there, so the tenant has to have decided it
            desk = self._context.help_desk
            return "" if desk is not None and desk.may_listen else "a call for help"
        return self._agreements.objection(watcher, talkers)

    def notice(self, watcher: Leg, state: ConsentState, talkers: tuple[Leg, ...]) -> ConsentDecision | None:
        """By which rule a watcher is told or asked of the recording that runs, before he sits down."""
        return self._agreements.notice(watcher, state, talkers) if self.keeps_call else None

    def heard_elsewhere(self, watcher: Leg, state: ConsentState) -> None:
        """A watcher has been told or asked in his own call; who was not has only the notice."""
        self._agreements.heard_elsewhere(watcher.id, state)

    def _gate(self, leg: LegId, is_open: bool) -> SetGate:
        self._open = self._open | {leg} if is_open else self._open - {leg}
        self._has_kept = self._has_kept or is_open
        return SetGate(leg=leg, open=is_open)

    def opened(self, leg: LegId) -> list[CallEffect]:
        """Tell another media worker that it may keep what a leg's party says, if it may."""
        return [SetGate(leg=leg, open=True)] if leg in self._open else []
