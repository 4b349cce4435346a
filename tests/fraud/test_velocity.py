"""Calls from the network, at the limit and one beyond it."""

import pytest

from pbx.fraud.velocity import MAX_KNOWN, InboundLimits, Velocity

CAROL, ECHO = "+441632960101", "+441632960102"
ALICE, BOB = "+447700900123", "+447700900124"


@pytest.mark.requirement("FRD-02")
def test_of_one_number_whoever_calls() -> None:
    velocity, limits = Velocity(), InboundLimits(per_number=3)
    callers = [ALICE, None, BOB, "+447700900125"]
    assert [velocity.denied(limits, "acme", CAROL, one, 0.0) for one in callers] == ["", "", "", "number"]
    assert velocity.denied(limits, "acme", ECHO, ALICE, 0.0) == ""
    assert velocity.denied(limits, "other", CAROL, ALICE, 0.0) == ""
    assert velocity.denied(limits, "acme", CAROL, ALICE, 20.0) == ""


@pytest.mark.requirement("FRD-02")
def test_of_one_caller_whatever_he_calls() -> None:
    velocity, limits = Velocity(), InboundLimits(per_caller=2)
    called = [CAROL, ECHO, CAROL]
    assert [velocity.denied(limits, "acme", one, ALICE, 0.0) for one in called] == ["", "", "caller"]
    assert velocity.denied(limits, "acme", CAROL, BOB, 0.0) == ""
    assert [velocity.denied(limits, "acme", CAROL, None, 0.0) for _ in range(9)] == [""] * 9


def test_without_limits_nothing_is_counted() -> None:
    velocity = Velocity()
    assert {velocity.denied(InboundLimits(), "acme", CAROL, ALICE, 0.0) for _ in range(1000)} == {""}


@pytest.mark.requirement("FRD-02")
def test_of_a_thousand_neighbours_who_take_turns() -> None:
    velocity, limits = Velocity(), InboundLimits(per_caller=1, per_caller_range=2)
    neighbours = ["+447700900001", "+447700900002", "+447700900003", "+447700901001"]
    said = [velocity.denied(limits, "acme", CAROL, one, 0.0) for one in neighbours]
    assert said == ["", "", "caller_range", ""]


@pytest.mark.requirement("FRD-02")
def test_of_a_range_of_ours_that_is_dialled_through() -> None:
    velocity, limits = Velocity(), InboundLimits(per_number=1, per_number_range=2)
    ours = ["+441632960101", "+441632960102", "+441632960103", "+441632961101"]
    assert [velocity.denied(limits, "acme", one, None, 0.0) for one in ours] == ["", "", "to_range", ""]


@pytest.mark.requirement("FRD-02")
def test_short_calls_close_a_range_for_a_while() -> None:
    velocity, limits = Velocity(), InboundLimits(short_calls=2, within_s=100.0)
    for _ in range(2):
        velocity.short(limits, "acme", ALICE, 0.0)
    assert velocity.denied(limits, "acme", CAROL, ALICE, 1.0) == "", "at the limit"
    velocity.short(limits, "acme", BOB, 1.0)
    assert velocity.denied(limits, "acme", CAROL, "+447700900999", 2.0) == "short_calls"
    assert velocity.denied(limits, "acme", CAROL, "+447700901999", 2.0) == ""
    assert velocity.denied(limits, "acme", CAROL, None, 2.0) == ""
    assert velocity.denied(limits, "other", CAROL, ALICE, 2.0) == ""
    assert velocity.denied(limits, "acme", CAROL, ALICE, 101.1) == "", "over"


def test_who_hides_shares_the_limit_with_all_who_do() -> None:
    velocity, limits = Velocity(), InboundLimits(short_calls=1)
    velocity.short(limits, "acme", None, 0.0)
    velocity.short(limits, "acme", None, 0.0)
    assert velocity.denied(limits, "acme", CAROL, None, 1.0) == "short_calls"
    assert velocity.denied(limits, "acme", CAROL, ALICE, 1.0) == ""


def test_the_list_of_closed_ranges_is_bounded() -> None:
    velocity, limits = Velocity(), InboundLimits(short_calls=1, within_s=10.0)
    for n in range(MAX_KNOWN + 5):
        for _ in range(2):
            velocity.short(limits, "acme", f"+44{n:07}000", 0.0)
    last = f"+44{MAX_KNOWN + 4:07}000"
    assert velocity.denied(limits, "acme", CAROL, last, 1.0) == "", "full: the first ones stay closed"
    for _ in range(2):
        velocity.short(limits, "acme", last, 20.0)
    assert velocity.denied(limits, "acme", CAROL, last, 21.0) == "short_calls"
