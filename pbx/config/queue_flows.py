"""What the queues of a tenant add to its flows and to its dial plan."""

from pbx.config.queues import QueuesFile, flow_into, flow_name
from pbx.config.read import Read
from pbx.dialplan.rules import RoomRule
from pbx.ivr.steps import FlowPlan


def queue_flows(queues: Read[QueuesFile] | None) -> dict[str, FlowPlan]:
    """Return the flow behind each queue, by its name."""
    written = queues.model.queues if queues is not None else {}
    return {flow_name(name): flow_into(name, queue) for name, queue in written.items()}


def queue_rules(queues: Read[QueuesFile] | None) -> tuple[RoomRule, ...]:
    """Return the numbers that lead into a queue."""
    if queues is None:
        return ()
    return tuple(
        RoomRule(number=queue.number, flow=flow_name(name), place=queues.document.place(("queues", name)))
        for name, queue in queues.model.queues.items()
        if queue.number is not None
    )
