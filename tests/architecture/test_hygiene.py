"""What must not be in a checkout: places of one machine, private hosts, tests that sleep."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

# Built from parts so that this file does not offend against itself.
_SLASH = "/"
MACHINE_PATHS = re.compile(
    "|".join(re.escape(_SLASH + place + _SLASH) for place in ("work", "root", "home", "Users"))
)
INDEX_HOSTS = re.compile(
    r"https?://[^\s\"'<>]*(?:" + "|".join(("py" + "pi", "simple" + "/", "goproxy", "npm" + "js")) + ")", re.I
)
ADDRESS_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@{}<>\"']+:[^/\s@{}<>\"']+@", re.I)


class Source(Protocol):
    """What the fixtures yield."""

    @property
    def path(self) -> PurePosixPath: ...

    @property
    def tree(self) -> ast.Module: ...


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATHS, INDEX_HOSTS, ADDRESS_WITH_PASSWORD], ids=["paths", "hosts", "passwords"]
)
def test_nothing_of_one_machine(written: Iterator[tuple[Path, str]], pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {match.group()}"
        for path, text in written
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line)) is not None
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATHS, "x = '" + _SLASH + "home" + _SLASH + "ada'"),
        (INDEX_HOSTS, "url = http" + "s://mirror.example/" + "py" + "pi/simple"),
        (ADDRESS_WITH_PASSWORD, "postgresql:" + "//pbx:" + "hunter2@db/pbx"),
    ],
)
def test_the_patterns_can_match(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def is_sleep(call: ast.Call) -> bool:
    """Return whether the call takes time; sleep(0) only lets others run."""
    name = ast.unparse(call.func).rpartition(".")[2]
    return name == "sleep" and [ast.unparse(argument) for argument in call.args] != ["0"]


def test_unit_tests_do_not_sleep(suite: tuple[Source, ...]) -> None:
    """Only tests with real processes and real time may wait, and those wait for a condition."""
    found = [
        f"{source.path}:{node.lineno}"
        for source in suite
        if source.path.parts[1] not in ("integration", "e2e", "attack")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and is_sleep(node)
    ]
    assert found == []


def test_test_folders_are_no_packages(suite: tuple[Source, ...]) -> None:
    assert [str(source.path) for source in suite if source.path.name == "__init__.py"] == []
