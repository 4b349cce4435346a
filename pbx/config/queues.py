"""Call queues as written in `queues.yaml`."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pbx.config.music import HOLD
from pbx.config.types import Duration, ExtensionNumber, Listed, Name, Strict, Text, Unique
from pbx.ivr.queue_step import Queue
from pbx.ivr.steps import FlowPlan, Ring, Step, Voicemail

MAX_QUEUES = 200  # of one tenant
MAX_MEMBERS = 500  # of one queue; each is looked at whenever a telephone has become free
MAX_LENGTH = 1000  # callers in one queue: each is a call with audio
MOST_WAIT_S = 6 * 3600.0
LEAST_EVERY_S, LEAST_RING_S, MOST_RING_S = 10.0, 3.0, 180.0  # RFC 3261 §16.6: timer C
MISSES = 20
DEFAULT_GREETING = "All our agents are busy. Please leave a message after the tone."
OVERFLOW_RING_S = 30.0
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Strategy = Literal["ring_all", "longest_idle", "round_robin", "fewest_calls", "in_order"]
Target = Annotated[str, Field(pattern=r"^(extension|group|voicemail|queue)/[A-Za-z0-9_-]{1,64}$")]


class WrittenAnnouncements(Strict):
    """What callers hear over the music; a key without a text is not said."""

    every_s: Annotated[Duration, Field(ge=LEAST_EVERY_S, le=3600)] = Field(default=60.0, alias="every")
    first_s: Annotated[Duration, Field(ge=1, le=3600)] = Field(default=5.0, alias="first")
    position: Text | None = None
    wait: Text | None = None
    comfort: Text | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said, but for the numbers in it."""
        texts = (one for one in (self.position, self.wait, self.comfort) if one is not None)
        halves = (half.strip() for text in texts for half in re.split(r"\{[a-z]+\}", text))
        return tuple(half for half in halves if any(map(str.isalnum, half)))

    @model_validator(mode="after")
    def _numbered(self) -> "WrittenAnnouncements":
        for key, text, name in (("position", self.position, "position"), ("wait", self.wait, "minutes")):
            if text is not None and text.count(f"{{{name}}}") != 1:
                raise ValueError(f"{key}: expected a sentence with {{{name}}} in it, once")
        return self


class WrittenQueue(Strict):
    """One queue. `number` leads into it from every telephone of the tenant; a flow does by its name."""

    name: Annotated[str, Field(max_length=64)] = ""
    number: ExtensionNumber | None = None
    members: Annotated[
        tuple[ExtensionNumber, ...], Listed, Unique, Field(min_length=1, max_length=MAX_MEMBERS)
    ]
    strategy: Strategy = "longest_idle"
    ring_s: Annotated[Duration, Field(ge=LEAST_RING_S, le=MOST_RING_S)] = Field(default=20.0, alias="ring")
    retry_s: Annotated[Duration, Field(le=600)] = Field(default=5.0, alias="retry")
    wrap_up_s: Annotated[Duration, Field(le=3600)] | None = Field(default=10.0, alias="wrap_up")
    max_wait_s: Annotated[Duration, Field(ge=1, le=MOST_WAIT_S)] = Field(default=600.0, alias="max_wait")
    max_length: Annotated[int, Field(ge=1, le=MAX_LENGTH)] = 50
    max_misses: Annotated[int, Field(ge=0, le=MISSES)] = 3
    login: Literal["required", "presumed"] = "required"
    empty: Literal["logged_out", "paused", "never"] = "logged_out"
    service_level_s: Annotated[Duration, Field(ge=1, le=3600)] = Field(default=20.0, alias="service_level")
    music: Name = HOLD
    announce: WrittenAnnouncements = WrittenAnnouncements()
    exit_key: Key | None = None
    otherwise: Target | None = None


class QueuesFile(Strict):
    """`queues.yaml`."""

    queues: Annotated[dict[Name, WrittenQueue], Field(max_length=MAX_QUEUES)] = Field(default_factory=dict)


def flow_name(queue: str) -> str:
    """Return the name of the flow behind a queue; no flow of an admin has a / in its name."""
    return f"queue/{queue}"


def flow_into(queue: str, written: WrittenQueue) -> FlowPlan:
    """Return the flow behind a queue's number: the queue, and whoever is not answered goes `otherwise`."""
    otherwise = _otherwise(written.otherwise)
    away = "otherwise" if otherwise is not None else None
    has_key = away is not None and written.exit_key is not None
    step = Queue(queue=queue, timeout=away, full=away, no_agents=away, exit=away if has_key else None)
    steps: dict[str, Step] = {"queue": step}
    if otherwise is not None:
        steps["otherwise"] = otherwise
    return FlowPlan(name=flow_name(queue), start="queue", steps=steps)


def _otherwise(target: str | None) -> Step | None:
    kind, _, name = (target or "").partition("/")
    match kind:
        case "extension" | "group":
            return Ring(target=f"{kind}/{name}", ring_s=OVERFLOW_RING_S, no_answer=None, busy=None)
        case "voicemail":
            return Voicemail(box=name, greeting=DEFAULT_GREETING, max_s=180.0)
        case "queue":
            return Queue(queue=name, timeout=None, full=None, no_agents=None)
        case _:
            return None
