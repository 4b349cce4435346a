"""Trial: the tests of tenants, each rehearsed and judged."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pbx.call.start import TenantPlan
from pbx.config.models import Tenant
from pbx.config.plan_tests import PlanTest
from pbx.rehearsal.cast import scenario_of, strangers
from pbx.rehearsal.judge import Difference, differences
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.rehearsal import rehearse, stage_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What came of one test; without `differences` it has passed."""

    __test__ = False  # of the project, not of pytest

    tenant: str
    name: str
    place: str
    differences: tuple[Difference, ...]
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """Whether the call was as expected."""
        return not self.differences

    def tell(self) -> list[str]:
        """The failure as a story: what happened, line by line, and where it parted from what was expected."""
        lines = [f"FAILED {self.place}: {self.name}", *(f"  {line}" for line in self.outcome.story)]
        return [*lines, *(f"  but {one}" for one in self.differences)]


def _missing(test: PlanTest, tenant: Tenant) -> tuple[Difference, ...]:
    said = "an extension or trunk of the plan"
    return tuple(
        Difference(key="names", expected=said, found=one, place=test.place) for one in strangers(test, tenant)
    )


def try_all(
    tenants: Iterable[Tenant],
    plans: Mapping[str, TenantPlan],
    wanted: Callable[[str], bool] = lambda _name: True,
) -> tuple[TestResult, ...]:
    """Return the results of the tests whose name is `wanted`, in the order of tenants and files."""
    results: list[TestResult] = []
    for tenant in tenants:
        plan = stage_plan(plans[tenant.name])
        for test in tenant.tests:
            if not wanted(test.name):
                continue
            outcome = rehearse(plan, scenario_of(test, tenant))
            differing = (*_missing(test, tenant), *differences(test.written.expect, outcome, test.places))
            results.append(
                TestResult(
                    tenant=tenant.name,
                    name=test.name,
                    place=test.place,
                    differences=differing,
                    outcome=outcome,
                )
            )
    return tuple(results)
