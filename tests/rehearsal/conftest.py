"""The sample tenant's plan as rehearsals play it, and a known caller of its support line."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.call.start import TenantPlan
from pbx.config.load import load
from pbx.config.models import Configuration
from pbx.core.secret import Secret
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.rehearsal import rehearse, stage_plan
from pbx.rehearsal.scenario import Person, Reply, Scenario
from pbx.sip.events import TrunkOrigin
from tests.e2e.running import CONFIG

ADA = Person(customer="c-1", number="+447700900123", date_of_birth=Secret("19800203"))
BORN = Reply(keys="03021980", to="date of birth")
CALLER = Scenario(
    tenant="acme",
    origin=TrunkOrigin(tenant="acme", trunk="carrier"),
    number="+447700900123",
    called="01632960100",
    at=datetime(2026, 6, 1, 9, tzinfo=UTC),
    replies=(BORN,),
    people=(ADA,),
)
Play = Callable[..., Outcome]


@cache
def sample() -> Configuration:
    """The sample configuration; it does not change, and is dear to read."""
    return load(CONFIG)


@cache
def sample_plan() -> TenantPlan:
    return stage_plan(rehearsal_plans(sample())["acme"])


@pytest.fixture
def play() -> Play:
    """Rehearse the known caller's call, with changes."""

    def rehearsed(**changed: Any) -> Outcome:
        return rehearse(sample_plan(), replace(CALLER, **changed))

    return rehearsed
