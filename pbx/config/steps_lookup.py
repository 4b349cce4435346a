"""The step `lookup` of a flow: a question to a database as it is written, and what it becomes."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from pbx.config.queries import Column, WrittenQuery
from pbx.config.step_kind import StepKind
from pbx.config.steps_http import HOUR_S, MAX_TAKEN, Secrets
from pbx.config.types import Duration, Name, Strict
from pbx.ivr.lookup import LookUp
from pbx.ivr.steps import FlowPlan

Parameter = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class LookupArguments(Strict):
    query: Name
    given: Annotated[dict[Parameter, Name], Field(min_length=1, max_length=MAX_TAKEN, alias="with")]
    take: Annotated[dict[Name, Column], Field(max_length=MAX_TAKEN)] = Field(default_factory=dict)
    keep: Annotated[Duration, Field(ge=1.0, le=HOUR_S)] | None = None
    send_secret: Secrets = ()


class WrittenLookup(Strict):
    lookup: LookupArguments
    found: Name
    not_found: Name | None = None
    unverified: Name | None = None
    failed: Name


def _lookup(step: WrittenLookup) -> LookUp:
    asked = step.lookup
    return LookUp(
        query=asked.query,
        given=dict(asked.given),
        take=dict(asked.take),
        keep_s=asked.keep or 0.0,
        secrets=asked.send_secret,
        found=step.found,
        not_found=step.not_found,
        unverified=step.unverified,
        failed=step.failed,
    )


STEPS: dict[str, StepKind] = {"lookup": StepKind(WrittenLookup, _lookup)}


def with_levels(plan: FlowPlan, queries: dict[str, WrittenQuery]) -> FlowPlan:
    """Return a flow whose lookups know for whom their columns are."""
    levels = {
        name: replace(step, level=queries[step.query].level_of(frozenset(step.take.values())))
        for name, step in plan.steps.items()
        if isinstance(step, LookUp) and step.query in queries
    }
    return replace(plan, steps={**plan.steps, **levels}) if levels else plan
