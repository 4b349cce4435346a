"""Agents in a rehearsal: all members of a queue are there, so that its telephones decide who answers."""

from collections.abc import Mapping
from dataclasses import replace

from pbx.services.queue_policy import QueuePolicy


def attended(queues: Mapping[str, QueuePolicy]) -> dict[str, QueuePolicy]:
    """Return the queues with everybody logged in, and no music."""
    return {name: replace(one, login=False, music=None) for name, one in queues.items()}
