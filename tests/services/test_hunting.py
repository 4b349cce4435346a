"""Which answers of a carrier lead to the next one, and how long a silent one gets."""

import pytest

from pbx.services.hunting import Hunting, HuntPolicy

STOP = (400, 403, 404, 410, 433, 480, 483, 484, 485, 486, 488, 600, 603, 604, 606, 607, 608, 499, 699)
NEXT = (302, 401, 402, 407, 408, 420, 430, 487, 500, 502, 503, 504, 513, 580, 599)


@pytest.mark.requirement("SIP-23")
@pytest.mark.parametrize(
    ("status", "verdict"), [*((one, "stop") for one in STOP), *((one, "next") for one in NEXT)]
)
def test_what_a_status_means(status: int, verdict: str) -> None:
    assert HuntPolicy().verdict(status) == verdict


@pytest.mark.requirement("SIP-23")
@pytest.mark.parametrize(("status", "verdict"), [(408, "stop"), (430, "stop"), (486, "stop"), (503, "next")])
def test_after_ringing_only_a_server_failure_goes_on(status: int, verdict: str) -> None:
    assert HuntPolicy().verdict(status, has_rung=True) == verdict


def test_a_trunk_may_say_otherwise() -> None:
    policy = HuntPolicy(next=frozenset({404}), stop=frozenset({503}))
    assert (policy.verdict(404), policy.verdict(503), policy.verdict(500)) == ("next", "stop", "next")
    assert policy.verdict(503, has_rung=True) == "stop"


def test_candidates_are_tried_until_there_is_none() -> None:
    hunting = Hunting((HuntPolicy(), HuntPolicy()))
    assert hunting.begin(0.0) and hunting.goes_on(503)
    assert hunting.begin(1.0) and not hunting.goes_on(503)
    assert not hunting.begin(2.0)
    assert not Hunting(()).begin(0.0)


def test_each_candidate_has_its_own_policy() -> None:
    hunting = Hunting((HuntPolicy(), HuntPolicy(next=frozenset({404})), HuntPolicy()))
    assert hunting.begin(0.0) and not hunting.goes_on(404)
    assert hunting.begin(0.0) and hunting.goes_on(404)


def test_a_silent_candidate_has_its_time_unless_it_is_the_last() -> None:
    hunting = Hunting((HuntPolicy(no_progress_s=20.0), HuntPolicy()))
    hunting.begin(100.0)
    assert hunting.deadline == 120.0
    assert (hunting.is_overdue(119.9), hunting.is_overdue(120.0)) == (False, True)
    hunting.begin(120.0)
    assert hunting.deadline is None and not hunting.is_overdue(999.0)


def test_ringing_has_no_limit_here() -> None:
    hunting = Hunting((HuntPolicy(), HuntPolicy()))
    hunting.begin(0.0)
    hunting.ringing()
    assert hunting.deadline is None
    assert not hunting.goes_on(408) and hunting.goes_on(500)


@pytest.mark.parametrize("status", STOP)
def test_no_refusal_ends_a_call_for_help(status: int) -> None:
    hunting = Hunting((HuntPolicy(stop=frozenset({status})), HuntPolicy()), is_urgent=True)
    hunting.begin(0.0)
    hunting.ringing()
    assert hunting.goes_on(status)
    hunting.begin(1.0)
    assert not hunting.goes_on(status)
