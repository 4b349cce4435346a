"""The step `queue`: what it asks for, where it leads, and which keys lead anywhere."""

import pytest

from pbx.ivr.events import FlowStarted, QueueEnded
from pbx.ivr.flow import MAX_STEPS_AT_ONCE, Flow
from pbx.ivr.queue_step import JoinQueue, Queue
from pbx.ivr.speech import Speech
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.media.dialogue import PlayPrompts, Say

STEP = Queue(
    queue="support",
    priority=2,
    timeout="timeout",
    full="full",
    no_agents="nobody",
    exit="exit",
    callback="back",
)
WAYS = {"timeout": "timeout", "full": "full", "no_agents": "nobody", "exit": "exit", "callback": "back"}


def waiting(step: Queue = STEP) -> Flow:
    texts = {name: HangUp(text=name) for name in WAYS.values()}
    flow = Flow(FlowPlan(name="f", start="wait", steps={"wait": step, **texts}))
    order = flow.handle(FlowStarted(), 0.0)
    assert order == [
        JoinQueue(
            queue="support",
            priority=step.priority,
            has_exit=step.exit is not None,
            has_callback=step.callback is not None,
            speech=Speech(),
        )
    ]
    assert flow.state == "queue"
    return flow


@pytest.mark.parametrize("outcome", ["timeout", "full", "no_agents", "exit", "callback"])
def test_every_outcome_has_its_way(outcome: str) -> None:
    (order,) = waiting().handle(QueueEnded(outcome=outcome), 1.0)  # type: ignore[arg-type]
    assert isinstance(order, PlayPrompts)
    (said,) = order.prompts
    assert isinstance(said, Say) and said.text == WAYS[outcome]


def test_keys_without_a_way_are_none() -> None:
    bare = Queue(queue="support", timeout=None, full=None, no_agents=None)
    waiting(bare)
    assert bare.following == bare.unattended == (None, None, None)


def test_nobody_is_waited_for_in_the_other_ways() -> None:
    assert STEP.unattended == ("timeout", "full", "nobody")


def test_a_loop_of_full_queues_ends() -> None:
    again = Queue(queue="support", timeout=None, full="wait", no_agents="wait")
    flow = waiting(again)
    for _ in range(MAX_STEPS_AT_ONCE - 1):
        assert len(flow.handle(QueueEnded(outcome="full"), 1.0)) == 1
    flow.handle(QueueEnded(outcome="full"), 1.0)
    assert flow.state == "over"
