"""An account on its own: what its limits say, and when to look again."""

from decimal import Decimal

from pbx.core.ids import LegId
from pbx.fraud.account import AHEAD_S, Account, Running
from pbx.fraud.policy import Limits, Rates

ONE = Decimal(1)


def talking(account: Account, limits: Limits, *, since: float, leg: str = "a") -> None:
    account.running[LegId(leg)] = Running(
        leg=LegId(leg), rates=Rates(), per_minute=ONE, limits=limits, tenant_limits=Limits(), since=since
    )


def test_a_running_call_is_looked_at_before_its_next_increment() -> None:
    account = Account(600.0, is_tenant=False)
    assert account.next_look(0.0) is None
    talking(account, Limits(), since=100.0)
    assert account.next_look(100.0) == 160.0 - AHEAD_S
    assert account.next_look(158.0) == 220.0 - AHEAD_S


def test_minutes_run_for_each_call() -> None:
    limits = Limits(minutes_per_hour=2)
    account = Account(600.0, is_tenant=False)
    talking(account, limits, since=0.0)
    talking(account, limits, since=0.0, leg="b")
    assert account.exceeded(limits, 58.0) == ""
    assert account.exceeded(limits, 58.1) == "minutes_per_hour"


def test_a_long_call_is_not_more_than_an_hour_of_an_hour() -> None:
    limits = Limits(minutes_per_hour=61)
    account = Account(600.0, is_tenant=False)
    talking(account, limits, since=0.0)
    assert account.exceeded(limits, 9000.0) == ""
    assert account.exceeded(Limits(minutes_per_day=150), 9000.0) == "minutes_per_day"


def test_a_pardon_forgets_what_is_over() -> None:
    limits = Limits(spend_per_day=Decimal(5), per_minute=1)
    account = Account(600.0, is_tenant=False)
    account.began(0.0)
    account.settle(60.0, Decimal(6), 0.0)
    assert account.exceeded(limits, 1.0) == "spend_per_day"
    account.pardon()
    assert account.denied(limits, ONE, 1.0) == ""
