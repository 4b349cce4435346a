"""The words between a running PBX and its operator about queues and their agents."""

from dataclasses import dataclass
from typing import Literal

Said = Literal["login", "logout", "pause", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskQueues:
    """Who waits in which queue, and which agents are there; `tenant` "" = of all."""

    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAgent:
    """Say for an agent that he is there, or not; kept in the audit log. `reason` is that of a pause."""

    tenant: str
    extension: str
    said: Said
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPriority:
    """Put a caller who waits before others, or behind them: 0 to 9, a minute each."""

    call: str
    priority: int
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueIs:
    """A queue; `longest_s` is how long somebody waits already, `service_level` None = nobody came yet."""

    tenant: str
    queue: str
    waiting: int
    longest_s: int
    answered: int
    abandoned: int
    service_level: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIs:
    """Somebody who waits; `rings` are the agents that ring for him."""

    tenant: str
    queue: str
    call: str
    position: int
    waited_s: int
    priority: int
    rings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentIs:
    """An agent; `reason` is that of his pause, `misses` are those in a row."""

    tenant: str
    extension: str
    state: str
    reason: str
    call: str
    answered: int
    misses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesAre:
    """All of them; of an order about an agent he alone, of one about a caller he alone."""

    queues: tuple[QueueIs, ...] = ()
    callers: tuple[CallerIs, ...] = ()
    agents: tuple[AgentIs, ...] = ()


QueueRequest = AskQueues | OrderAgent | OrderPriority
