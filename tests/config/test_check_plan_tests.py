"""Names in tests that the plan does not have."""

import shutil
import time
from pathlib import Path

import pytest

from pbx.config.check_plan_tests import MAX_HINTS, doubtful_tests
from pbx.config.load import ConfigProblems, load
from pbx.config.schema import WrittenExtension
from pbx.config.sources import TenantSource, read_tenant
from tests.e2e.running import CONFIG


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


def problems(config: Path, test: str) -> list[str]:
    (config / "acme" / "tests" / "wrong.yaml").write_text(f"tests:\n  a wrong test: {test}\n")
    return [one for one in load(config).warnings if "/tests/" in one]


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{from: 1009, to: 999, expect: {route: x}}", "neither an extension nor a full number"),
        (
            "{from: 1001, via: carier, to: 1002, expect: {route: x}}",
            "no trunk carier (did you mean carrier?)",
        ),
        ("{from: 1001, to: 1002, phones: {1020: busy}, expect: {route: x}}", "no extension or trunk 1020"),
        ("{from: 1001, to: 1002, expect: {rings: [1009]}}", "there is no extension or trunk 1009"),
        ("{from: 1001, to: 1002, expect: {answered_by: nobdy}}", "did you mean nobody?"),
        (
            "{from: 1001, to: 1002, expect: {path: [welcom]}}",
            "no flow has a step welcom (did you mean welcome?)",
        ),
    ],
)
def test_every_name_has_to_be_there(config: Path, test: str, said: str) -> None:
    (error,) = problems(config, test)
    assert error.startswith("config/acme/tests/wrong.yaml:2:") and said in error


@pytest.mark.requirement("IVR-04")
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("{asks: failed}", "no program is asked by a step asks (did you mean ask?)"),
        ("{ask: nxt}", "ask has no way nxt (did you mean next?)"),
        ("{orders.ask: {gives: {stat: x}}}", "orders.ask takes no stat (did you mean state?)"),
    ],
)
def test_answers_are_those_of_steps_that_ask(config: Path, answers: str, said: str) -> None:
    ask = "{http: {server: s, path: /, take: {state: /s}}, next: end, failed: end}"
    flow = f"steps: {{ask: {ask}, end: {{echo: null}}}}"
    (config / "acme" / "servers.yaml").write_text("servers: {s: {url: 'https://s.example'}}\n")
    (config / "acme" / "flows" / "orders.yaml").write_text(f"flow: orders\nstart: ask\n{flow}\n")
    test = "{from: 1001, to: 1002, answers: ANSWERS, expect: {route: x}}"
    (error,) = problems(config, test.replace("ANSWERS", answers))
    assert said in error
    assert problems(config, test.replace("ANSWERS", "{ask: {outcome: next, gives: {state: x}}}")) == []


def test_steps_may_be_named_with_their_flow_or_left_out(config: Path) -> None:
    assert problems(config, "{from: withheld, to: 01632 960100, expect: {path: [..., support.agents]}}") == []


def test_a_plan_that_is_wrong_is_mended_first(config: Path) -> None:
    (config / "acme" / "groups.yaml").write_text("groups: 1\n")
    with pytest.raises(ConfigProblems) as found:
        problems(config, "{from: 1009, to: 999, expect: {route: x}}")
    assert not [one for one in (*found.value.errors, *found.value.warnings) if "/tests/" in str(one)]


def test_the_nearest_name_is_looked_for_so_many_times(config: Path) -> None:
    tests = "".join(
        f"  stale {n}: {{from: 1001, to: 1002, phones: {{1020: busy}}, expect: {{route: x}}}}\n"
        for n in range(MAX_HINTS + 1)
    )
    (config / "acme" / "tests" / "wrong.yaml").write_text(f"tests:\n{tests}")
    found = [one for one in load(config).warnings if "no extension or trunk 1020" in one]
    assert len(found) == MAX_HINTS + 1
    assert sum("did you mean" in one for one in found) == MAX_HINTS


def test_a_test_costs_the_same_in_a_plan_of_any_size(config: Path) -> None:
    tests = "".join(
        f"  call {n}: {{from: 1001, to: 1002, phones: {{carrier: busy}}, expect: {{rings: [carrier]}}}}\n"
        for n in range(1_000)
    )
    (config / "acme" / "tests" / "many.yaml").write_text(f"tests:\n{tests}")
    source, _errors = read_tenant(config / "acme", "acme")
    few = min(_seconds(source) for _ in range(3))
    assert source.extensions is not None
    numbers = {
        str(number): WrittenExtension.model_validate({"name": "X"}) for number in range(20_000, 30_000)
    }
    source.extensions.model.extensions.update(numbers)
    many = min(_seconds(source) for _ in range(3))
    assert many < 3 * few + 0.01


def _seconds(source: TenantSource) -> float:
    began = time.process_time()
    assert doubtful_tests([source]) == []
    return time.process_time() - began
