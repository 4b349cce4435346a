"""The series of queues: who waits, for how long, what became of callers, and who is there (ACD-15)."""

from typing import Any

import pytest

from pbx.core.ids import CallId
from pbx.observe import queue_metrics as q
from pbx.observe.metric import Labels, Metric
from pbx.runner.queue_rows import OUTCOMES, queue_rows
from pbx.services.agent import LogOut, Pause
from pbx.services.queue_policy import QueuePolicy
from pbx.services.queues import Queues

SUPPORT = ("acme", "support")
A, B, C = CallId("a"), CallId("b"), CallId("c")


class Free:
    """Telephones of which none is in use."""

    def is_busy(self, tenant: str, extension: str) -> bool:
        return False


@pytest.fixture
def queues() -> Queues:
    """A queue with three agents, one of them logged out, and one of them in a pause."""
    made = Queues()
    policy = QueuePolicy(name="support", members=("1001", "1002", "1003"), login=False)
    made.swap({"acme": {"support": policy}})
    made.wish("acme", "1002", Pause(reason="lunch"), "1002", 0.0)
    made.wish("acme", "1003", LogOut(), "1003", 0.0)
    return made


def row(queues: Queues, metric: Metric, *rest: str, now: float = 0.0) -> Any:
    rows: dict[Labels, Any] = dict(queue_rows(queues, now)[metric])
    return rows[(*SUPPORT, *rest)]


@pytest.mark.requirement("ACD-15")
def test_a_queue_is_there_before_its_first_caller(queues: Queues) -> None:
    assert row(queues, q.QUEUE_WAITING) == row(queues, q.QUEUE_LONGEST) == 0.0
    assert [row(queues, q.QUEUE_CALLS, outcome) for outcome in OUTCOMES] == [0.0] * len(OUTCOMES)


@pytest.mark.requirement("ACD-15")
def test_callers_who_wait_and_what_became_of_others(queues: Queues) -> None:
    for call, at in ((A, 0.0), (B, 10.0), (C, 12.0)):
        queues.join(call, SUPPORT, 0, at)
    queues.answered(A, "1001", 8.0)
    queues.leave(C, "abandoned", 14.0)
    assert row(queues, q.QUEUE_WAITING) == 1.0
    assert row(queues, q.QUEUE_LONGEST, now=25.0) == 15.0
    assert row(queues, q.QUEUE_CALLS, "answered") == row(queues, q.QUEUE_IN_TIME) == 1.0
    assert row(queues, q.QUEUE_WAITED) == 8.0
    assert (row(queues, q.QUEUE_CALLS, "short"), row(queues, q.QUEUE_CALLS, "abandoned")) == (1.0, 0.0)


@pytest.mark.requirement("ACD-15")
def test_agents_by_state(queues: Queues) -> None:
    queues.join(A, SUPPORT, 0, 0.0)
    queues.settle(0.0, Free())
    states = {state: row(queues, q.QUEUE_AGENTS, state) for state in ("offered", "paused", "logged_out")}
    assert states == {"offered": 1.0, "paused": 1.0, "logged_out": 1.0}
    assert row(queues, q.QUEUE_AGENTS, "ready") == 0.0


def test_no_queues_no_series() -> None:
    assert set(queue_rows(Queues(), 0.0).values()) == {()}
