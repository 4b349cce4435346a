"""Whether a `transfer` leads somewhere, and flows that send callers to each other let them rest."""

from collections.abc import Collection, Iterator

from pbx.config.check_ring import account_problems, number_problems
from pbx.config.marks import Document, Path
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.onward import Transfer
from pbx.ivr.steps import FlowPlan

Node = tuple[str, str]  # flow and step


def check_transfer(
    source: TenantSource, document: Document, path: Path, step: Transfer, boxes: Collection[str]
) -> list[ConfigError]:
    """`path` is that of the key `transfer`, `boxes` are the extensions and groups that there are."""
    at = (*path, "to") if (*path, "to") in document.marks else path
    kind, _, name = step.target.partition("/")
    if kind == "number":
        account = account_problems(document, path, step.timing.account, boxes)
        return [*account, *number_problems(source, document, (*path, "number"), name)]
    known = [f"flow/{one}" for one in source.flow_names] if kind == "flow" else boxes
    if step.target in known:
        return []
    return [document.error(at, f"there is no {step.target}", did_you_mean(step.target, known))]


def sent_to(source: TenantSource) -> set[str]:
    """Return the flows that steps of others send callers to."""
    return {
        step.flow
        for flow in source.flows
        for step in flow.plan.steps.values()
        if isinstance(step, Transfer) and step.flow and step.flow != flow.plan.name
    }


def circles(source: TenantSource) -> list[ConfigError]:
    """Return the transfers from flow to flow by which a caller would go round for ever without waiting."""
    plans = {flow.plan.name: flow.plan for flow in source.flows}
    return [
        flow.file.document.error(
            ("steps", name, "transfer"), f"the caller comes back to {name} for ever without waiting"
        )
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, Transfer) and step.flow and _comes_back(plans, (flow.plan.name, name))
    ]


def _comes_back(plans: dict[str, FlowPlan], begin: Node) -> bool:
    found: set[Node] = set()
    todo = [begin]
    while todo:
        for node in _next(plans, todo.pop()):
            if node == begin:
                return True
            if node not in found:
                found.add(node)
                todo.append(node)
    return False


def _next(plans: dict[str, FlowPlan], node: Node) -> Iterator[Node]:
    """Yield where a caller goes on at once; a step that is not there is complained of elsewhere."""
    plan = plans.get(node[0])
    step = plan.steps.get(node[1]) if plan is not None else None
    if plan is None or step is None or step.waits:
        return
    if isinstance(step, Transfer) and step.flow:
        if step.flow in plans:
            yield step.flow, plans[step.flow].start
        return
    yield from ((plan.name, name) for name in step.following if name is not None)
