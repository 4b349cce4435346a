"""The tests beside the plan, run against the very plans that calls would get."""

from collections.abc import Callable

from pbx.assembly.calls import plans_of
from pbx.call.start import TenantPlan
from pbx.config.models import Configuration
from pbx.rehearsal.trial import TestResult, try_all


def rehearsal_plans(config: Configuration) -> dict[str, TenantPlan]:
    """Return the plans of a configuration without what only a live call needs: keys, accounts, music."""
    recipients: dict[str, tuple[str, ...]] = dict.fromkeys(config.tenants, ("age1rehearsal",))
    return plans_of(config, recipients, {}, accounts={}, music={})


def run_plan_tests(
    config: Configuration, wanted: Callable[[str], bool] = lambda _name: True
) -> tuple[TestResult, ...]:
    """Run the tests that all tenants of a configuration have; nothing is opened or sent."""
    return try_all(config.tenants.values(), rehearsal_plans(config), wanted)
