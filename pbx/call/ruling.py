"""Ruling: what the tenant's rules say of the recording of one call, decided anew whenever others talk."""

from collections.abc import Iterable
from dataclasses import replace

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Ids, uint32
from pbx.recording.failure import FailurePolicy, failure_policy
from pbx.recording.rules import CallFacts, Decision, recording_rule

_BY_ITSELF, _BY_FLOW = frozenset({"always"}), frozenset({"always", "flow"})
_BY_ORDER = frozenset({"on_demand", "segment"})


class Ruling:
    """The decision in force. The lot of a sample is drawn once: a transfer gives no second chance."""

    __slots__ = (
        "_call",
        "_context",
        "_facts",
        "_lot",
        "_said",
        "decision",
        "is_excused",
        "is_mandatory",
        "is_ordered",
        "purposes",
    )

    def __init__(self, call: CallId, context: CallContext, ids: Ids, facts: CallFacts) -> None:
        self._call, self._context, self._facts = call, context, facts
        has_samples = any(rule.share is not None for rule in context.recording.rules)
        self._lot = uint32(ids) / 2**32 if has_samples else 0.0
        self._said: Decision | None = None
        self.is_mandatory = False  # the law wants it recorded: then it is, or there is no call
        self.is_excused = False  # a flow leads who refuses that to somebody who need not record
        self.is_ordered = False  # somebody who may has asked for the recording
        self.purposes = context.purposes  # a flow may have told the caller of others
        self.decision = self._decide()

    @property
    def may_order(self) -> bool:
        """Whether the recording begins when somebody says so."""
        return self.decision.mode in _BY_ORDER

    @property
    def is_due(self) -> bool:
        """Whether people who talk are to be recorded, and told of it if nobody has."""
        return self.decision.mode in _BY_ITSELF or (self.may_order and self.is_ordered)

    @property
    def is_wanted(self) -> bool:
        """Whether a party that a flow has told is to be recorded."""
        return self.decision.mode in _BY_FLOW or self.is_due

    @property
    def on_failure(self) -> FailurePolicy:
        """What becomes of the call where it is to be recorded and cannot be."""
        return self._policy(self.decision)

    def foresee(self, parties: Iterable[str]) -> FailurePolicy | None:
        """What holds if these should talk and cannot be recorded; None = nobody wants them recorded."""
        facts = self._with(tuple(parties))
        decision = recording_rule(self._context.recording, facts, self._lot)
        is_due = decision.mode in _BY_ITSELF or (decision.mode in _BY_ORDER and self.is_ordered)
        return self._policy(decision) if is_due else None

    def _policy(self, decision: Decision) -> FailurePolicy:
        if self.is_mandatory:
            return "refuse"
        context = self._context
        otherwise = context.on_recording_failure
        return failure_policy(decision.on_failure, self.purposes, context.on_failure, otherwise)

    def _with(self, talking: tuple[str, ...]) -> CallFacts:
        extensions, trunks = named("extension", talking), named("trunk", talking)
        return replace(self._facts, extensions=extensions, trunks=trunks)

    def rings(self, *targets: str) -> None:
        """A flow rings `group/support`: the call is this group's, or these groups', until another rings.

        So it is with `queue/support`, in which the caller waits.
        """
        if groups := named("group", targets):
            self._facts = replace(self._facts, groups=groups)
        if queues := named("queue", targets):
            self._facts = replace(self._facts, queues=queues)

    def calls_for_help(self) -> None:
        """An emergency number was reached, by whatever way: nothing of this call is recorded any more."""
        self._facts = replace(self._facts, is_emergency=True)

    def decide(self, parties: Iterable[str] = ()) -> list[CallEffect]:
        """Decide for those who talk (`extension/1001`, `trunk/x`), and tell when that is news.

        An order counts as long as the rules leave the recording to orders.
        """
        if talking := tuple(parties):
            self._facts = self._with(talking)
        self.decision = self._decide()
        self.is_ordered = self.is_ordered and self.may_order
        if self.decision == self._said or self._context.recording.is_plain:
            return []
        self._said = self.decision
        details: dict[str, str | int | bool | None] = {
            "mode": self.decision.mode,
            "reason": self.decision.reason,
        }
        kind, tenant = "recording.rule", self._context.tenant
        return [Audit(fact=AuditFact(kind=kind, call=self._call, tenant=tenant, details=details))]

    def _decide(self) -> Decision:
        return recording_rule(self._context.recording, self._facts, self._lot)


def named(kind: str, parties: Iterable[str]) -> frozenset[str]:
    """Return the names of one kind among `extension/1001` and `trunk/carrier`."""
    return frozenset(one.removeprefix(f"{kind}/") for one in parties if one.startswith(f"{kind}/"))
