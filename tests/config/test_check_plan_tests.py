"""Names in tests that the plan does not have."""

import shutil
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
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


def test_steps_may_be_named_with_their_flow_or_left_out(config: Path) -> None:
    assert problems(config, "{from: withheld, to: 01632 960100, expect: {path: [..., support.agents]}}") == []


def test_a_plan_that_is_wrong_is_mended_first(config: Path) -> None:
    (config / "acme" / "groups.yaml").write_text("groups: 1\n")
    with pytest.raises(ConfigProblems) as found:
        problems(config, "{from: 1009, to: 999, expect: {route: x}}")
    assert not [one for one in (*found.value.errors, *found.value.warnings) if "/tests/" in str(one)]
