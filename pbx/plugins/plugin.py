"""Plug-in: what a package gives that adds a step to flows, by an entry point of the group `pbx.steps`.

from pbx.plugins.plugin import Answer, Plugin

class Settings(BaseModel):
    rate: int = 1

def points(settings: Settings, values: Mapping[str, str]) -> Answer:
    return Answer(outcome="known", gives={"points": str(settings.rate * 100)})

plugin = Plugin(settings=Settings, outcomes=("known", "unknown"), gives=("points",), run=points)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

GROUP = "pbx.steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the plug-in's outcomes, and texts of at most 64 characters by the names that it gives."""

    outcome: str
    gives: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """`settings` is the model of what a plan writes; `run` gets it, and values of the call by name.

    `run` is called in a process of its own, in which it may wait, open and spend what the budget allows.
    """

    settings: type[BaseModel]
    outcomes: tuple[str, ...]
    run: Callable[[Any, Mapping[str, str]], Answer]
    gives: tuple[str, ...] = ()


def installed(points: Iterable[EntryPoint] | None = None) -> dict[str, EntryPoint]:
    """Return the entry points of plug-ins by name; none of them is loaded."""
    found = entry_points(group=GROUP) if points is None else points
    return {point.name: point for point in found}


def load_plugin(point: EntryPoint) -> Plugin:
    """Return the plug-in of an entry point; ValueError for one that is none, whatever it raises."""
    try:
        plugin = point.load()
    except Exception as error:  # it is the code of others
        raise ValueError(f"the plug-in {point.name} cannot be loaded: {type(error).__name__}") from error
    if not isinstance(plugin, Plugin):
        raise ValueError(f"the plug-in {point.name} is no pbx.plugins.plugin.Plugin")
    return plugin
