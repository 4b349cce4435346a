"""Strategies: which of the free members of a queue rings next (ACD-01)."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from pbx.services.agent import Agent
from pbx.services.queue_policy import Strategy


def chosen(
    strategy: Strategy, free: Sequence[str], agents: Mapping[str, Agent], members: Sequence[str], last: str
) -> tuple[str, ...]:
    """Return who rings, all at once; `last` was offered a call before, "" = nobody was.

    Among equals the order of `members` decides.
    """
    if not free:
        return ()
    match strategy:
        case "ring_all":
            return tuple(free)
        case "in_order":
            return (free[0],)
        case "longest_idle":
            return (min(free, key=lambda one: agents[one].idle_since),)
        case "fewest_calls":
            return (min(free, key=lambda one: (agents[one].n_answered, agents[one].idle_since)),)
        case "round_robin":
            start = members.index(last) + 1 if last in members else 0
            order = [*members[start:], *members[:start]]
            return (min(free, key=order.index),)
    assert_never(strategy)
