"""The step that lets a caller wait in a queue, and what it asks for."""

from dataclasses import dataclass

from pbx.ivr.speech import Speech
from pbx.ivr.step import Following, Step

MAX_PRIORITY = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinQueue:
    """The caller waits in a queue; answered by QueueEnded unless an agent answers.

    `has_exit`, `has_callback` = the key leads somewhere. `speech` = in which words he is spoken to.
    """

    queue: str
    priority: int
    has_exit: bool
    has_callback: bool
    speech: Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Step):
    """Wait in `queue` until an agent answers, which ends the flow; else go one of the other ways.

    None as `timeout`, `full` or `no_agents` ends the call; as `exit` or `callback` it means no such key.
    """

    waits = False  # a queue is full, or nobody is there, at once
    connects = True
    asks = True

    queue: str
    priority: int = 0
    timeout: str | None
    full: str | None
    no_agents: str | None
    exit: str | None = None
    callback: str | None = None

    @property
    def following(self) -> Following:
        always = (self.timeout, self.full, self.no_agents)
        return (*always, *(one for one in (self.exit, self.callback) if one is not None))

    @property
    def unattended(self) -> Following:
        return (self.timeout, self.full, self.no_agents)

    @property
    def words(self) -> str:
        return f"lets the caller wait in the queue {self.queue}"

    def order(self, speech: Speech) -> JoinQueue:
        """What the flow asks for."""
        return JoinQueue(
            queue=self.queue,
            priority=self.priority,
            has_exit=self.exit is not None,
            has_callback=self.callback is not None,
            speech=speech,
        )
