"""Where an outcome parts from what a test expects."""

from typing import Any

import pytest

from pbx.config.plan_tests import WrittenExpectation
from pbx.rehearsal.judge import differences, fits
from pbx.rehearsal.outcome import Outcome

CAME = Outcome(
    route="flow support",
    path=("support.welcome", "support.agents"),
    rings=("1001", "1002"),
    answered_by="1001",
    said=("Thank you for calling.", "Goodbye."),
    consent="notify",
    consent_state="informed",
    verification="V2",
    is_recorded=True,
)


def keys(expected: dict[str, Any], came: Outcome = CAME) -> list[str]:
    found = differences(WrittenExpectation.model_validate(expected), came, {})
    return [one.key for one in found]


@pytest.mark.parametrize(
    ("met", "missed"),
    [
        ({"route": "flow support"}, {"route": "flow sales"}),
        ({"path": ["welcome", "agents"]}, {"path": ["welcome"]}),
        ({"path": ["...", "support.agents"]}, {"path": ["...", "welcome"]}),
        ({"rings": [1001, 1002]}, {"rings": [1002, 1001]}),
        ({"answered_by": 1001}, {"answered_by": "nobody"}),
        ({"says": ["thank you", "goodbye"]}, {"says": ["goodbye", "thank you"]}),
        ({"never_says": ["sorry"]}, {"never_says": ["GOODBYE"]}),
        ({"consent": "notify"}, {"consent": "not_asked"}),
        ({"consent_state": "informed"}, {"consent_state": "declined"}),
        ({"verification": "V2"}, {"verification": "V0"}),
        ({"recording": True}, {"recording": False}),
        ({"message": "nobody"}, {"message": "support"}),
        ({"ends": {"by": "system"}}, {"ends": {"by": "caller"}}),
    ],
)
def test_each_expectation_can_be_met_and_missed(met: dict[str, Any], missed: dict[str, Any]) -> None:
    assert keys(met) == []
    assert keys(missed) == [*missed]


def test_a_reply_that_nobody_asks_for_is_a_difference() -> None:
    came = Outcome(route="flow support", unasked=("2",))
    assert keys({"route": "flow support"}, came) == ["replies"]


def test_a_call_that_never_ends_is_one() -> None:
    assert keys({"route": "x"}, Outcome(route="x", is_cut=True)) == ["ends"]


def test_a_difference_names_the_line_of_what_was_expected() -> None:
    expected = WrittenExpectation.model_validate({"verification": "V3"})
    (one,) = differences(expected, CAME, {"verification": "acme/tests/a.yaml:7"})
    assert str(one) == "acme/tests/a.yaml:7: verification: expected V3, found V2"


@pytest.mark.parametrize(
    ("expected", "found", "is_met"),
    [
        ((), (), True),
        (("...",), (), True),
        (("...", "b"), ("f.a", "f.b"), True),
        (("a", "...", "a"), ("f.a",), False),
        (("f.a",), ("g.a",), False),
        (("...", "b", "..."), ("f.a", "f.b", "f.c"), True),
    ],
)
def test_paths(expected: tuple[str, ...], found: tuple[str, ...], is_met: bool) -> None:
    assert fits(expected, found) is is_met
