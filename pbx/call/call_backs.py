"""CallBacks: customers who are to be called back, from the end of the call in which they asked for it on.

They are kept in memory alone: a PBX that stops calls nobody back afterwards. The calls that tell of calls for
help begin here too.
"""

from dataclasses import dataclass, replace

from pbx.call.call import Call
from pbx.call.called_back import CalledBack
from pbx.call.calling_back import CALL_BACK, told
from pbx.call.context import CallContext, TrunkRoute, Wall
from pbx.call.effects import CallEffect, PlanCallBack
from pbx.call.events import CallBackPlanned
from pbx.call.help_alerts import HelpAlerts
from pbx.call.intake import Intake
from pbx.core.ids import CallId, Ids, LegId, hex_id
from pbx.dialplan.routes import Routing, ToTrunk
from pbx.ivr.steps import StepUp
from pbx.sip.events import AorFound, CallOffered, TrunkOrigin
from pbx.verify.facts import CallBackOutcome

ACCOUNT = "call-back"  # whose limits and money these calls take, of fraud.yaml's default
PAUSE_S = 4.0  # a telephone that was hung up takes a moment until it can ring, a mobile longer
PATIENCE_S = 120.0  # for the end of the call that asked for it
MAX_WAITING = 1_000  # some 30 a second; more come from an attack


@dataclass(slots=True)
class _Waiting:
    planned: CallBackPlanned
    due: float
    is_over: bool  # the call that asked for it


class CallBacks:
    """Begins each call-back once, or says why there is none."""

    __slots__ = ("_alerts", "_ids", "_intake", "_wall", "_waiting")

    def __init__(self, intake: Intake, by: tuple[Ids, Wall]) -> None:
        self._intake, (self._ids, self._wall) = intake, by
        self._waiting: list[_Waiting] = []
        self._alerts = HelpAlerts(intake, by)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def deadline(self) -> float | None:
        """When the next is due; who is told of a call for help is told at once."""
        if self._alerts.is_due:
            return 0.0
        return min((one.due for one in self._waiting), default=None)

    def found(self, event: AorFound) -> bool:
        """Whether the telephones were looked for here."""
        return self._alerts.found(event)

    def planned(self, event: CallBackPlanned, now: float, *, is_over: bool) -> list[CallEffect]:
        """Somebody is to be called back; `is_over` = he has hung up already."""
        if not event.call_back:
            return []
        if len(self._waiting) >= MAX_WAITING:
            return told(event, "crowded", event.asked.call)
        self._waiting.append(_Waiting(event, now + (PAUSE_S if is_over else PATIENCE_S), is_over))
        return []

    def over(self, call: CallId, now: float) -> None:
        """A call has ended: whoever asked in it waits at his telephone."""
        for one in self._waiting:
            if one.planned.asked.call == call and not one.is_over:
                one.due, one.is_over = now + PAUSE_S, True

    def tick(self, now: float) -> tuple[list[Call], list[CallEffect]]:
        """Return the calls that begin, and what is told of those that do not."""
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        calls, effects = self._alerts.tick(now)
        for one in due:
            begun = self._begun(one.planned, now) if one.is_over else ("gone", [])
            if isinstance(begun, CalledBack):
                calls.append(begun)
                continue
            outcome, ordered = begun
            effects += [*ordered, *told(one.planned, outcome, one.planned.asked.call)]
        return calls, effects

    def _begun(
        self, planned: CallBackPlanned, now: float
    ) -> CalledBack | tuple[CallBackOutcome, list[CallEffect]]:
        """Through the gates of every call to the network; the configuration may be another one by now."""
        asked = planned.asked
        tenant = self._intake.tenants.get(asked.tenant)
        policy = tenant.context.call_back if tenant is not None else None
        if tenant is None or policy is None or not asked.number or not _asks(tenant.context, asked):
            return "gone", []
        route = ToTrunk(
            trunk=policy.trunk,
            number=asked.number,
            account=ACCOUNT,
            caller_id=policy.caller_id,
            purpose="service",
        )
        call = CallId(hex_id(self._ids))
        denied = self._intake.denied(call, asked.tenant, route, now)
        if denied is not None:
            return "barred", denied
        trunk = self._intake.trunk(asked.tenant, route, self._ids)
        if trunk is None:
            return "no_trunk", []
        if not self._intake.has_room(call, asked.tenant, now):
            return "crowded", []
        offered = _offered(planned, trunk, LegId(hex_id(self._ids)))
        routing = Routing(route=route, trace=(f"call-back {planned.call_back}",))
        start = replace(self._intake.start(offered, routing, call, None), direction="outbound")
        return CalledBack(start, planned, route, (self._ids, self._wall), now)


def _asks(context: CallContext, asked: PlanCallBack) -> bool:
    """Whether whoever answers would be asked for the key: the step is there, and is what it was."""
    flow = context.flows.get(asked.flow)
    step = flow.steps.get(asked.step) if flow is not None else None
    return isinstance(step, StepUp) and CALL_BACK in step.ways


def _offered(planned: CallBackPlanned, trunk: TrunkRoute, leg: LegId) -> CallOffered:
    """The call as if he had called: what he is shown to come from is where we call him."""
    number = planned.asked.number or ""
    return CallOffered(
        leg=leg,
        origin=TrunkOrigin(trunk=trunk.name, tenant=planned.asked.tenant),
        called=number,
        called_domain="",
        from_user=number,
        from_display="",
        asserted_user="",
        private=False,
        offer=None,
        source=trunk.remote,
        max_forwards=71,  # one hop is taken off: RFC 3261 §8.1.1.6 recommends 70
        sip_call_id="",
    )
