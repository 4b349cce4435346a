"""Holds `access.yaml` against the tenant's extensions and groups."""

from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def check_access(source: TenantSource) -> list[ConfigError]:
    """Return the names in `of` that nobody has."""
    if source.access is None or source.extensions is None or "groups.yaml" in source.broken:
        return []
    document = source.access.document
    groups = source.groups.model.groups if source.groups is not None else {}
    known = [f"extension/{number}" for number in source.extensions.model.extensions]
    known += [f"group/{name}" for name in groups]
    return [
        document.error(("people", user, "of", i), f"there is no {name}", did_you_mean(name, known))
        for user, one in source.access.model.people.items()
        for i, name in enumerate(one.of)
        if name not in known
    ]
