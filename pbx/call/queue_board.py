"""QueueBoard: the queues as the calls of this process see them: whose turn it is, and who is free again."""

from collections.abc import Callable, Mapping

from pbx.call.call import Call
from pbx.call.effects import Audit, CallEffect, KeepAgent
from pbx.call.events import AgentOrdered, QueueOrdered
from pbx.call.leg import LegState
from pbx.call.start import TenantPlan
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.services.lines import Lines
from pbx.services.queue_effects import AgentChanged, QueueEmptied, RingAgents
from pbx.services.queues import Queues

MAX_ROUNDS = 100  # of one turn; each serves a caller or ends a wait, so that a handful is what happens
Turn = RingAgents | QueueEmptied
Give = Callable[[Call, Turn, float], list[CallEffect]]


class QueueBoard:
    """Between the queues, the calls that wait in them and the telephones that are in use."""

    __slots__ = ("_calls", "_lines", "_n_changes", "queues")

    def __init__(self, calls: Mapping[CallId, Call], lines: Lines, tenants: Mapping[str, TenantPlan]) -> None:
        self._calls, self._lines, self._n_changes = calls, lines, 0
        self.queues = Queues()
        self.swap(tenants)

    def swap(self, tenants: Mapping[str, TenantPlan]) -> None:
        """Another configuration is in force."""
        self.queues.swap({name: one.context.queues for name, one in tenants.items()})

    @property
    def deadline(self) -> float | None:
        """When somebody is free again by himself."""
        return self.queues.deadline

    def take(self, event: QueueOrdered, now: float) -> list[CallEffect]:
        """An order from outside of the calls."""
        if isinstance(event, AgentOrdered):
            self.queues.wish(event.tenant, event.extension, event.wish, event.actor, now)
            return []
        call, queue = self._calls.get(event.call), self.queues.queue_of(event.call)
        if call is None or not self.queues.prioritise(event.call, event.priority):
            return []
        told = _fact(
            "queue.prioritised",
            call.tenant,
            call.id,
            queue=queue,
            priority=event.priority,
            actor=event.actor,
        )
        return [told]

    def after(self, call: Call, now: float) -> None:
        """A call has changed: its agent may be free."""
        leg = call.parts.queueing.leg
        if leg is not None and leg.state is LegState.ENDED:
            call.parts.queueing.leg = None
            self.queues.over(call.id, now)

    def over(self, call: CallId, now: float) -> None:
        """A call has ended."""
        self.queues.over(call, now)

    def settle(self, now: float, give: Give) -> list[CallEffect]:
        """Whose turn it is now, until it is nobody's; `give` hands it to his call."""
        done: list[CallEffect] = []
        for _ in range(MAX_ROUNDS):
            if not self._is_due(now):
                break
            self._n_changes = self._lines.n_changes
            for effect in self.queues.settle(now, self._lines):
                if isinstance(effect, AgentChanged):
                    done += _kept(effect)
                elif (call := self._calls.get(effect.call)) is not None:
                    done += give(call, effect, now)
        return done

    def _is_due(self, now: float) -> bool:
        due = self.queues.deadline
        is_changed = self.queues.is_waiting and self._n_changes != self._lines.n_changes
        return self.queues.touched or is_changed or (due is not None and due <= now)


def _kept(changed: AgentChanged) -> list[CallEffect]:
    """What an agent has said of himself is kept, and how long it was otherwise."""
    what = "logged_out"
    if changed.is_in:
        what = "ready" if changed.reason is None else "paused"
    details: dict[str, str | int] = {"agent": changed.extension, "lasted_s": round(changed.lasted_s)}
    details["actor"] = changed.actor
    if changed.reason:
        details["reason"] = changed.reason
    keep = KeepAgent(
        tenant=changed.tenant, extension=changed.extension, is_in=changed.is_in, pause=changed.reason
    )
    return [keep, _fact(f"agent.{what}", changed.tenant, None, **details)]


def _fact(kind: str, tenant: str, call: CallId | None, **details: str | int) -> Audit:
    return Audit(fact=AuditFact(kind=kind, call=call, tenant=tenant, details={**details}))
