"""Holds conditions on verdicts against each other, and against what the trunks find out."""

from pbx.config.schema import target_path
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.steps import When

_VERIFY = "set identity.verify of a trunk, or no call ever has a verdict"


def check_conditions(source: TenantSource) -> list[ConfigError]:
    """Return the targets of a number that no call reaches, and the numbers that leave calls without one."""
    if source.dialplan is None:
        return []
    document = source.dialplan.document
    problems: list[ConfigError] = []
    for number, targets in source.dialplan.model.inbound.items():
        paths = [target_path(number, i, targets) for i in range(len(targets))]
        for before, path in zip(targets, paths[1:], strict=False):
            if before.when is None:
                problems.append(document.error(path, "never reached: the target before it takes every call"))
        if targets[-1].when is not None:
            message = "the last target of a number takes the calls that are left, and has no when"
            problems.append(document.error((*paths[-1], "when"), message))
    return problems


def unverified(source: TenantSource) -> list[ConfigError]:
    """Return warnings about conditions on a verdict that nobody reaches."""
    if source.trunks is None or any(_verifies(source)):
        return []
    problems: list[ConfigError] = []
    if source.dialplan is not None:
        document = source.dialplan.document
        problems += [
            document.error((*target_path(number, i, targets), "when"), "no trunk verifies numbers", _VERIFY)
            for number, targets in source.dialplan.model.inbound.items()
            for i, target in enumerate(targets)
            if target.when is not None and target.when.build().asks_verdict
        ]
    return problems + [
        flow.file.document.error(("steps", name, "when"), "no trunk verifies numbers", _VERIFY)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, When) and step.condition.asks_verdict
    ]


def _verifies(source: TenantSource) -> list[bool]:
    trunks = source.trunks.model.trunks.values() if source.trunks is not None else ()
    return [trunk.identity.verify != "off" for trunk in trunks]
