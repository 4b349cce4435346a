"""Which agent rings next, each strategy over a thousand calls (ACD-01)."""

from collections import Counter
from typing import get_args

import pytest

from pbx.core.ids import CallId
from pbx.services.agent import Agent, Offer, TalkOver, Won
from pbx.services.queue_policy import Strategy
from pbx.services.strategies import chosen

pytestmark = pytest.mark.requirement("ACD-01")
MEMBERS = ("1001", "1002", "1003")
CALL = CallId("c")


def agents() -> dict[str, Agent]:
    return {name: Agent(is_in=True, now=0.0) for name in MEMBERS}


def thousand(strategy: Strategy) -> Counter[str]:
    """A thousand calls, one after the other; the talks of 1003 are three times as long as the others'."""
    team, last, now = agents(), "", 0.0
    free_at = dict.fromkeys(MEMBERS, 0.0)
    served: Counter[str] = Counter()
    for n in range(1000):
        now += 10.0
        for name, at in free_at.items():
            if 0.0 < at <= now:
                team[name].handle(TalkOver(call=team[name].call or CALL, wrap_up_s=0.0), at)
                free_at[name] = 0.0
        free = [name for name in MEMBERS if team[name].is_free(now)]
        rung = chosen(strategy, free, team, MEMBERS, last)
        if not rung:
            continue
        winner, call = rung[0], CallId(str(n))
        team[winner].handle(Offer(call=call, ring_s=20.0), now)
        team[winner].handle(Won(call=call), now)
        free_at[winner], last = now + (27.0 if winner == "1003" else 9.0), rung[-1]
        served[winner] += 1
    return served


def test_nobody_free_means_nobody_rings() -> None:
    for strategy in get_args(Strategy):
        assert chosen(strategy, [], agents(), MEMBERS, "") == ()


def test_all_ring_in_the_order_of_the_members() -> None:
    assert chosen("ring_all", ["1001", "1003"], agents(), MEMBERS, "1001") == ("1001", "1003")


def test_in_order_the_first_that_is_free_has_most() -> None:
    assert thousand("in_order") == {"1001": 1000}


def test_round_robin_goes_on_behind_the_last_one() -> None:
    team = agents()
    assert chosen("round_robin", ["1001", "1002", "1003"], team, MEMBERS, "") == ("1001",)
    assert chosen("round_robin", ["1001", "1003"], team, MEMBERS, "1001") == ("1003",)
    assert chosen("round_robin", ["1001", "1002"], team, MEMBERS, "1003") == ("1001",)
    assert chosen("round_robin", ["1001", "1002"], team, MEMBERS, "9999") == ("1001",)
    assert thousand("round_robin") == {"1001": 334, "1002": 333, "1003": 333}


def test_fewest_calls_evens_out_whatever_the_talks_last() -> None:
    served = thousand("fewest_calls")
    assert max(served.values()) - min(served.values()) <= 1


def test_the_longest_idle_rings() -> None:
    team = agents()
    team["1001"].idle_since, team["1002"].idle_since, team["1003"].idle_since = 3.0, 1.0, 2.0
    assert chosen("longest_idle", MEMBERS, team, MEMBERS, "") == ("1002",)
    served = thousand("longest_idle")
    assert sum(served.values()) == 1000 and served["1003"] < served["1001"]
