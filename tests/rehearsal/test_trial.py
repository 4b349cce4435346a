"""The tests of the sample tenant pass, and a plan that does something else fails them with a story."""

import time
from dataclasses import replace

import pytest

from pbx.assembly.plan_tests import rehearsal_plans, run_plan_tests
from pbx.rehearsal.trial import try_all
from tests.rehearsal.conftest import sample


@pytest.mark.requirement("ADM-06")
def test_the_tests_of_the_sample_pass() -> None:
    results = run_plan_tests(sample())
    assert len(results) >= 20
    assert [line for one in results if not one.passed for line in one.tell()] == []


def test_another_plan_fails_them_with_a_story() -> None:
    acme, plan = sample().tenants["acme"], rehearsal_plans(sample())["acme"]
    groups = {"support": ("1003",)}
    changed = replace(plan, context=replace(plan.context, groups=groups))
    (failed,) = try_all((acme,), {"acme": changed}, lambda name: name.startswith("a known caller"))
    assert {"rings", "answered_by"} <= {one.key for one in failed.differences}
    story = "\n".join(failed.tell())
    assert story.startswith("FAILED config/acme/tests/support.yaml:7: a known caller")
    assert "config/acme/flows/support.yaml:13: step agents: rings group/support for 25 s" in story
    assert "but config/acme/tests/support.yaml:19: rings: expected 1001, 1002, found 1003" in story


def test_tests_are_chosen_by_name() -> None:
    results = run_plan_tests(sample(), lambda name: "Carol" in name)
    assert {one.name for one in results} == {
        "the direct number rings Carol",
        "Carol is busy",
        "Carol has no telephone",
    }


def test_who_has_left_fails_the_tests_that_speak_of_him() -> None:
    acme = sample().tenants["acme"]
    left = replace(acme, extensions={k: v for k, v in acme.extensions.items() if k != "1003"})
    results = try_all((left,), rehearsal_plans(sample()), lambda name: name == "Carol is busy")
    assert [str(one) for one in results[0].differences if one.key == "names"] == [
        "config/acme/tests/numbers.yaml:8: names: expected an extension or trunk of the plan, found 1003"
    ]


@pytest.mark.proof
def test_how_many_calls_a_second_are_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    acme, plans = sample().tenants["acme"], rehearsal_plans(sample())
    many = replace(acme, tests=acme.tests * 20)
    began = time.process_time()
    results = try_all((many,), plans)
    took_s = time.process_time() - began
    assert all(one.passed for one in results)
    with capsys.disabled():
        print(
            f"\n{len(results)} calls rehearsed in {took_s:.2f} s of CPU: {len(results) / took_s:.0f} a second"
        )
