"""What of a call is recorded: a gate per leg that consent opens."""

from collections.abc import Iterable, Mapping, Sequence

from pbx.call.agreements import ANNOUNCE_INSIDE, NOTHING_KNOWN, TOLD
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect
from pbx.call.gate_order import shut_first
from pbx.call.gates import Gates
from pbx.call.joining import Meeting, newcomers_first
from pbx.call.leg import Leg
from pbx.call.refusals import Refusals
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentDecision, ConsentProof, ConsentSettled, ConsentState
from pbx.core.ids import CallId, Ids, LegId
from pbx.recording.rules import CallFacts

Untold = tuple[tuple[Leg, ConsentDecision], ...]  # who has to be told, and by which rule
NOBODY = "nobody of those who talk may be recorded"
JOINER = "who joined has not agreed"
REFUSES = "a party does not want to be recorded"


class Capture(Gates):
    """The recording of a call, kept to what the parties agreed to; consent proofs as they come."""

    __slots__ = ("_prepared", "granted")

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
        super().__init__(call, context, ids, wall, facts=facts, refusals=refusals)
        self._prepared: frozenset[LegId] = frozenset()  # for whom a journal was begun before they talk
        self.granted = False

    def may_keep(self, leg: Leg, other: Leg) -> bool:
        """Whether anything of two who should talk may be kept, once they know."""
        return self._agreements.foresee(leg, other) is not None

    def begins_at_once(self, leg: Leg, other: Leg) -> bool:
        """Whether the journal of two begins when they are put through, and waits for no consent."""
        return self._agreements.foresee(leg, other) == "at once"

    def prepare(self, leg: Leg, other: Leg, now: float) -> list[CallEffect]:
        """Two are about to be put through: open the journal; nobody's gate opens before they talk."""
        self._prepared = frozenset((leg.id, other.id))
        return [*self.ruling.decide((leg.party, other.party)), *self._begin(leg.id, now, other.id)]

    def ask(self, leg: Leg, purposes: tuple[str, ...]) -> tuple[ConsentDialogue, ConsentDecision]:
        """A flow wants its caller recorded: what he is told or asked, and by which rule."""
        self.ruling.purposes = purposes
        machine, decision = self._agreements.ask(leg, purposes)
        self.ruling.is_mandatory = decision.mandatory
        return machine, decision

    @property
    def is_mandatory(self) -> bool:
        """Whether the law wants the call recorded, whoever withdraws."""
        return self._agreements.is_mandatory

    @property
    def has_to_keep(self) -> bool:
        """Whether the law wants those recorded who talk now: it is done, or their call ends."""
        return self.is_mandatory and not self.is_message and (self.ruling.is_due or self.is_running)

    def announce(self, leg: LegId, decision: ConsentDecision, now: float) -> list[CallEffect]:
        """The consent dialogue begins."""
        return self.start(leg, "call", now) if decision.mode in ANNOUNCE_INSIDE else []

    def settle(self, leg: LegId, proof: ConsentProof, record: bool, now: float) -> list[CallEffect]:
        """The consent dialogue ended: open the gate, or make sure that nothing is kept of the party."""
        effects = self.heard(leg, proof, record, now)
        stays_refused = record and leg in self._agreements.refusing()
        self.granted = record = record and not stays_refused
        if not record:
            said = REFUSES if stays_refused else f"{proof.decision.mode}: {proof.state}"
            self.reason = self.reason or said if stays_refused else said
            return [*effects, *self.stop("not_consented")]
        if not self.is_running and self.state != "failed":
            effects += self.start(leg, "call", now)
        effects += self._note(f"consent.{proof.state}", proof.party)
        return [*effects, *self._beep(), self._gate(leg, True)]

    def withdraw(self, leg: Leg, other: Leg | None, by: tuple[str, str], now: float) -> list[CallEffect]:
        """A party that talks with `other` takes its consent back; `by` = which way, and which key.

        Its gate shuts first. Where the rule wants everybody's consent, or nobody is left to be kept, the
        recording ends. A message that it leaves is its own affair.
        """
        is_new = self._agreements.state(leg) == "unknown"
        proof = self._agreements.withdraw(leg, *by)
        if proof is None:
            return []
        shut: list[CallEffect] = [] if self.is_message else [self._gate(leg.id, False)]
        told = [*self.facts.proof(proof, now), *self._remembered(leg.id, refuses=True)]
        self.granted = False
        if not self.is_running or self.is_message:
            self.reason = self.reason or f"withdrawn by {proof.party}"
            return [*shut, *told]
        self.reason = f"withdrawn by {proof.party}"
        done = [*shut, *told, *self._note("consent.withdrawn", proof.party)]
        if is_new and other is not None and self._agreements.bars(leg):
            return [*done, *self._leave_out(leg, other)]
        is_lonely = other is not None and not self._agreements.permits(other.id)
        is_over = proof.decision.mode == "optin_all" or is_lonely
        return [*done, *(self.stop_before(self.reason) if is_over else [])]

    def joined(self, leg: Leg, other: Leg, now: float) -> list[CallEffect]:
        """`leg` was bridged with `other`: whose voice is kept is decided anew, by the rules of both.

        A gate that has to shut does so whatever it was before: `leg` may come from another recorded call.
        """
        if leg.is_help or other.is_help:
            self.ruling.calls_for_help()
        decided = self.ruling.decide((leg.party, other.party))
        before = self._agreements.decision
        if not self.is_running or before is None or self.kind != "call" or self._prepared:
            return decided
        if not self.ruling.is_wanted:
            return [*decided, *self.stop_before(self.ruling.decision.reason)]
        return [*decided, *self._goes_on(leg, other, before, now)]

    def _goes_on(self, leg: Leg, other: Leg, before: ConsentDecision, now: float) -> list[CallEffect]:
        effects = self._met([self._agreements.joined(leg, other)], before, now)
        if self._leg not in (leg.id, other.id):
            effects += self._move(other.id)
        is_open = {leg.id: None, other.id: other.id in self._open}
        wanted = {party: self._agreements.permits(party) for party in is_open}
        return [*effects, *(self._gate(one, is_on) for one, is_on in wanted.items() if is_on != is_open[one])]

    def _met(self, proofs: Sequence[ConsentProof], before: ConsentDecision, now: float) -> list[CallEffect]:
        """Parties are new in this recording, and maybe so is the rule."""
        effects = [effect for proof in proofs for effect in self.facts.proof(proof, now)]
        rule = self._agreements.decision
        if rule is not None and rule.mode != before.mode:
            effects.append(self._resolved(rule))
        noted = [done for proof in proofs for done in self._note("party.joined", proof.party)]
        return [*effects, *noted, *self._beep()]

    def _resolved(self, rule: ConsentDecision) -> CallEffect:
        return self.facts.audit("consent.resolved", mode=rule.mode, regions=" ".join(rule.regions))

    def among(
        self, legs: tuple[Leg, ...], told: Mapping[LegId, ConsentState], now: float
    ) -> list[CallEffect]:
        """A party of ours is in a room with these, itself among them; what was `told` to each."""
        before = self._agreements.decision
        if not self.is_running or before is None or self.kind != "call":
            return []
        if any(leg.is_help for leg in legs):
            self.ruling.calls_for_help()
        decided = self.ruling.decide(leg.party for leg in legs)
        if not self.ruling.is_wanted:
            return [*decided, *self.stop_before(self.ruling.decision.reason)]
        new, changed = self._agreements.among(legs, told)
        told_before = [proof for proof in new if proof.party == "other" and proof.state in TOLD]
        noted = [done for one in told_before for done in self._note(f"consent.{one.state}", one.party)]
        said = [effect for proof in changed for effect in self._said(proof, now)]
        return [*decided, *self._met(new, before, now), *noted, *said, *self._names(legs), *self._gates(legs)]

    @property
    def is_over_by_a_no(self) -> bool:
        """Whether nothing is recorded where somebody has joined who does not agree.

        What has to be recorded does not end so: he goes who does not agree.
        """
        return self._context.joiner == "stop_all" and not self.is_mandatory

    def bars(self, leg: Leg) -> bool:
        """Whether nothing of somebody from outside may be kept, whatever he is asked."""
        return self._agreements.bars(leg)

    def without(self, legs: Sequence[Leg]) -> list[CallEffect]:
        """These are in a room and do not agree: they have no say in what runs, or it is over."""
        self._agreements.left_out = {leg.id for leg in legs} if self.is_running else set()
        return self.stop_before(JOINER) if legs and self.is_over_by_a_no else []

    def meeting(
        self, legs: tuple[Leg, ...], told: Mapping[LegId, ConsentState]
    ) -> tuple[list[CallEffect], Meeting]:
        """These are in a room, where the recording may begin: by which rule, and who is in its way."""
        if any(leg.is_help for leg in legs):
            self.ruling.calls_for_help()
        decided = self.ruling.decide(leg.party for leg in legs)
        self._agreements.among(legs, told)
        decision = self._agreements.decision
        assert decision is not None, "the rule was resolved"
        self.ruling.is_mandatory = decision.mandatory
        return decided, Meeting(
            decision=decision,
            kept=tuple(leg for leg in legs if self._agreements.permits(leg.id)),
            untold=self._agreements.unanswered(*legs),
        )

    def begin_among(
        self, leg: Leg, legs: tuple[Leg, ...], guests: Iterable[Leg], now: float
    ) -> list[CallEffect]:
        """Several are in a room, and the recording begins there, at `leg`: nobody's gate is open before.

        `guests` = those of whom this call has no proof of its own yet.
        """
        self._each_own = True
        shut = [self._gate(one.id, False) for one in legs if not self._agreements.permits(one.id)]
        begun = [*shut, *self.start(leg.id, "call", now)]
        if not self.is_running:
            return begun
        proofs = [self._agreements.proof(one) for one in guests]
        said = [effect for proof in proofs for effect in self.facts.proof(proof, now)]
        noted = [done for proof in proofs for done in self._note("party.joined", proof.party)]
        return [*begun, *said, *noted, *self._beep(), *self._names(legs), *self._gates(legs)]

    def party_left(self, leg: Leg) -> list[CallEffect]:
        """A party is in the room no more."""
        return self._note("party.left", leg.party)

    def parted(self, leg: Leg) -> list[CallEffect]:
        """A party of another call is not in the room any more: what was agreed with it ends here."""
        self._agreements.parted(leg.id)
        return [self._gate(leg.id, False)] if leg.id in self._open else []

    def alone(self, leg: Leg) -> list[CallEffect]:
        """A party of ours has left the room, and talks with us only."""
        if not self.is_running or self._agreements.decision is None or self.kind != "call":
            return []
        self._agreements.alone(leg)
        return [self._gate(leg.id, self._agreements.permits(leg.id))]

    def begin(self, leg: Leg, other: Leg, now: float) -> tuple[list[CallEffect], Untold]:
        """Two talk: record them if the rules say so; return also who has to be told of it before."""
        if self.is_joined:
            return self._join(leg, other)
        prepared, self._prepared = self._prepared, frozenset()
        is_in_vain = self.state == "failed" and prepared == {leg.id, other.id}
        if is_in_vain or not self.ruling.is_due or self.is_message:
            return [], ()
        if self._agreements.refused(leg, other):
            self.reason = self.reason or REFUSES
            return [], ()
        decision, proofs = self._agreements.meet(leg, other)
        self.ruling.is_mandatory = decision.mandatory
        effects = [effect for proof in proofs for effect in self.facts.proof(proof, now)]
        untold = self._agreements.untold(other, leg)
        if not untold and not any(self._agreements.permits(one.id) for one in (leg, other)):
            self.reason = self.reason or NOBODY
            return effects, ()
        if not untold:
            effects += self._begin_at(prepared, other.id, leg.id, now=now)
            return [*effects, *self.told(leg, other)], ()
        if decision.mode in ANNOUNCE_INSIDE or not self._context.recipients:
            effects += self._begin_at(prepared, untold[0].id, leg.id, other.id, now=now)
        elif not self.is_running:
            effects += self._shut(leg.id, other.id)
        return effects, tuple((one, decision) for one in untold if self.state != "failed")

    @property
    def is_joined(self) -> bool:
        """Whether somebody was kept already: who comes now joins a recorded call."""
        return self.keeps_call and self._has_kept and not self._prepared

    def _join(self, leg: Leg, other: Leg) -> tuple[list[CallEffect], Untold]:
        """`leg` comes to `other`, who is recorded or was: who is to be told or asked of what runs already."""
        rule = self._agreements.decision
        if rule is None:
            return [], ()
        self.ruling.is_mandatory = rule.mandatory
        done = self._leave_out(leg, other) if self._agreements.bars(leg) else []
        return done, self.to_ask(leg, other)

    def to_ask(self, leg: Leg, other: Leg) -> Untold:
        """Who of two is to be told or asked now, and by which rule."""
        rule = self._agreements.decision
        due = newcomers_first(self._agreements, other, leg) if self.is_running else ()
        return tuple((one, rule) for one in due if rule is not None)

    def answered(self, leg: Leg, other: Leg, settled: ConsentSettled, now: float) -> list[CallEffect]:
        """A party of a recorded call has been told or asked, because of who joined."""
        proof, before = settled.proof, self._agreements.decision
        has_agreed = self._agreements.state(leg) in TOLD
        said = self.heard(leg.id, proof, settled.record, now)
        done = [*said, *self._note(f"consent.{proof.state}", proof.party)]
        if settled.record and leg.id not in self._agreements.refusing():
            return [*done, *self._again(before, leg, other)]
        if has_agreed:  # before the other came; as if he withdrew
            shut = self._gate(leg.id, False)
            return [shut, *done, *self.stop_before(f"{proof.decision.mode}: {proof.state}")]
        return [*done, *self._leave_out(leg, other, before)]

    def _leave_out(self, leg: Leg, other: Leg, before: ConsentDecision | None = None) -> list[CallEffect]:
        """Who joined is not kept: the rest are, by the rule of the rest, unless the tenant wants it over."""
        if self.is_over_by_a_no:
            return self.stop_before(JOINER)
        before = before or self._agreements.decision
        self._agreements.left_out.add(leg.id)
        return self._again(before, leg, other)

    def _again(self, before: ConsentDecision | None, *legs: Leg) -> list[CallEffect]:
        """Resolve the rule of these anew: gates that it changes, those that shut first."""
        rule = self._agreements.resolve(*legs)
        news = before is None or rule.mode != before.mode
        fact = [self._resolved(rule)] if news else []
        changed = [leg.id for leg in legs if self._agreements.permits(leg.id) != (leg.id in self._open)]
        return shut_first(
            [*fact, *(self._gate(one, one not in self._open) for one in changed), *self._beep()]
        )

    def begin_alone(self, leg: LegId, now: float) -> list[CallEffect] | None:
        """Record a caller who talks with a flow; None = he was told nothing, or does not want it."""
        permits = self._agreements.permits(leg)
        return [*self._begin(leg, now), self._gate(leg, True)] if permits else None

    def _begin_at(
        self, prepared: frozenset[LegId], leg: LegId, *others: LegId, now: float
    ) -> list[CallEffect]:
        """The journal that was prepared goes on there, else one begins."""
        is_there = bool(prepared) and self.is_running
        return self._move(leg) if is_there else self._begin(leg, now, *others)

    def _begin(self, leg: LegId, now: float, *others: LegId) -> list[CallEffect]:
        started = self.start(leg, "call", now)
        return [*(self._shut(leg, *others) if started else []), *started]

    def told(self, leg: Leg, other: Leg) -> list[CallEffect]:
        """Everybody knows: open the gates of those who may be kept."""
        may = [one.id for one in (leg, other) if self._agreements.permits(one.id)]
        return [self._gate(one, True) for one in may if one not in self._open] if self.is_running else []

    def watched(self, watcher: Leg, talkers: tuple[Leg, ...], now: float) -> list[CallEffect]:
        """Somebody sits down beside two who talk: a party (R-27), kept where he was told of it.

        What is recorded goes on at the last of `talkers`, who never hears a whisper.
        """
        if not self.is_running or self._agreements.decision is None or self.kind != "call":
            return []
        proof = self._agreements.joined(watcher, *talkers)
        effects = [*self.facts.proof(proof, now), *self._note("watcher.joined", watcher.party)]
        effects += [*self.follow(talkers[0].id, talkers[-1].id), *self._names((watcher, *talkers))]
        return [*effects, self._gate(watcher.id, self._agreements.permits(watcher.id))]

    def unwatched(self, watcher: Leg) -> list[CallEffect]:
        """He is gone."""
        self._open -= {watcher.id}
        return self._note("watcher.left", watcher.party)
