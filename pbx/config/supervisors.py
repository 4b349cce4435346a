"""Who may watch whose calls: `supervises` of extensions.yaml, checked and worked out."""

from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def supervisors(source: TenantSource) -> dict[str, frozenset[str]]:
    """Return whom each supervisor may watch, himself never; `source` was checked."""
    if source.extensions is None:
        return {}
    groups = source.groups.model.groups if source.groups is not None else {}
    members = {f"group/{name}": group.members for name, group in groups.items()}
    return {
        number: frozenset(
            one for name in written.supervises for one in members.get(name, (name.partition("/")[2],))
        )
        - {number}
        for number, written in source.extensions.model.extensions.items()
        if written.supervises
    }


def check_supervisors(source: TenantSource) -> list[ConfigError]:
    """Return names that nobody has, and whoever is to watch himself."""
    if source.extensions is None or (source.groups is None and "groups.yaml" in source.broken):
        return []
    document = source.extensions.document
    groups = source.groups.document.value.get("groups") if source.groups is not None else None
    known = [f"extension/{number}" for number in source.extensions.model.extensions]
    known += [f"group/{name}" for name in groups] if isinstance(groups, dict) else []
    problems: list[ConfigError] = []
    for number, written in source.extensions.model.extensions.items():
        for i, name in enumerate(written.supervises):
            path = ("extensions", number, "supervises", i)
            if name not in known:
                problems.append(document.error(path, f"there is no {name}", did_you_mean(name, known)))
            elif name == f"extension/{number}":
                problems.append(document.error(path, "nobody watches himself"))
    return problems
