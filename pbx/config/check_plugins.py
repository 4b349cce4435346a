"""Steps that ask plug-ins are held against these: they are installed, and take what a plan writes."""

from collections.abc import Iterator

from pydantic import ValidationError

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.told_values import unknown_values
from pbx.core.errors import ConfigError
from pbx.ivr.plugin_steps import AskPlugin
from pbx.ivr.steps import FlowPlan
from pbx.plugins.plugin import Plugin, installed, load_plugin


def check_plugin(
    document: Document, path: MarkPath, step: AskPlugin, plan: FlowPlan
) -> Iterator[ConfigError]:
    """Return the mistakes of one step; `path` is that of its arguments."""
    for i, name in enumerate(step.send):
        yield from unknown_values(document, (*path, "send", i), (name,), (plan, ()))
    points = installed()
    if step.name not in points:
        hint = did_you_mean(step.name, points) or "install its package beside the PBX"
        yield document.error((*path, "name"), f"no plug-in {step.name} is installed", hint)
        return
    try:
        plugin = load_plugin(points[step.name])
    except ValueError as error:
        yield document.error((*path, "name"), str(error))
        return
    yield from _settings(document, path, step, plugin)
    for outcome in step.by_outcome:
        if outcome not in plugin.outcomes:
            place = (*path[:-1], "ways", outcome)
            hint = did_you_mean(outcome, plugin.outcomes)
            yield document.key_error(place, f"{step.name} has no outcome {outcome}", hint)
    for name, given in step.take.items():
        if given not in plugin.gives:
            hint = did_you_mean(given, plugin.gives)
            yield document.error((*path, "take", name), f"{step.name} gives no {given}", hint)


def _settings(document: Document, path: MarkPath, step: AskPlugin, plugin: Plugin) -> Iterator[ConfigError]:
    try:
        plugin.settings.model_validate(dict(step.settings))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            place = (*path, "with", *detail["loc"])
            yield document.error(place if place in document.marks else path, detail["msg"])
