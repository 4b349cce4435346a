"""The step `queue` of a flow: how it is written, and what it becomes."""

from typing import Annotated

from pydantic import Field

from pbx.config.step_kind import StepKind
from pbx.config.types import Name, Strict
from pbx.ivr.queue_step import MAX_PRIORITY, Queue


class WrittenQueueStep(Strict):
    """`otherwise` is the way of whoever is not answered, where none of its own is written for the reason."""

    queue: Name
    priority: Annotated[int, Field(ge=0, le=MAX_PRIORITY)] = 0
    otherwise: Name
    timeout: Name | None = None
    full: Name | None = None
    no_agents: Name | None = None
    exit: Name | None = None


def _queue(written: WrittenQueueStep) -> Queue:
    return Queue(
        queue=written.queue,
        priority=written.priority,
        timeout=written.timeout or written.otherwise,
        full=written.full or written.otherwise,
        no_agents=written.no_agents or written.otherwise,
        exit=written.exit,
    )


STEPS: dict[str, StepKind] = {"queue": StepKind(WrittenQueueStep, _queue)}
