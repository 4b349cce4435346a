"""Holds `fraud.yaml` against the other files: its groups and extensions exist."""

from pbx.config.read import did_you_mean
from pbx.config.reputation import read_reputation
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def check_fraud(source: TenantSource) -> list[ConfigError]:
    """Return an error for each group and extension that there is not, and for a day without length."""
    if source.fraud is None:
        return []
    document, written = source.fraud.document, source.fraud.model
    problems: list[ConfigError] = []
    groups = source.groups.model.groups if source.groups is not None else {}
    extensions = source.extensions.model.extensions if source.extensions is not None else {}
    if "groups.yaml" not in source.broken:
        problems += [
            document.key_error(("groups", name), f"there is no group {name}", did_you_mean(name, groups))
            for name in written.groups
            if name not in groups
        ]
    if "extensions.yaml" not in source.broken:
        problems += [
            document.key_error(
                ("extensions", name), f"there is no extension {name}", did_you_mean(name, extensions)
            )
            for name in written.extensions
            if name not in extensions
        ]
    if written.reputation is not None:
        try:
            read_reputation(source.folder, source.label, written.reputation)
        except ConfigError as error:
            problems.append(error)
        flows = {flow.plan.name for flow in source.flows}
        name = written.reputation.challenge
        if name is not None and name not in flows and not source.broken:
            hint = did_you_mean(name, flows)
            problems.append(document.error(("reputation", "challenge"), f"there is no flow {name}", hint))
    if written.hours.begin >= written.hours.end:
        problems.append(document.error(("hours",), "begin must be before end, on the same day"))
    return problems
