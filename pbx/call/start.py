"""What is known of a call when its INVITE was admitted and routed."""

from dataclasses import dataclass, field

from pbx.call.conferences import Conferences
from pbx.call.context import CallContext
from pbx.call.outreach import Outreach
from pbx.call.quotas import NO_LIMIT, CallLimit
from pbx.call.refusals import Refusals
from pbx.call.ruling import named
from pbx.call.tokens import Tokens
from pbx.call.tolls import Tolls
from pbx.call.trail import Trail
from pbx.call.trunks import TrunkBoard
from pbx.core.ids import CallId
from pbx.core.phone import full_number
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import Routing, ToExtension, ToTrunk
from pbx.fraud.policy import TollPolicy
from pbx.marketing.policy import MarketingPolicy
from pbx.recording.rules import CallFacts
from pbx.schedules.switches import NO_SCHEDULES, Schedules
from pbx.services.parking import Lots
from pbx.services.queues import Queues
from pbx.sip.events import CallOffered
from pbx.sip.identity.diversion import Diversion
from pbx.sip.stir.verdict import Status
from pbx.verify.claimed import Claimed

_DIRECTIONS = {"inbound": "in", "outbound": "out", "internal": "internal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStart:
    """`number` is the caller's E.164 number, None = withheld; `party` is `trunk/x` or `extension/x`."""

    call: CallId
    offered: CallOffered
    context: CallContext
    routing: Routing
    direction: str
    number: str | None
    party: str
    plan: DialPlan  # that the call keeps: a transfer is routed by it too
    beside: CallId | None  # a call of the same people, which this one may be joined with
    tokens: Tokens  # of the whole switchboard: AorFound carries nothing else
    trunks: TrunkBoard = field(default_factory=TrunkBoard)
    tolls: Tolls = field(default_factory=Tolls)
    outreach: Outreach = field(default_factory=Outreach)
    conferences: Conferences = field(default_factory=Conferences)
    lots: Lots = field(default_factory=Lots)
    queues: Queues = field(default_factory=Queues)
    refusals: Refusals = field(default_factory=Refusals)
    trail: Trail = field(default_factory=Trail)  # of the call, through its flows
    diversions: tuple[Diversion, ...] = ()  # on the way to us and by us, latest first

    @property
    def claimed(self) -> Claimed:
        """What the caller shows of himself."""
        called = full_number(self.offered.called, self.context.country) or self.offered.called
        return Claimed(number=self.number, trunk=self.party, called=called, verdict=self.offered.verdict)

    @property
    def is_doubted(self) -> bool:
        """Whether what was signed of the caller's number does not hold (RFC 8224 §6.2.2)."""
        verdict = self.offered.verdict
        return verdict is not None and verdict.status is Status.FAILED

    @property
    def facts(self) -> CallFacts:
        """What recording rules may ask of the call when it begins."""
        route = self.routing.route
        names, number = [self.party], self.offered.called if self.direction == "inbound" else ""
        if isinstance(route, ToExtension):
            names.append(f"extension/{route.extension}")
        if isinstance(route, ToTrunk):
            names.append(f"trunk/{route.trunk}")
            number = route.number
        full = full_number(number, self.context.country) or number
        return CallFacts(
            directions=frozenset({_DIRECTIONS[self.direction]}),
            numbers=frozenset({full} if full else ()),
            extensions=named("extension", names),
            trunks=named("trunk", names),
            is_emergency=isinstance(route, ToTrunk) and route.emergency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPlan:
    """One tenant's dial plan and call context at one configuration version."""

    plan: DialPlan
    context: CallContext
    limit: CallLimit = NO_LIMIT
    tolls: TollPolicy | None = None
    marketing: MarketingPolicy | None = None
    schedules: Schedules = NO_SCHEDULES  # whose lamps telephones see
