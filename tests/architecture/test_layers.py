"""Imports point down only; whoever waits lives in a licensed place."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

# Layer 3 and above: the only code that opens, waits, sleeps, draws entropy (docs: architecture §2).
SUPERVISION = (
    "pbx/supervisor.py",
    "pbx/nursery.py",
    "pbx/nursery_process.py",
    "pbx/child_process.py",
    "pbx/children.py",
)
LICENSED = (
    "pbx/*/io/*",
    "pbx/runner/*",
    "pbx/store/*",
    "pbx/cli/*",
    "pbx/testphone/*",
    "pbx/app.py",
    "pbx/assembly/*",
    *SUPERVISION,
)
BANNED = frozenset(
    {
        "asyncio",
        "socket",
        "select",
        "selectors",
        "ssl",
        "time",
        "random",
        "secrets",
        "subprocess",
        "threading",
        "multiprocessing",
        "signal",
        "uuid",
        "uvloop",
        "sqlalchemy",
        "boto3",
        "concurrent",
        "tempfile",
        "http",
        "urllib.request",
    }
)
# Reading files is the whole purpose of these; they wait for nothing else.
READERS = ("pbx/config/*",)
# Where a task may be born: the runner's scopes, and processes and sockets that are their own scope.
SPAWNERS = ("pbx/runner/*", "pbx/*/io/*", "pbx/cli/*", "pbx/testphone/*", "pbx/app.py", *SUPERVISION)


class Source(Protocol):
    """What the fixtures yield."""

    @property
    def path(self) -> PurePosixPath: ...

    @property
    def text(self) -> str: ...

    @property
    def tree(self) -> ast.Module: ...


def is_in(path: PurePosixPath, places: tuple[str, ...]) -> bool:
    return any(fnmatch(str(path), place) for place in places)


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every imported module, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every call as dotted text: `open`, `asyncio.create_task`, `loop.create_task`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def is_io(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "pbx" and "io" in parts[1:]


def offences(source: Source) -> list[str]:
    """Return what an unlicensed file imports or opens although it may not."""
    found = [
        f"{source.path}:{line}: imports {module}"
        for line, module in imports(source.tree)
        if is_io(module) or module in BANNED or module.partition(".")[0] in BANNED
    ]
    if not is_in(source.path, READERS):
        found += [
            f"{source.path}:{line}: opens a file"
            for line, name in calls(source.tree)
            if name in ("open", "os.open", "io.open", "os.urandom")
        ]
    return found


def test_import_contracts(root: Path) -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    environ = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [str(lint), "--no-cache"], cwd=root, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_who_decides_does_not_wait(package: tuple[Source, ...]) -> None:
    found = [line for source in package if not is_in(source.path, LICENSED) for line in offences(source)]
    assert found == []


def test_tasks_are_born_in_scopes_only(package: tuple[Source, ...]) -> None:
    births = ("create_task", "ensure_future", "run_coroutine_threadsafe")
    found = [
        f"{source.path}:{line}: {name}"
        for source in package
        if not is_in(source.path, SPAWNERS)
        for line, name in calls(source.tree)
        if name.rpartition(".")[2] in births
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "from time import monotonic",
        "def f():\n    import socket",
        "from pbx.core.io import clock",
        "from pbx.core.io.clock import now",
        "import pbx.media.io.prompts",
        "from urllib.request import urlopen",
        "open('x')",
    ],
)
def test_the_check_can_fail(text: str) -> None:
    class Bad:
        path = PurePosixPath("pbx/call/bad.py")
        tree = ast.parse(text)

        def __init__(self) -> None:
            self.text = text

    assert offences(Bad())
