"""What the page of metrics has of queues."""

from collections import Counter
from collections.abc import Iterator

from pbx.observe import queue_metrics as q
from pbx.observe.metric import Labels, Metric, Rows
from pbx.services.agent import AgentState
from pbx.services.queues import Name, Queues

OUTCOMES = ("answered", "abandoned", "short", "timeout", "full", "no_agents", "exit")


def queue_rows(queues: Queues, now: float) -> dict[Metric, Rows]:
    """Return the series of each metric at monotonic `now`; every queue and outcome is there at once."""
    names = queues.names
    counts = {name: queues.counts(name) for name in names}
    return {
        q.QUEUE_WAITING: tuple((name, float(len(queues.line(name)))) for name in names),
        q.QUEUE_LONGEST: tuple((name, _longest_s(queues, name, now)) for name in names),
        q.QUEUE_CALLS: tuple(
            ((*name, outcome), float(getattr(counts[name], outcome)))
            for name in names
            for outcome in OUTCOMES
        ),
        q.QUEUE_IN_TIME: tuple((name, float(counts[name].in_time)) for name in names),
        q.QUEUE_WAITED: tuple((name, counts[name].waited_s) for name in names),
        q.QUEUE_AGENTS: tuple(row for name in names for row in _agents(queues, name)),
    }


def _longest_s(queues: Queues, name: Name, now: float) -> float:
    oldest = queues.line(name).oldest
    return now - oldest if oldest is not None else 0.0


def _agents(queues: Queues, name: Name) -> Iterator[tuple[Labels, float]]:
    policy, agents = queues.policy(name), queues.agents(name[0])
    states = Counter(agents[one].state for one in (policy.members if policy is not None else ()))
    yield from (((*name, state), float(states[state])) for state in AgentState)
