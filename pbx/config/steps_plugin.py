"""The step `plugin` of a flow as it is written, and what it becomes."""

from typing import Annotated

from pydantic import Field

from pbx.config.step_kind import StepKind
from pbx.config.steps_http import MAX_TAKEN, Secrets
from pbx.config.types import Duration, Listed, Name, Strict, Unique
from pbx.ivr.plugin_steps import AskPlugin

MAX_WAYS = 32
MAX_SETTINGS = 64
PluginName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class PluginArguments(Strict):
    name: PluginName
    settings: Annotated[dict[str, object], Field(max_length=MAX_SETTINGS, alias="with")] = Field(
        default_factory=dict
    )
    send: Annotated[tuple[Name, ...], Listed, Unique, Field(max_length=MAX_TAKEN)] = ()
    send_secret: Secrets = ()
    take: Annotated[dict[Name, Name], Field(max_length=MAX_TAKEN)] = Field(default_factory=dict)
    budget: Annotated[Duration, Field(ge=0.05, le=5.0)] = 1.0


class WrittenPlugin(Strict):
    plugin: PluginArguments
    ways: Annotated[dict[Name, Name], Field(min_length=1, max_length=MAX_WAYS)]
    failed: Name


def _plugin(step: WrittenPlugin) -> AskPlugin:
    asked = step.plugin
    return AskPlugin(
        name=asked.name,
        settings=dict(asked.settings),
        send=asked.send,
        secrets=asked.send_secret,
        take=dict(asked.take),
        budget_s=asked.budget,
        by_outcome=dict(step.ways),
        failed=step.failed,
    )


STEPS: dict[str, StepKind] = {"plugin": StepKind(WrittenPlugin, _plugin)}
