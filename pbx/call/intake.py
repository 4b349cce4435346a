"""The intake: whether an INVITE may become a call now, and what is known of the call when it does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pbx.call.circumstances import caller_number, of_offer
from pbx.call.conferences import Conferences
from pbx.call.context import TrunkRoute
from pbx.call.effects import CallEffect
from pbx.call.help_board import HelpBoard, called_back
from pbx.call.outreach import Outreach
from pbx.call.quotas import RETRY_AFTER_S, CallLimits, Quotas, parties
from pbx.call.record import CallRecord
from pbx.call.refusals import Refusals
from pbx.call.schedule_lamps import ScheduleLamps
from pbx.call.start import CallStart, TenantPlan
from pbx.call.tokens import Tokens
from pbx.call.tolls import Tolls
from pbx.call.trunks import TrunkBoard
from pbx.core.ids import CallId, Ids
from pbx.dialplan.routes import Routing, ToExtension, ToTrunk
from pbx.fraud.policy import TollPolicy
from pbx.marketing.policy import MarketingPolicy
from pbx.services.parking import Lots
from pbx.services.queues import Queues
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, DeviceOrigin, TrunkOrigin


class Intake:
    """The configuration of new calls, and the counts that they have to keep to."""

    __slots__ = (
        "_conferences",
        "_lots",
        "_queues",
        "_quotas",
        "_refusals",
        "_tolls",
        "_trunks",
        "help_board",
        "is_closed",
        "lamps",
        "outreach",
        "tenants",
        "tokens",
    )

    def __init__(
        self,
        tenants: Mapping[str, TenantPlan],
        limits: CallLimits | None,
        boards: tuple[Tolls, TrunkBoard, Conferences, Lots, Refusals],
        outreach: Outreach | None = None,
        help_board: HelpBoard | None = None,
        queues: Queues | None = None,
    ) -> None:
        self._queues = queues or Queues()
        self.tenants = dict(tenants)
        self._quotas = Quotas(limits or CallLimits())
        self._tolls, self._trunks, self._conferences, self._lots, self._refusals = boards
        self.outreach = outreach or Outreach()
        self.outreach.swap(marketing_policies(tenants))
        self.help_board = help_board or HelpBoard()
        self.tokens = Tokens()
        self.is_closed = False  # nothing more can be put on record: only calls for help come in
        self.lamps = ScheduleLamps(tenants)

    def swap(self, tenants: Mapping[str, TenantPlan], limits: CallLimits | None) -> None:
        """Use another configuration for new calls; live ones keep theirs, and count against it."""
        self._quotas.limits = limits or self._quotas.limits
        self.tenants = dict(tenants)
        self._tolls.swap(policies(tenants))
        self.outreach.swap(marketing_policies(tenants))
        self.lamps.swap(tenants)

    def tenant_of(self, domain: str) -> str:
        """Whose SIP domain it is, "" = nobody's."""
        return next((name for name, one in self.tenants.items() if one.context.domain == domain), "")

    def refused(self, call: CallId, event: CallOffered, now: float) -> list[CallEffect]:
        """Count the call; where there is no room for it, return what its caller hears instead."""
        tenant, origin = self.tenants[event.origin.tenant], event.origin
        if self.help_board.waits_for(event, tenant.context.country, now):
            self._quotas.count(call, parties(event, self._quotas.limits, tenant.limit))
            return []
        crowd = self._tolls.crowd(event, tenant.context.country, now)
        if crowd:
            return crowd
        if isinstance(origin, TrunkOrigin) and self._trunks.is_full(tenant.context, origin.trunk):
            return [Reject(leg=event.leg, status=503, retry_after_s=RETRY_AFTER_S)]
        retry_after_s = self._admit(call, event, tenant, now)
        return (
            [] if retry_after_s is None else [Reject(leg=event.leg, status=503, retry_after_s=retry_after_s)]
        )

    def routed(self, event: CallOffered, at: datetime, now: float) -> Routing:
        """Where a call goes: as the plan says at that time, but for help that calls back."""
        tenant = self.tenants[event.origin.tenant]
        known = of_offer(event, tenant.context, at)
        routing = tenant.plan.match(event.called, event.origin, known)
        extension = self.help_board.waits_for(event, tenant.context.country, now)
        return self.help_board.routed(routing, extension if tenant.plan.knows(extension) else "")

    def denied(self, call: CallId, tenant: str, route: ToTrunk, now: float) -> list[CallEffect] | None:
        """Return what to order instead of a call of ours that may not leave, None = it may."""
        told, why = self.outreach.ask(call, tenant, route, (), now)
        return told if why else self._tolls.ask(call, tenant, route, now)

    def trunk(self, tenant: str, route: ToTrunk, ids: Ids) -> TrunkRoute | None:
        """The trunk that takes a call of ours, None = none can."""
        return next(iter(self._trunks.candidates(self.tenants[tenant].context, route.trunk, ids)), None)

    def has_room(self, call: CallId, tenant: str, now: float) -> bool:
        """Count a call of ours, unless the machine or its tenant has as many as may be."""
        if self.is_closed:
            return False
        limits = {
            ("machine", ""): self._quotas.limits.machine,
            ("tenant", tenant): self.tenants[tenant].limit,
        }
        return self._quotas.take(call, limits, now) is None

    def doubted(
        self, event: CallOffered, routing: Routing, call: CallId, now: float
    ) -> tuple[CallOffered, Routing, list[CallEffect]]:
        """Return the call as those whom it rings see it, where it goes first, and the facts about that."""
        if isinstance(routing.route, ToExtension) and routing.route.for_help:
            return event, routing, [called_back(routing.route.extension, call, event.origin.tenant)]
        country = self.tenants[event.origin.tenant].context.country
        shown, first, told = self._tolls.doubted(event, routing, country, now)
        return shown, first, [replace(one, fact=replace(one.fact, call=call)) for one in told]

    def country_of(self, tenant: str) -> str:
        """Where a tenant is at home, "" = nobody knows it."""
        found = self.tenants.get(tenant)
        return found.context.country if found is not None else ""

    def over(self, record: CallRecord, now: float) -> None:
        """A call has ended."""
        self.release(record.call)
        self._tolls.over(record, now)

    def release(self, call: CallId) -> None:
        """It is over, or was none."""
        self._quotas.release(call)

    def _admit(self, call: CallId, event: CallOffered, tenant: TenantPlan, now: float) -> int | None:
        """Count the call, or return when to try again: no limit holds up a call for help."""
        found = parties(event, self._quotas.limits, tenant.limit)
        if tenant.plan.is_emergency(event.called, event.origin):
            self._quotas.count(call, found)
            return None
        return RETRY_AFTER_S if self.is_closed else self._quotas.take(call, found, now)

    def start(self, event: CallOffered, routing: Routing, call: CallId, beside: CallId | None) -> CallStart:
        """Return what a call begins with; `beside` = another one that it may be joined with."""
        tenant, origin = self.tenants[event.origin.tenant], event.origin
        if isinstance(origin, DeviceOrigin):
            party = f"extension/{origin.extension}"
            direction = "outbound" if isinstance(routing.route, ToTrunk) else "internal"
        else:
            party, direction = f"trunk/{origin.trunk}", "inbound"
        return CallStart(
            call=call,
            offered=event,
            context=replace(
                tenant.context,
                called_language=routing.language,
                called_number=event.called,
                headers=event.extra,
            ),
            routing=routing,
            direction=direction,
            number=caller_number(event, tenant.context.country),
            party=party,
            plan=tenant.plan,
            beside=beside,
            tokens=self.tokens,
            trunks=self._trunks,
            tolls=self._tolls,
            outreach=self.outreach,
            conferences=self._conferences,
            lots=self._lots,
            queues=self._queues,
            refusals=self._refusals,
            diversions=event.diversions,
        )


def policies(tenants: Mapping[str, TenantPlan]) -> dict[str, TollPolicy]:
    """What calls to the network may cost, by tenant."""
    return {name: one.tolls for name, one in tenants.items() if one.tolls is not None}


def marketing_policies(tenants: Mapping[str, TenantPlan]) -> dict[str, MarketingPolicy]:
    """On whose behalf people are called, by tenant."""
    return {name: one.marketing for name, one in tenants.items() if one.marketing is not None}
