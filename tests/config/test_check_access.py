"""Names in `access.yaml` that nobody has."""

from pathlib import Path

import pytest

from tests.config.test_access import written

pytestmark = pytest.mark.requirement("REC-11")


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ("[group/suport]", "people.bob.of.0: there is no group/suport (did you mean group/support?)"),
        ("[extension/1001, extension/1009]", "people.bob.of.1: there is no extension/1009"),
    ],
)
def test_names_that_nobody_has(folder: Path, of: str, message: str) -> None:
    (problem,) = written(folder, f"bob: {{role: listener, of: {of}, purposes: [quality]}}")
    assert message in problem


def test_a_broken_list_of_groups_is_not_complained_of_twice(folder: Path) -> None:
    (folder / "acme" / "groups.yaml").write_text("groups: {support: {}}\n")
    problems = written(folder, "bob: {role: listener, of: [group/support], purposes: [quality]}")
    assert [problem for problem in problems if "access.yaml" in problem] == []
