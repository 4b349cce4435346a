"""What the queues order is a value."""

from pbx.core.ids import CallId
from pbx.services.queue_effects import RingAgents


def test_an_offer_is_compared_by_what_it_says() -> None:
    one = RingAgents(call=CallId("a"), queue="support", agents=("1001",), ring_s=20.0)
    assert one == RingAgents(call=CallId("a"), queue="support", agents=("1001",), ring_s=20.0)
