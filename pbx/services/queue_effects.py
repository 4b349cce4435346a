"""What the queues order of calls, and tell of agents."""

from dataclasses import dataclass

from pbx.core.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgents:
    """It is a caller's turn: let these extensions ring for him."""

    call: CallId
    queue: str
    agents: tuple[str, ...]
    ring_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEmptied:
    """Nobody is left whom a caller could wait for."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """An agent has logged in or out, pauses or is back; `reason` is that of a pause, None = there is none."""

    tenant: str
    extension: str
    is_in: bool
    reason: str | None
    lasted_s: float  # what he was before
    actor: str  # who has said so, "" = nobody, he has missed too many calls


QueueEffect = RingAgents | QueueEmptied | AgentChanged
