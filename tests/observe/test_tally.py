"""Counters, gauges and histograms, and their limit."""

import pytest

from pbx.observe import tally as module
from pbx.observe.metric import Family, Metric, Rows, Spread
from pbx.observe.tally import OVERFLOW, Tally

CALLS = Metric(name="calls_total", kind="counter", help="Calls.", labels=("tenant",))
FAULTS = Metric(
    name="faults_total", kind="counter", help="Faults.", labels=("kind",), values=("loss", "jitter")
)
LAG = Metric(name="lag_seconds", kind="histogram", help="Lag.", bounds=(0.1, 1.0))
DELAY = Metric(name="delay_seconds", kind="histogram", help="Delay.", labels=("trunk",), bounds=(1.0,))
TOTAL = Metric(name="all_total", kind="counter", help="All.")


def rows(tally: Tally, metric: Metric) -> Rows:
    """The series of one metric."""
    (family,) = [one for one in tally.families() if one.metric is metric]
    return family.rows


def test_what_is_known_beforehand_is_there_before_its_first_count() -> None:
    tally = Tally([CALLS, FAULTS, LAG, DELAY, TOTAL])
    assert tally.families() == [
        Family(CALLS, ()),
        Family(FAULTS, ((("loss",), 0.0), (("jitter",), 0.0))),
        Family(TOTAL, (((), 0.0),)),
        Family(LAG, (((), Spread((0, 0, 0), 0.0)),)),
        Family(DELAY, ()),
    ]


def test_counters_grow_by_their_labels() -> None:
    tally = Tally([CALLS])
    tally.add(CALLS, "acme")
    tally.add(CALLS, "blue", n=0)
    tally.add(CALLS, "acme", n=2)
    assert rows(tally, CALLS) == ((("acme",), 3.0), (("blue",), 0.0))


def test_a_gauge_is_what_was_said_last() -> None:
    tally = Tally([CALLS])
    tally.set(CALLS, "acme", value=1)
    tally.set(CALLS, "acme", value=0)
    assert rows(tally, CALLS) == ((("acme",), 0),)


def test_a_value_on_the_bound_is_in_its_bucket() -> None:
    tally = Tally([LAG])
    for value in (0.0, 0.1, 0.11, 1.0, 1.5):
        tally.observe(LAG, value=value)
    ((_, spread),) = rows(tally, LAG)
    assert isinstance(spread, Spread)
    assert spread.counts == (2, 2, 1)
    assert round(spread.total, 9) == 2.71


def test_what_was_returned_does_not_change() -> None:
    tally = Tally([CALLS, DELAY])
    tally.add(CALLS, "acme")
    tally.observe(DELAY, "blue", value=0.5)
    before = tally.families()
    tally.add(CALLS, "acme")
    tally.observe(DELAY, "blue", value=0.5)
    assert before == [
        Family(CALLS, ((("acme",), 1.0),)),
        Family(DELAY, ((("blue",), Spread((1, 0), 0.5)),)),
    ]


def test_there_is_an_end_to_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SERIES", 2)
    tally = Tally([CALLS, DELAY, TOTAL])
    for name in ("a", "b", "c", "d", "a"):
        tally.add(CALLS, name)
        tally.observe(DELAY, name, value=0.5)
    assert rows(tally, CALLS) == ((("a",), 2.0), (("b",), 1.0), ((OVERFLOW,), 2.0))
    assert [labels for labels, _ in rows(tally, DELAY)] == [("a",), ("b",), (OVERFLOW,)]
    tally.set(CALLS, "e", value=1)
    assert ("e",) not in dict(rows(tally, CALLS))
