"""A plan as its admin wrote it: checked values by the keys of YAML, defaults filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pbx.config.models import PbxSettings
from pbx.config.read import Read, read_model
from pbx.config.sources import TenantSource, read_tenant

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTenant:
    """One tenant: `files` by section (`extensions`, `dialplan`), as values and as the words of the file.

    `flows` by name: `start`, `steps` as written, and as `built`, by which it is seen that nothing changes.
    """

    files: Mapping[str, Values]
    words: Mapping[str, Values]
    flows: Mapping[str, Values]
    prompts: Mapping[str, Values] = field(default_factory=dict)  # by language

    @property
    def country(self) -> str:
        return str(self.files.get("tenant", {}).get("country", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPlan:
    """A whole configuration; what could not be read is left out, for `pbx check` says that."""

    machine: Values
    machine_words: Values
    tenants: Mapping[str, WrittenTenant]


def written_plan(directory: Path) -> WrittenPlan:
    """Return the plan in a folder, as far as it can be read."""
    label = directory.name
    machine, _ = read_model(directory / "pbx.yaml", f"{label}/pbx.yaml", PbxSettings)
    tenants = {}
    for folder in sorted(file.parent for file in directory.glob("*/tenant.yaml")):
        source, _ = read_tenant(folder, f"{label}/{folder.name}")
        tenants[_name(source)] = _tenant(source)
    return WrittenPlan(
        machine=machine.model.model_dump(mode="json", by_alias=True) if machine is not None else {},
        machine_words=_words(machine.document.value) if machine is not None else {},
        tenants=tenants,
    )


def _name(source: TenantSource) -> str:
    return source.settings.model.tenant if source.settings is not None else source.folder.name


def _tenant(source: TenantSource) -> WrittenTenant:
    read = {one.name: found for one in fields(source) if isinstance(found := getattr(source, one.name), Read)}
    sections = {"tenant" if name == "settings" else name: found for name, found in read.items()}
    return WrittenTenant(
        files={name: one.model.model_dump(mode="json", by_alias=True) for name, one in sections.items()},
        words={name: _words(one.document.value) for name, one in sections.items()},
        flows={
            flow.file.model.flow: {
                "start": flow.file.model.start,
                "steps": dict(flow.file.model.steps),
                "built": flow.plan.steps,
            }
            for flow in (*source.flows, *source.broken_flows)
        },
        prompts={language: dict(index.model.root) for language, index in source.prompts.items()},
    )


def _words(value: Any) -> Values:
    return value if isinstance(value, dict) else {}
