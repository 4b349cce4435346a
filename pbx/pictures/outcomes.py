"""The outcomes of a step by the words of its file, and where each of them leads."""

from dataclasses import fields
from typing import Any

from pbx.ivr.program_steps import ProgramStep
from pbx.ivr.steps import Echo, HangUp, Menu, Step
from pbx.ivr.variables import Case, Match

Outcome = tuple[str, str | None]  # words, and the step that follows; None = the call ends
_KEY = "key "
MAX_SHOWN = 3  # values of a case; the rest are dots
# Fields of steps that name what follows, and how they are written in the file of a flow.
_WRITTEN = {
    "next": "next",
    "granted": "granted",
    "declined": "declined",
    "refused": "refused",
    "verified": "verified",
    "company": "company",
    "no_answer": "no_answer",
    "busy": "busy",
    "failed": "failed",
    "step": "go_to",
    "then": "then",
    "otherwise": "otherwise",
    "fallback": "otherwise",
    "open": "open",
    "closed": "closed",
    "holiday": "holiday",
    "none": "none",
    "back": "back",
    "full": "full",
    "timeout": "timeout",
    "no_agents": "no_agents",
    "exit": "exit",
    "callback": "callback",
}


def outcomes(step: Step) -> tuple[Outcome, ...]:
    """Return every outcome that names what follows, in the order of the step; the last step has none.

    A way that has no words here is still there, with "" as its words.
    """
    if isinstance(step, Echo | HangUp):
        return ()
    if isinstance(step, ProgramStep):
        return tuple(step.ways.items())
    following = step.following
    named: list[Outcome] = []
    if isinstance(step, Menu):
        named += [(f"{_KEY}{key}", target) for key, target in step.keys.items()]
    if isinstance(step, Match):
        named += [(_case(case), case.then) for case in step.cases]
    kind: Any = type(step)  # a dataclass
    for field in fields(kind):
        if field.name in _WRITTEN and (target := getattr(step, field.name)) in following:
            named.append((_WRITTEN[field.name], target))
    told = {target for _, target in named}
    return (*named, *(("", target) for target in following if target not in told))


def _case(case: Case) -> str:
    """Return what a case compares, as it is written."""
    both = (("is", case.values), ("begins", case.prefixes))
    return " or ".join(f"{how} {_some(values)}" for how, values in both if values)


def _some(values: tuple[str, ...]) -> str:
    more = ", ..." if len(values) > MAX_SHOWN else ""
    return f"{', '.join(values[:MAX_SHOWN])}{more}"


def together(words: list[str]) -> str:
    """Return several outcomes as one label: keys first, as `keys 1 2`, then the others."""
    keys = [one.removeprefix(_KEY) for one in words if one.startswith(_KEY)]
    pressed = [f"{_KEY if len(keys) == 1 else 'keys '}{' '.join(keys)}"] if keys else []
    return ", ".join((*pressed, *(one for one in words if one and not one.startswith(_KEY))))
