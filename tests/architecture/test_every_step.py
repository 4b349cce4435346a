"""Every kind of step stands in a flow of `examples/every_step`, and a test beside that plan walks it."""

from pathlib import Path

import yaml

from pbx.assembly.plan_tests import run_plan_tests
from pbx.config.load import load
from pbx.config.step_kinds import STEP_KINDS

EXAMPLE = "examples/every_step"
# Kinds that the example need not have yet; a plug-in is never there, since its package has to be installed.
LATER = frozenset({"plugin", "survey"})


def steps_of(folder: Path) -> dict[str, str]:
    """Return the kind of each step of the flows below a folder, by `flow.step`."""
    kinds: dict[str, str] = {}
    for file in sorted(folder.glob("*/flows/*.yaml")):
        flow = yaml.safe_load(file.read_text())
        for name, written in flow["steps"].items():
            (kind,) = STEP_KINDS.keys() & written.keys()
            kinds[f"{flow['flow']}.{name}"] = kind
    return kinds


def told(kinds: set[str], where: str) -> list[str]:
    return [f"{kind}: {where} {EXAMPLE}" for kind in sorted(kinds)]


def test_the_example_has_neither_mistakes_nor_doubts(root: Path) -> None:
    assert [str(one) for one in load(root / EXAMPLE).findings] == []


def test_every_kind_of_step_is_there_and_walked(root: Path) -> None:
    results = run_plan_tests(load(root / EXAMPLE))
    assert [line for one in results if not one.passed for line in one.tell()] == []
    kinds = steps_of(root / EXAMPLE)
    walked = {kinds[step] for one in results for step in one.outcome.path if step in kinds}
    wanted = STEP_KINDS.keys() - LATER
    assert told(wanted - set(kinds.values()), "write a step of this kind into a flow of") == []
    assert told(wanted - walked, "write a test that walks this step into the tests of") == []


def test_no_step_of_the_example_is_without_a_test(root: Path) -> None:
    walked = {step for one in run_plan_tests(load(root / EXAMPLE)) for step in one.outcome.path}
    assert sorted(steps_of(root / EXAMPLE).keys() - walked) == []


def test_nothing_is_left_for_later_that_is_there(root: Path) -> None:
    assert sorted(LATER & set(steps_of(root / EXAMPLE).values())) == []
