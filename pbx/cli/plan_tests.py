"""`pbx test`: the tests beside the plan."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.plan_tests import run_plan_tests
from pbx.cli.output import DONE, REFUSED, Refusal, print_json, printable
from pbx.cli.site import CONFIG, AsJson, ConfigDir, edited
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.trial import TestResult

Words = Annotated[str, Parameter(help="Only tests with these words in their name.")]
Stories = Annotated[
    bool, Parameter(name="--story", negative=(), help="Tell what happened also where a test has passed.")
]


def test(
    name: Words = "",
    /,
    *,
    story: Stories = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Run the tests beside the plan, `tests/*.yaml` of each tenant; exit code 1 when one fails."""
    configuration = edited(config).configuration
    if not any(tenant.tests for tenant in configuration.tenants.values()):
        raise Refusal(f"there are no tests: write the first one to {Path(config)}/TENANT/tests/NAME.yaml")
    began = time.perf_counter()
    results = run_plan_tests(configuration, lambda one: name.casefold() in one.casefold())
    took_s = time.perf_counter() - began
    if not results:
        hint = f"; for a folder: --config {name}" if Path(name).is_dir() else ""
        raise Refusal(f"no test has {name!r} in its name{hint}")
    if as_json:
        print_json({"passed": all(one.passed for one in results), "tests": [_row(one) for one in results]})
    else:
        _print(results, took_s, stories=story)
    return DONE if all(one.passed for one in results) else REFUSED


def _print(results: tuple[TestResult, ...], took_s: float, *, stories: bool) -> None:
    for result in results:
        if not result.passed:
            lines = result.tell()
        elif stories:
            lines = [f"passed {result.place}: {result.name}", *(f"  {one}" for one in result.outcome.story)]
        else:
            continue
        for line in lines:
            print(indented(line))
        print()
    n_failed = sum(not one.passed for one in results)
    per_s = len(results) / took_s if took_s else 0.0
    print(f"{len(results) - n_failed} passed, {n_failed} failed, in {took_s:.2f} s ({per_s:.0f} a second)")


def indented(line: str) -> str:
    """Printable text that keeps the blanks it begins with: a story is read in columns."""
    return line[: len(line) - len(line.lstrip())] + printable(line)


def _row(result: TestResult) -> dict[str, object]:
    return {
        "tenant": result.tenant,
        "name": result.name,
        "place": result.place,
        "passed": result.passed,
        "differences": [asdict(one) for one in result.differences],
        **outcome_row(result.outcome),
    }


def outcome_row(outcome: Outcome) -> dict[str, object]:
    """What came of a call that nobody made, for `--json`."""
    return {
        "route": outcome.route,
        "path": outcome.path,
        "rings": outcome.rings,
        "answered_by": outcome.answered_by,
        "says": outcome.said,
        "consent": outcome.consent,
        "consent_state": outcome.consent_state,
        "verification": outcome.verification,
        "recording": outcome.is_recorded,
        "message": outcome.message,
        "record": outcome.record,
        "story": [asdict(one) for one in outcome.story],
    }
