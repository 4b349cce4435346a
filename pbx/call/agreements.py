"""Agreements: what each party of a recorded call was told, and whose voice the rules of all let us keep."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pbx.call.context import CallContext
from pbx.call.leg import Leg
from pbx.call.refusals import Refusals, number_of
from pbx.call.tongues import dialogue
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentDecision, ConsentProof, ConsentState, Mode
from pbx.consent.known import NOTHING, Known
from pbx.consent.places import stranger
from pbx.consent.rules import PartyFacts
from pbx.core.ids import LegId
from pbx.recording.rules import CallFacts

NOTHING_KNOWN = CallFacts()
Met = tuple[list[ConsentProof], list[ConsentProof]]
TOLD: frozenset[ConsentState] = frozenset({"informed", "granted"})
REFUSED: frozenset[ConsentState] = frozenset({"declined", "withdrawn"})
_ASKED: frozenset[ConsentState] = frozenset({"granted"})
# What a party must have said for its voice to be kept. Who was never told is not kept under any rule.
_ENOUGH: dict[Mode, frozenset[ConsentState]] = {
    "none": TOLD,
    "notify": TOLD,
    "notify_optout": TOLD,
    "optin_one": _ASKED,
    "optin_all": _ASKED,
    "never": frozenset(),
}

ASKING: frozenset[Mode] = frozenset({"optin_one", "optin_all"})  # in which a party may say yes

# Modes in which our own announcement may already be captured before the party has answered: the gate
# of the party stays shut, and the announcement itself belongs into the recording (RCW 9.73.030(3)).
ANNOUNCE_INSIDE = frozenset({"none", "notify", "notify_optout"})


class Agreements:
    """The rule in force is that of the parties who talk; it is resolved again whenever they change."""

    __slots__ = (
        "_common",
        "_context",
        "_known",
        "_numbers",
        "_refusals",
        "_stance",
        "_states",
        "decision",
        "left_out",
        "purposes",
    )

    def __init__(
        self, context: CallContext, refusals: Refusals | None = None, call: CallFacts = NOTHING_KNOWN
    ) -> None:
        """`refusals` = numbers that are known to refuse, whatever they are told; `call` began so."""
        self._stance = context.stance  # as it is when the call begins
        self._common = context.places.common(call.numbers if "in" in call.directions else ())
        self._context, self._refusals = context, refusals or Refusals()
        self._states: dict[LegId, ConsentState] = {}
        self._numbers: dict[LegId, str] = {}  # of parties that can be remembered
        # Who joined and did not agree: they have no say in the rule of the rest.
        self.left_out: set[LegId] = set()
        self._known: dict[str, Known] = {}
        self.decision: ConsentDecision | None = None  # None = nobody was asked, so nobody is recorded
        self.purposes = context.purposes  # of the recording; a flow may name others

    def ask(self, leg: Leg, purposes: tuple[str, ...]) -> tuple[ConsentDialogue, ConsentDecision]:
        """The dialogue with a caller of ours, and what the rules of both sides demand of it."""
        self.purposes, context = purposes, self._context
        decision = self._rule((self._facts(leg), PartyFacts(role="agent", region=context.country)))
        return dialogue(context, leg, decision, purposes), decision

    @property
    def is_mandatory(self) -> bool:
        """Whether the rule in force wants the call recorded."""
        return self.decision is not None and self.decision.mandatory

    def settled(self, leg: LegId, proof: ConsentProof, *, record: bool) -> None:
        """A dialogue ended; where the rule asks for nothing, the party counts as informed.

        Who has refused goes on refusing until he says yes: to be told of it is not enough. Who could not be
        told of what has to be recorded is not recorded either, and counts as one who refuses.
        """
        self.decision = proof.decision
        state = "declined" if proof.decision.mandatory and not record else proof.state
        if self._states.get(leg) not in REFUSED or state in _ASKED | REFUSED:
            self._states[leg] = "informed" if record and state not in TOLD else state
        if self._states[leg] in TOLD:
            self.left_out.discard(leg)

    def withdraw(self, leg: Leg, prompt: str, key: str) -> ConsentProof | None:
        """The party takes its consent back, None = it has done so before; `prompt` = by which way."""
        self._recall(leg)
        if self._states.get(leg.id) == "withdrawn":
            return None
        self._states[leg.id] = "withdrawn"
        return self._refusal(leg, prompt, key)

    def recalled(self, leg: Leg) -> ConsentProof | None:
        """What is remembered of a party, or was said in this call before: that it refuses. None = nothing."""
        self._recall(leg)
        return self._refusal(leg, "", "") if self._states.get(leg.id) in REFUSED else None

    def _refusal(self, leg: Leg, prompt: str, key: str) -> ConsentProof:
        facts = (self._facts(leg), PartyFacts(role="agent", region=self._context.country))
        decision = self.decision or self._rule(facts)
        role = "caller" if leg.role == "caller" else "other"
        return ConsentProof(
            party="agent" if _extension(leg) else role,
            decision=decision,
            state=self._states[leg.id],
            prompt=prompt,
            prompt_sha256="",
            language=self._context.language,
            played_ms=0,
            key=key,
            act="key" if key else "asked" if prompt else "remembered",
        )

    def _recall(self, *legs: Leg) -> None:
        """Who was told nothing yet may be known to refuse."""
        for leg in legs:
            number = number_of(leg)
            if not number:
                continue
            self._numbers[leg.id] = number
            is_new = self._states.get(leg.id, "unknown") == "unknown"
            if is_new and self._refusals.knows(self._context.tenant, number):
                self._states[leg.id] = "declined"

    def remember(self, leg: LegId, *, refuses: bool) -> str:
        """Keep what a party wants for its later calls; return its number, "" = nothing changes by it."""
        number = self._numbers.get(leg, "")
        is_news = bool(number) and self._refusals.change(self._context.tenant, number, refuses=refuses)
        return number if is_news else ""

    def inherit(self, other: "Agreements", legs: Iterable[LegId], *, is_recorded: bool) -> None:
        """These come from another call: who has refused there does so here.

        Who has agreed and is recorded there has agreed here, too, unless we record for more than he knows.
        """
        has_agreed = is_recorded and set(self.purposes) <= set(other.purposes)
        counts = REFUSED | TOLD if has_agreed else REFUSED
        self._states |= {leg: other._states[leg] for leg in legs if other._states.get(leg) in counts}

    def joined(self, leg: Leg, *others: Leg) -> ConsentProof:
        """Parties hear each other from now on: the strictest rule of all holds, and `leg` is new.

        Staff is told by the standing notice (compliance reference §3.3), somebody else by nobody.
        """
        self.resolve(leg, *others)
        return self._noticed(leg)

    def among(self, legs: tuple[Leg, ...], told: Mapping[LegId, ConsentState]) -> Met:
        """These are in a room of ours from now on; `told` = what each was, in his own call.

        Return a proof of each who is new here, and of each who has said something else since: that of a
        stranger is in his own call.
        """
        before = dict(self._states)
        self._states |= told
        self.resolve(*legs, hosted=True)
        new = [leg for leg in legs if leg.id not in before]
        changed = [leg for leg in legs if leg not in new and self._states[leg.id] != before[leg.id]]
        return [self.proof(leg) for leg in new], [self.proof(leg) for leg in changed]

    def alone(self, leg: Leg) -> None:
        """The party talks with us only."""
        self.resolve(leg, hosted=True)

    def heard_elsewhere(self, leg: LegId, state: ConsentState) -> None:
        """What a party has been told and has said in its own call."""
        if state != "unknown":
            self._states[leg] = state

    def parted(self, leg: LegId) -> None:
        """The party of another call is not heard here any more."""
        self.left_out.discard(leg)
        self._states.pop(leg, None)

    def meet(self, leg: Leg, other: Leg) -> tuple[ConsentDecision, list[ConsentProof]]:
        """Two parties talk whose recording may begin: what each was told in this call before counts."""
        decision = self.resolve(leg, other)
        new = [one for one in (other, leg) if _extension(one) and one.id not in self._states]
        return decision, [self._noticed(one) for one in new]

    def untold(self, *legs: Leg) -> tuple[Leg, ...]:
        """Return who has to be told or asked: not staff, which has the standing notice."""
        return tuple(leg for leg in legs if not _extension(leg) and not self.permits(leg.id))

    def unanswered(self, *legs: Leg) -> tuple[Leg, ...]:
        """Return who of these has to be told or asked, and has not said no."""
        return tuple(leg for leg in self.untold(*legs) if self._states.get(leg.id) not in REFUSED)

    def refused(self, *legs: Leg) -> bool:
        """Whether one of these has said no, in this call or in one that is remembered."""
        self._recall(*legs)
        is_refused = any(self._states.get(leg.id) in REFUSED for leg in legs)
        if is_refused and self.decision is None:
            self.resolve(*legs)  # whether it has to be recorded all the same
        return is_refused

    def refusing(self) -> tuple[LegId, ...]:
        """Who has said no."""
        return tuple(leg for leg, state in self._states.items() if state in REFUSED)

    def resolve(self, *legs: Leg, hosted: bool = False) -> ConsentDecision:
        """The strictest rule of these; `hosted` = by us: then our region counts, whoever talks."""
        self._recall(*legs)
        heard = [leg for leg in legs if leg.id not in self.left_out] or legs
        facts = tuple(self._facts(party) for party in heard)
        if hosted:
            facts += (PartyFacts(role="agent", region=self._context.country),)
        self.decision = self._rule(facts)
        return self.decision

    def _rule(self, facts: tuple[PartyFacts, ...]) -> ConsentDecision:
        return self._context.rules.resolve((*facts, *self._common), self._stance, self.purposes)

    def _noticed(self, leg: Leg) -> ConsentProof:
        is_informed = _extension(leg) in self._context.staff_acknowledged
        if is_informed and self._states.get(leg.id) not in REFUSED:
            self._states[leg.id] = "granted"
        self._states.setdefault(leg.id, "unknown")
        return self.proof(leg)

    def proof(self, leg: Leg) -> ConsentProof:
        """What is known here of a party's consent, by the rule in force."""
        assert self.decision is not None, "the rule was resolved"
        extension = _extension(leg)
        is_informed = extension in self._context.staff_acknowledged
        return ConsentProof(
            party="agent" if extension else "other",
            decision=self.decision,
            state=self._states[leg.id],
            prompt=f"staff notice {self._context.staff_notice}" if is_informed else "",
            prompt_sha256="",
            language=self._context.language,
            played_ms=0,
            act="notice" if is_informed else "",
        )

    def forget(self, leg: LegId) -> None:
        """Somebody else is on this leg now, whom nobody has told anything."""
        self._states[leg] = "unknown"
        self.left_out.discard(leg)

    def at_door(self, leg: Leg, state: ConsentState, present: Iterable[Leg]) -> ConsentDecision | None:
        """By which rule somebody is to be told or asked before he joins these, None = by none.

        Staff has the standing notice; who refuses, or may not be kept at all, is left out unasked.
        """
        if _extension(leg) or state in REFUSED or self.bars(leg):
            return None
        rule = self._with(leg, present)
        return None if rule.mode == "never" or state in _ENOUGH[rule.mode] else rule

    def shuts_out(self, leg: Leg, state: ConsentState, present: Iterable[Leg]) -> bool:
        """Whether these have to be recorded if somebody from outside joins them, and he has not agreed."""
        if _extension(leg):
            return False
        rule = self._with(leg, present)
        return rule.mandatory and state not in _ENOUGH[rule.mode]

    def _with(self, leg: Leg, present: Iterable[Leg]) -> ConsentDecision:
        heard = [leg, *(one for one in present if one.id not in self.left_out)]
        facts = (*map(self._facts, heard), PartyFacts(role="agent", region=self._context.country))
        return self._rule(facts)

    def bars(self, leg: Leg) -> bool:
        """Whether nothing of somebody from outside may be kept, whatever he is asked."""
        if _extension(leg) or self.permits(leg.id):
            return False
        return self._states.get(leg.id) in REFUSED or self._rule((self._facts(leg),)).mode == "never"

    def permits(self, leg: LegId) -> bool:
        """Whether this party's voice may be kept."""
        if self.decision is None:
            return False
        return self._states.get(leg, "unknown") in _ENOUGH[self.decision.mode]

    def objection(self, watcher: Leg, talkers: tuple[Leg, ...]) -> str:
        """Return why nobody may watch those who talk, "" = all know as much as the strictest rule demands.

        A watcher is a party (R-27): his region counts too, and he has to know the notice. Fails closed: who
        was told nothing objects under every rule but that which demands nothing.
        """
        parties = (watcher, *talkers)
        facts = tuple(self._facts(party) for party in parties)
        decision = self._rule(facts)
        if decision.mode == "none":
            return ""
        short = [leg.party for leg in parties if self.state(leg) not in _ENOUGH[decision.mode]]
        return f"{decision.mode}: not agreed with {' '.join(short)}" if short else ""

    def notice(self, watcher: Leg, state: ConsentState, talkers: tuple[Leg, ...]) -> ConsentDecision | None:
        """By which rule a watcher is told or asked before he sits down, None = it would be in vain.

        `state` = what he has heard in his own call.
        """
        rule = self._rule(tuple(self._facts(party) for party in (watcher, *talkers)))
        enough = _ENOUGH[rule.mode]
        others_know = all(self.state(leg) in enough for leg in talkers)
        return rule if others_know and state == "unknown" and rule.mode not in ("none", "never") else None

    def foresee(self, leg: Leg, other: Leg) -> Literal["at once", "asked first"] | None:
        """When the journal of two who may talk would begin, None = nothing of them may be kept."""
        facts = tuple(self._facts(party) for party in (leg, other))
        mode = self._rule(facts).mode
        if mode == "never" or self.refused(leg, other):
            return None
        short = [one for one in (leg, other) if self.state(one) not in _ENOUGH[mode]]
        if any(not _extension(one) for one in short):
            return "at once" if mode in ANNOUNCE_INSIDE else "asked first"
        return "at once" if len(short) < len((leg, other)) else None

    def state(self, leg: Leg) -> ConsentState:
        """What a party has said in this call, else what the standing notice has told it."""
        is_informed = _extension(leg) in self._context.staff_acknowledged
        return self._states.get(leg.id, "granted" if is_informed else "unknown")

    def _facts(self, leg: Leg) -> PartyFacts:
        if extension := _extension(leg):
            return self._context.places.extension(leg.role, extension, self._context.country, leg.hop)
        number = number_of(leg)
        if number and number not in self._known:  # as it is when it is asked first
            self._known[number] = self._context.customers.of(self._context.tenant, number)
        known = self._known.get(number, NOTHING)
        return stranger(leg.role, leg.number, is_doubted=leg.is_doubted, known=known)


def _extension(leg: Leg) -> str:
    kind, _, name = leg.party.partition("/")
    return name if kind == "extension" else ""
