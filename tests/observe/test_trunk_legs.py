"""The legs of carriers: attempts, answers, failures, delay and duration."""

import pytest

from pbx.core.ids import LegId
from pbx.observe import catalogue as c
from pbx.observe import trunk_legs as module
from pbx.observe.metric import Metric, Rows, Spread
from pbx.observe.tally import Tally
from pbx.observe.trunk_legs import TrunkLegs

A = LegId("a")
OUT, IN = ("acme", "blue", "out"), ("acme", "blue", "in")
METRICS = (c.TRUNK_ATTEMPTS, c.TRUNK_ANSWERED, c.TRUNK_FAILED, c.POST_DIAL_DELAY, c.TRUNK_DURATION)


class Counted:
    """Legs and what they were counted as."""

    def __init__(self) -> None:
        self.tally = Tally(METRICS)
        self.legs = TrunkLegs(self.tally)

    def rows(self, metric: Metric) -> Rows:
        (family,) = [one for one in self.tally.families() if one.metric is metric]
        return family.rows

    def total(self, metric: Metric) -> float:
        """The sum of the only series of a histogram."""
        ((_, spread),) = self.rows(metric)
        assert isinstance(spread, Spread)
        assert sum(spread.counts) == 1
        return spread.total


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_call_out_rings_answers_and_ends(counted: Counted) -> None:
    legs = counted.legs
    legs.began(A, OUT, 10.0)
    legs.ringing(A, 181, 11.0)
    legs.ringing(A, 183, 12.5)
    legs.ringing(A, 180, 14.0)
    legs.answered(A, 20.0)
    legs.answered(A, 21.0)
    legs.ended(A, "bye", 80.0)
    legs.ended(A, "bye", 81.0)
    assert counted.rows(c.TRUNK_ATTEMPTS) == counted.rows(c.TRUNK_ANSWERED) == ((OUT, 1.0),)
    assert counted.total(c.POST_DIAL_DELAY) == 2.5
    assert counted.total(c.TRUNK_DURATION) == 60.0
    assert counted.rows(c.TRUNK_FAILED) == ()
    assert legs.n_legs == 0


def test_an_answer_at_once_has_a_delay_too(counted: Counted) -> None:
    counted.legs.began(A, OUT, 0.0)
    counted.legs.answered(A, 3.0)
    assert counted.total(c.POST_DIAL_DELAY) == 3.0


def test_a_call_in_has_no_delay_of_the_carrier(counted: Counted) -> None:
    counted.legs.began(A, IN, 0.0)
    counted.legs.answered(A, 3.0)
    assert counted.rows(c.POST_DIAL_DELAY) == ()
    assert counted.rows(c.TRUNK_ANSWERED) == ((IN, 1.0),)


def test_a_refusal_is_a_failure_once(counted: Counted) -> None:
    counted.legs.began(A, OUT, 0.0)
    counted.legs.refused(A, 486)
    counted.legs.refused(A, 486)
    counted.legs.ended(A, "cancel", 1.0)
    assert counted.rows(c.TRUNK_FAILED) == (((*OUT, "busy"), 1.0),)


@pytest.mark.parametrize(
    ("how", "cause"), [("cancel", "cancel"), ("timeout", "no_answer"), ("transport", "unavailable")]
)
def test_an_end_without_an_answer_is_a_failure(counted: Counted, how: str, cause: str) -> None:
    counted.legs.began(A, IN, 0.0)
    counted.legs.ended(A, how, 5.0)
    assert counted.rows(c.TRUNK_FAILED) == (((*IN, cause), 1.0),)


def test_the_leg_of_a_telephone_is_not_counted(counted: Counted) -> None:
    counted.legs.ringing(A, 180, 0.0)
    counted.legs.answered(A, 1.0)
    counted.legs.refused(A, 486)
    counted.legs.ended(A, "bye", 2.0)
    assert all(not counted.rows(metric) for metric in METRICS)


def test_the_oldest_is_forgotten_beyond_the_limit(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LEGS", 2)
    for name in "abc":
        counted.legs.began(LegId(name), OUT, 0.0)
    assert counted.legs.n_legs == 2
    counted.legs.answered(LegId("c"), 1.0)
    assert counted.rows(c.TRUNK_ANSWERED) == ((OUT, 1.0),)
