"""The part of the catalogue that is about queues."""

from pbx.observe.metric import Metric

_QUEUE = ("tenant", "queue")
QUEUE_WAITING = Metric(
    name="pbx_queue_waiting", kind="gauge", help="Callers who wait in a queue now.", labels=_QUEUE
)
QUEUE_LONGEST = Metric(
    name="pbx_queue_longest_wait_seconds",
    kind="gauge",
    help="For how long whoever has waited longest in a queue has waited, 0 = nobody waits.",
    labels=_QUEUE,
)
QUEUE_CALLS = Metric(
    name="pbx_queue_calls_total",
    kind="counter",
    help="Callers of a queue whose waiting is over, by how it ended; short = hung up within five seconds.",
    labels=(*_QUEUE, "outcome"),
)
QUEUE_IN_TIME = Metric(
    name="pbx_queue_answered_in_time_total",
    kind="counter",
    help="Callers of a queue who were answered within its service level.",
    labels=_QUEUE,
)
QUEUE_WAITED = Metric(
    name="pbx_queue_answered_wait_seconds_total",
    kind="counter",
    help="How long those who were answered have waited, all together.",
    labels=_QUEUE,
)
QUEUE_AGENTS = Metric(
    name="pbx_queue_agents",
    kind="gauge",
    help="Members of a queue by state; an agent counts in each of his queues.",
    labels=(*_QUEUE, "state"),
)
