"""Calls from the network, at the limit and one beyond it."""

import pytest

from pbx.fraud.velocity import InboundLimits, Velocity

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
