"""A policy without anything written is the safe one."""

from pbx.marketing.policy import OPT_OUT_KEY, MarketingPolicy


def test_nothing_may_be_shown_that_nobody_named() -> None:
    policy = MarketingPolicy(controller="acme")
    assert (policy.numbers, policy.hours, policy.opt_out_key) == (frozenset(), {}, OPT_OUT_KEY)
