"""Whole flows and tests of the documents are put into a copy of the sample: they are right, and pass."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pbx.assembly.plan_tests import run_plan_tests
from pbx.config.load import load
from tests.architecture.test_docs import documents
from tests.architecture.test_yaml_examples import pieces

ROOT = Path(__file__).parents[2]
# Flows that lead to what the sample does not have, by page: what has to be in the files besides.
BESIDE = {
    "docs/first_tenant.md": {"groups.yaml": "  team: {name: Team, members: [1001]}\n"},
    "docs/ringing.md": {"dialplan.yaml": "parking: {}\n"},
}
# Tests of a flow of which a page has only a part.
NOT_RUN = {"docs/data_steps.md": "tests/e2e/test_asked_programs.py and examples/every_step have whole flows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Flows of a page by name, its tests, and the schedules that it has."""

    page: str
    flows: dict[str, str]
    tests: tuple[str, ...]
    schedules: str = ""


def plans(page: str, text: str) -> Iterator[Plan]:
    """Yield what the examples of a page amount to: one plan, or several where a flow is written anew."""
    flows: dict[str, str] = {}
    tests: list[str] = []
    schedules = ""
    for one in pieces(page, text):
        keys = _keys(one.text)
        if {"flow", "start", "steps"} <= keys:
            name = str(yaml.safe_load(one.text)["flow"])
            if name in flows:
                yield Plan(page=page, flows=flows, tests=tuple(tests), schedules=schedules)
                flows, tests = {}, []
            flows[name] = one.text
        elif "tests" in keys:
            tests.append(one.text)
        elif keys == {"schedules"}:
            schedules = one.text
    if flows or tests:
        yield Plan(page=page, flows=flows, tests=tuple(tests), schedules=schedules)


def _keys(text: str) -> set[str]:
    tree = yaml.safe_load(text)
    return {str(key) for key in tree} if isinstance(tree, dict) else set()


PLANS = [
    plan
    for page in documents(ROOT)
    for plan in plans(str(page.relative_to(ROOT)), page.read_text())
    if page.name != "CHANGELOG.md" and str(page.relative_to(ROOT)) not in NOT_RUN
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.page}-{'-'.join(plan.flows)}")
def test_flows_and_their_tests(plan: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    acme = folder / "acme"
    shutil.rmtree(acme / "tests")
    (acme / "tests").mkdir()
    for file, text in BESIDE.get(plan.page, {}).items():
        with (acme / file).open("a") as more:
            more.write(text)
    if plan.schedules:
        (acme / "schedules.yaml").write_text(plan.schedules)
    dialplan = yaml.load((acme / "dialplan.yaml").read_text(), Loader=yaml.BaseLoader)
    for number, (name, flow) in enumerate(plan.flows.items()):
        if not (acme / "flows" / f"{name}.yaml").exists():
            dialplan["inbound"][f"01632 96018{number}"] = {"flow": name}
        (acme / "flows" / f"{name}.yaml").write_text(flow)
    (acme / "dialplan.yaml").write_text(yaml.safe_dump(dialplan))
    for number, tests in enumerate(plan.tests):
        (acme / "tests" / f"example_{number}.yaml").write_text(tests)
    results = run_plan_tests(load(folder))
    assert len(results) >= len(plan.tests)
    assert [line for one in results if not one.passed for line in one.tell()] == []


def test_plans_are_found() -> None:
    flow = "```yaml\nflow: a\nstart: b\nsteps: {}\n```\n"
    tests = "```yaml\ntests: {c: {}}\n```\n```yaml\ngroups: {}\n```\n"
    found = [(list(one.flows), len(one.tests)) for one in plans("page", flow + tests + flow)]
    assert found == [(["a"], 1), (["a"], 0)]
    assert len(PLANS) > 5
