"""What the two ends of a remote worker's session say."""

from typing import get_args

import pytest

from pbx.core.ids import LegId
from pbx.core.wire import Codec
from pbx.media.effects import CloseLeg, MediaEffect
from pbx.media.events import LegFailed, WorkerEvent
from pbx.media.session import MAX_BACKOFF_S, FromWorker, Heard, Hello, ToWorker, Welcome, backoff_s


def test_every_order_and_fact_travels_in_a_session() -> None:
    assert set(get_args(ToWorker)) == {*get_args(MediaEffect), Hello, Heard}
    assert set(get_args(FromWorker)) == {*get_args(WorkerEvent), Welcome, Heard}


def test_what_is_said_arrives() -> None:
    orders, facts = Codec[ToWorker](ToWorker), Codec[FromWorker](FromWorker)
    for order in (Hello(version=1, session="s", received=7), Heard(received=3), CloseLeg(leg=LegId("a"))):
        assert orders.decode(orders.encode(order)) == order
    welcome = Welcome(version=1, instance="i", resumed=True, received=7)
    for fact in (welcome, Heard(received=3), LegFailed(leg=LegId("a"), reason="r")):
        assert facts.decode(facts.encode(fact)) == fact


@pytest.mark.parametrize(
    ("attempt", "draw", "seconds"),
    [
        (0, 0.0, 0.05),
        (0, 1.0, 0.1),
        (1, 1.0, 0.2),
        (4, 0.0, 0.8),
        (5, 1.0, MAX_BACKOFF_S),
        (10**6, 1.0, MAX_BACKOFF_S),
    ],
)
def test_who_is_refused_waits_longer_each_time(attempt: int, draw: float, seconds: float) -> None:
    assert backoff_s(attempt, draw) == pytest.approx(seconds)
