"""The guard at each limit and one beyond it; `>>` is what happens, `<<` what it orders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.ids import LegId, SeededIds
from pbx.core.wall import Wall
from pbx.fraud.destinations import Destination
from pbx.fraud.effects import EndLegs, FraudEffect, KeepCharge, KeepHold, Refuse, Tell
from pbx.fraud.events import (
    HoldReleased,
    OutboundAnswered,
    OutboundAsked,
    OutboundEnded,
    OutboundPlaced,
)
from pbx.fraud.guard import TollGuard
from pbx.fraud.policy import AccountPolicy, Limits, Rates, TollPolicy

WALL = Wall(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), 0.0)
HOME, MOBILE, FRANCE, PREMIUM = "+442079460000", "+447400123456", "+33123456789", "+449090123456"
SATELLITE = "+870773123456"
EVERYWHERE = frozenset(Destination)
RATES = Rates(classes=dict.fromkeys(Destination, Decimal(1)))  # one a minute, wherever


def policy(limits: Limits, **changes: Any) -> TollPolicy:
    account = AccountPolicy(allow=EVERYWHERE, forward=EVERYWHERE, limits=limits)
    start = TollPolicy(country="GB", default=account, tenant=Limits(), rates=RATES, holds_new_countries=False)
    return replace(start, **changes)


class Desk:
    """One guard on a manual clock, and the calls that pass it."""

    def __init__(self, policies: TollPolicy | Mapping[str, TollPolicy]) -> None:
        named = {"acme": policies} if isinstance(policies, TollPolicy) else policies
        self.guard = TollGuard(named, SeededIds(), WALL)
        self.now = 0.0
        self.legs = count()
        self.effects: list[FraudEffect] = []
        self.ended: list[LegId] = []

    def ask(self, number: str = HOME, account: str = "1001", *, forwards: bool = False) -> LegId | str:
        """Return the leg of a call that passes, else the reason."""
        asked = OutboundAsked(tenant="acme", account=account, number=number, is_forwarded=forwards)
        effects = self.take(self.guard.handle(asked, self.now))
        for effect in effects:
            if isinstance(effect, Refuse):
                return effect.reason
        leg = LegId(f"leg-{next(self.legs)}")
        self.guard.handle(OutboundPlaced(leg=leg, asked=asked), self.now)
        return leg

    def talk(self, number: str = HOME, account: str = "1001") -> LegId:
        leg = LegId(self.ask(number, account))
        self.take(self.guard.handle(OutboundAnswered(leg=leg), self.now))
        return leg

    def end(self, leg: LegId) -> None:
        self.take(self.guard.handle(OutboundEnded(leg=leg), self.now))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.guard.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.take(self.guard.tick(self.now))
        self.now = end

    def take(self, effects: list[FraudEffect]) -> list[FraudEffect]:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, EndLegs):
                for leg in effect.legs:
                    self.ended.append(leg)
                    self.end(leg)
        return effects

    @property
    def told(self) -> list[str]:
        return [one.fact.kind for one in self.effects if isinstance(one, Tell)]

    @property
    def holds(self) -> list[tuple[str, str, str]]:
        kept = [one.hold for one in self.effects if isinstance(one, KeepHold)]
        return [(one.account, one.what, one.cause) for one in kept]

    def release(self) -> None:
        hold = [one.hold for one in self.effects if isinstance(one, KeepHold)][-1]
        self.take(self.guard.handle(HoldReleased(hold=hold.id), self.now))


@pytest.mark.requirement("CF-30")
def test_only_usual_numbers_can_be_dialled_when_nothing_is_written() -> None:
    desk = Desk(TollPolicy(country="GB"))
    reasons = [desk.ask(one) for one in (FRANCE, PREMIUM, SATELLITE)]
    assert reasons == ["class_barred"] * 3
    assert desk.ask(HOME).startswith("leg")
    assert desk.ask(MOBILE).startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_who_may_call_abroad_may_not_forward_there() -> None:
    account = AccountPolicy(allow=EVERYWHERE)
    desk = Desk(TollPolicy(country="GB", default=account, holds_new_countries=False))
    assert desk.ask(FRANCE).startswith("leg")
    assert desk.ask(FRANCE, forwards=True) == "forward_barred"
    assert desk.ask(HOME, forwards=True).startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_calls_at_once() -> None:
    desk = Desk(policy(Limits(concurrent=2)))
    first = LegId(desk.ask())
    desk.talk()
    assert desk.ask() == "concurrent"
    assert desk.ask(account="1002").startswith("leg")
    desk.end(first)
    assert desk.ask().startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_calls_begun_a_minute() -> None:
    desk = Desk(policy(Limits(per_minute=3)))
    for _ in range(3):
        desk.end(LegId(desk.ask()))
    assert desk.ask() == "per_minute"
    desk.wait(61.5)
    assert desk.ask().startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_calls_of_a_tenant_suspend_nobody() -> None:
    desk = Desk(policy(Limits(), tenant=Limits(concurrent=1), refusals=2))
    desk.talk()
    assert [desk.ask(account="1002") for _ in range(5)] == ["tenant_concurrent"] * 5
    assert desk.holds == []


@pytest.mark.requirement("S-12")
@pytest.mark.requirement("FRD-01")
def test_who_is_refused_too_often_is_suspended() -> None:
    desk = Desk(policy(Limits(), default=AccountPolicy(), refusals=3))
    assert [desk.ask(SATELLITE) for _ in range(2)] == ["class_barred"] * 2
    assert desk.holds == []
    assert desk.ask(PREMIUM) == "class_barred"
    assert desk.holds == [("1001", "outbound", "class_barred")]
    assert desk.told[-1] == "fraud.suspended"
    assert desk.ask(HOME) == "suspended"
    assert desk.ask(HOME, account="1002").startswith("leg")
    assert len(desk.told) == 4, "a suspended account fills no log"


def test_refusals_of_long_ago_are_forgotten() -> None:
    desk = Desk(policy(Limits(), default=AccountPolicy(), refusals=3))
    desk.ask(PREMIUM)
    desk.ask(PREMIUM)
    desk.wait(620.0)
    assert desk.ask(PREMIUM) == "class_barred"
    assert desk.holds == []


@pytest.mark.requirement("FRD-01")
def test_the_last_increment_that_can_be_paid() -> None:
    desk = Desk(policy(Limits(spend_per_hour=Decimal(3))))
    leg = desk.talk()
    desk.wait(177.9)
    assert desk.ended == []
    desk.wait(0.2)
    assert desk.ended == [leg]
    assert desk.holds == [("1001", "outbound", "spend_per_hour")]
    charge = [one.charge for one in desk.effects if isinstance(one, KeepCharge)][0]
    assert charge.spend == 3 and charge.seconds == 178.0


@pytest.mark.requirement("FRD-01")
def test_a_call_whose_first_increment_is_too_much_is_not_placed() -> None:
    desk = Desk(policy(Limits(spend_per_day=Decimal(2))))
    ringing, running = desk.ask(), desk.talk()
    assert desk.ask() == "spend_per_day"
    assert set(desk.ended) == {ringing, running}
    assert desk.ask() == "suspended"


@pytest.mark.requirement("FRD-01")
@pytest.mark.parametrize(
    ("name", "limits"),
    [("minutes_per_hour", Limits(minutes_per_hour=2)), ("minutes_per_day", Limits(minutes_per_day=2))],
)
def test_minutes(name: str, limits: Limits) -> None:
    desk = Desk(policy(limits))
    leg = desk.talk()
    desk.wait(117.9)
    assert desk.ended == []
    desk.wait(0.2)
    assert desk.ended == [leg]
    assert desk.holds == [("1001", "outbound", name)]


@pytest.mark.requirement("FRD-01")
def test_the_money_of_a_tenant_stops_all_its_calls() -> None:
    desk = Desk(policy(Limits(), tenant=Limits(spend_per_hour=Decimal(4))))
    legs = [desk.talk(account=account) for account in ("1001", "1002")]
    desk.wait(200.0)
    assert desk.ended == legs
    assert desk.holds == [("tenant", "outbound", "spend_per_hour")]
    assert desk.ask(account="1003") == "suspended"


@pytest.mark.requirement("FRD-01")
def test_a_country_for_the_first_time_waits_for_a_release() -> None:
    desk = Desk(policy(Limits(), holds_new_countries=True, countries=frozenset({"IE"})))
    assert desk.ask("+353871234567").startswith("leg")
    assert [desk.ask(FRANCE) for _ in range(2)] == ["new_country"] * 2
    assert desk.holds == [("1001", "FR", "new_country")]
    assert desk.told.count("fraud.country_held") == 1
    desk.release()
    assert desk.ask(FRANCE).startswith("leg")
    assert desk.ask(FRANCE, account="1002") == "new_country"
    assert desk.ask(HOME).startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_a_released_account_begins_anew() -> None:
    desk = Desk(policy(Limits(spend_per_hour=Decimal(1))))
    desk.talk()
    desk.wait(100.0)
    assert desk.ask() == "suspended"
    desk.release()
    assert desk.told[-1] == "fraud.lifted"
    assert desk.ask().startswith("leg")


@pytest.mark.requirement("FRD-01")
def test_a_restart_forgets_neither_holds_nor_money() -> None:
    desk = Desk(policy(Limits(spend_per_hour=Decimal(2))))
    desk.end(desk.talk())
    desk.wait(5.0)
    desk.end(desk.talk())
    charges = [one.charge for one in desk.effects if isinstance(one, KeepCharge)]
    again = Desk(policy(Limits(spend_per_hour=Decimal(2))))
    again.guard.restore([], charges, 10.0)
    again.now = 10.0
    assert again.ask() == "spend_per_hour"
    third = Desk(policy(Limits()))
    third.guard.restore([one.hold for one in again.effects if isinstance(one, KeepHold)], [], 20.0)
    assert third.ask() == "suspended"


def test_running_calls_keep_the_limits_they_began_with() -> None:
    desk = Desk(policy(Limits(spend_per_hour=Decimal(60))))
    desk.talk()
    desk.guard.swap({"acme": policy(Limits(spend_per_hour=Decimal(1)))})
    desk.wait(300.0)
    assert desk.ended == []
    assert desk.ask() == "spend_per_hour"


def test_a_tenant_without_policy_is_free() -> None:
    desk = Desk({})
    assert all(desk.ask(SATELLITE).startswith("leg") for _ in range(100))


CAP = Decimal(5)


@pytest.mark.requirement("S-12")
@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("ask", "answer", "end", "wait")), st.integers(0, 30), st.floats(0.0, 90.0)
        ),
        max_size=80,
    ),
    st.sampled_from((1, 6, 60)),
)
def test_what_the_carrier_bills_stays_below_the_cap(
    steps: list[tuple[str, int, float]], increment_s: int
) -> None:
    """He starts when we hear of the answer, and ends a second after us: our BYE has to get there."""
    rates = Rates(increment_s=increment_s, classes=dict.fromkeys(Destination, Decimal(1)))
    desk = Desk(policy(Limits(spend_per_day=CAP), rates=rates, refusals=1000))
    ringing: list[LegId] = []
    began: dict[LegId, float] = {}
    bill = Decimal(0)

    def settle() -> Decimal:
        gone = [leg for leg in desk.ended if leg in began]
        return sum((rates.charge(ended[leg] - began.pop(leg) + 1.0, Decimal(1)) for leg in gone), Decimal(0))

    ended: dict[LegId, float] = {}
    whole = desk.take

    def take(effects: list[FraudEffect]) -> list[FraudEffect]:
        for effect in effects:
            if isinstance(effect, EndLegs):
                ended.update(dict.fromkeys(effect.legs, desk.now))
        return whole(effects)

    desk.take = take  # type: ignore[method-assign]
    for step, which, seconds in steps:
        if step == "ask":
            leg = desk.ask()
            ringing += [LegId(leg)] if leg.startswith("leg") else []
        elif step == "answer" and ringing:
            leg = ringing.pop(which % len(ringing))
            if leg not in ended:
                began[leg] = desk.now
                desk.take(desk.guard.handle(OutboundAnswered(leg=leg), desk.now))
        elif step == "end" and began:
            leg = sorted(began)[which % len(began)]
            ended[leg] = desk.now
            desk.ended.append(leg)
            desk.end(leg)
        elif step == "wait":
            desk.wait(seconds)
        bill += settle()
    desk.wait(4000.0)
    bill += settle()
    assert not began, "every call was ended by the cap at the latest"
    assert bill <= CAP
