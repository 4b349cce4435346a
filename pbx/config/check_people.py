"""Whether a `directory` of a flow can find anybody."""

from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.name_search import keys_of
from pbx.ivr.people import Directory

_LIST = "take directory: false from somebody who may be found"


def check_directory(source: TenantSource) -> list[ConfigError]:
    """Return errors: a directory in which nobody is."""
    if source.extensions is None:
        return []
    listed = [one for one in source.extensions.model.extensions.values() if one.directory]
    if any(keys_of(one.name) for one in listed):
        return []
    return [
        flow.file.document.error(("steps", name, "directory"), "nobody is in the directory", _LIST)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, Directory)
    ]


def unspelled(source: TenantSource) -> list[ConfigError]:
    """Return warnings: listed names that no key of a telephone spells."""
    steps = (step for flow in source.flows for step in flow.plan.steps.values())
    if source.extensions is None or not any(isinstance(step, Directory) for step in steps):
        return []
    document = source.extensions.document
    return [
        document.error(
            ("extensions", number, "name"),
            f"no key of a telephone spells {one.name}: no directory finds it",
            "write it in Latin letters, or directory: false",
        )
        for number, one in source.extensions.model.extensions.items()
        if one.directory and not keys_of(one.name)
    ]
