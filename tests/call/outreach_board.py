"""A board whose extension 1001 sells, and whose gate knows that some numbers may be called now."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pbx.call.effects import Audit
from pbx.call.outreach import Outreach
from pbx.call.switchboard import Switchboard
from pbx.core.ids import LegId, SeededIds
from pbx.core.wall import Wall
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.rules import MarketingRule
from pbx.marketing.gate import MarketingGate, plain_tag
from pbx.marketing.io.shipped import shipped_rules
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Changes, Register, Screening
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed
from tests.call.conftest import ANSWER, Board, sample

SELLER = DeviceOrigin(tenant="acme", extension="1001")
CLERK = DeviceOrigin(tenant="acme", extension="1002")
LONDON, LEEDS = "+442079460000", "+441134960000"
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday; the clock of the board is at 100 s


RULES = shipped_rules()


@cache
def plan_of(*extensions: str) -> DialPlan:
    """The sample's, with these extensions that sell."""
    sellers = MarketingRule(extensions=frozenset(extensions), place="config/acme/marketing.yaml:4")
    return DialPlan(replace(sample().rules, marketing=sellers))


class OutreachBoard(Board):
    """1001 sells, 1002 does not; LONDON and LEEDS were screened today."""

    def __init__(self, *, at: datetime = AT, key: str | None = "*0") -> None:
        super().__init__()
        self.register = Register()
        wall = Wall(at, 100.0)
        policy = MarketingPolicy(controller="acme", numbers=frozenset({"+441632960100"}), opt_out_key=key)
        self.tenant_plan = replace(self.tenant_plan, plan=plan_of("1001"), marketing=policy)
        gate = MarketingGate(RULES, self.register, wall)
        self.switchboard = Switchboard({"acme": self.tenant_plan}, SeededIds(), wall, outreach=Outreach(gate))
        for number in (LONDON, LEEDS):
            self.screen(number, at)

    def screen(self, number: str, at: datetime = AT, *, registered: bool = False) -> None:
        """Know what the registers say of a number."""
        tag = plain_tag("acme", number)
        self.register.take(
            Changes(
                screenings=tuple(
                    Screening(tag=tag, name=name, registered=registered, screened_at=at)
                    for name in ("tps", "ctps")
                )
            )
        )

    def decide(self, **changes: Any) -> None:
        """The admin decides otherwise, and reloads."""
        policy = self.tenant_plan.marketing
        assert policy is not None
        plan = replace(self.tenant_plan, marketing=replace(policy, **changes))
        self.switchboard.swap({"acme": plan})

    def sell(self, *extensions: str) -> None:
        """These extensions sell, and no others."""
        self.tenant_plan = replace(self.tenant_plan, plan=plan_of(*extensions))
        self.switchboard.swap({"acme": self.tenant_plan})

    def sells(self, number: str = LONDON, leg: str = "a") -> LegId:
        """The seller calls somebody who answers; the leg to the network."""
        self.offer(number, origin=SELLER, leg=leg)
        trunk = self.last(PlaceCall).leg
        self.send(LegAnswered(leg=trunk, answer=ANSWER))
        self.send(LegConfirmed(leg=LegId(leg)))
        return trunk

    def blocked(self) -> list[object]:
        """The reasons on record, in order."""
        facts = [one.fact for one in self.all(Audit)]
        return [fact.details["reason"] for fact in facts if fact.kind == "marketing.blocked"]

    def kinds(self) -> list[str]:
        """The facts of this room, in order."""
        return [one.fact.kind for one in self.all(Audit) if one.fact.kind.startswith("marketing.")]

    def refusal(self) -> tuple[int, str]:
        """What the caller has heard last."""
        rejected = self.last(Reject)
        return rejected.status, rejected.reason
