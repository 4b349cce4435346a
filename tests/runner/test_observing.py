"""A fault of the counts costs no call."""

import pytest

from pbx.call.effects import SaveCall
from pbx.core.audit import AuditFact
from pbx.observe import catalogue as c
from pbx.observe.call_counts import CallCounts
from pbx.runner.observing import Observing


def test_a_fault_is_logged_once_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    observing = Observing(CallCounts())
    broken = object.__new__(SaveCall)  # without a record
    for _ in range(2):
        observing.take(broken, 0.0)
    assert caplog.messages == ["a SaveCall was not counted: AttributeError"]
    observing.fact(AuditFact(kind="recording.paused"))
    assert [f.rows for f in observing.counts.families() if f.metric is c.RECORDINGS_PAUSED] == [(((), 1.0),)]


def test_what_nobody_counts_is_let_through() -> None:
    Observing(CallCounts()).take(object(), 0.0)
