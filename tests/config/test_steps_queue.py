"""The step `queue` as it is written: one other way for all reasons, or one for each."""

import pytest
from pydantic import ValidationError

from pbx.config.steps_queue import STEPS, WrittenQueueStep
from pbx.ivr.queue_step import MAX_PRIORITY, Queue
from pbx.ivr.step import Step


def built(**written: object) -> Step:
    kind = STEPS["queue"]
    return kind.build(kind.written.model_validate({"queue": "support", "otherwise": "bye", **written}))


def test_one_way_for_all_reasons() -> None:
    assert built() == Queue(queue="support", timeout="bye", full="bye", no_agents="bye")


def test_a_way_for_each() -> None:
    step = built(priority=3, timeout="a", full="b", no_agents="c", exit="d")
    assert step == Queue(queue="support", priority=3, timeout="a", full="b", no_agents="c", exit="d")


def test_a_priority_has_a_limit() -> None:
    built(priority=MAX_PRIORITY)
    for wrong in (MAX_PRIORITY + 1, -1):
        with pytest.raises(ValidationError):
            built(priority=wrong)
    with pytest.raises(ValidationError):
        WrittenQueueStep.model_validate({"queue": "support"})
