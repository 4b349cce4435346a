"""What is known of a call when its INVITE was admitted and routed."""

from dataclasses import dataclass, field

from pbx.call.conferences import Conferences
from pbx.call.context import CallContext
from pbx.call.tokens import Tokens
from pbx.call.tolls import Tolls
from pbx.call.trunks import TrunkBoard
from pbx.core.ids import CallId
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import Routing
from pbx.sip.events import CallOffered
from pbx.sip.identity.diversion import Diversion
from pbx.verify.claimed import Claimed


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
    conferences: Conferences = field(default_factory=Conferences)
    diversions: tuple[Diversion, ...] = ()  # on the way to us and by us, latest first

    @property
    def claimed(self) -> Claimed:
        """What the caller shows of himself."""
        return Claimed(number=self.number, trunk=self.party, verdict=self.offered.verdict)
