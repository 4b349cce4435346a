"""The source tree as the architecture tests look at it."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file; `path` is relative to the project."""

    path: PurePosixPath
    text: str
    tree: ast.Module


@cache
def _sources(folder: str) -> tuple[Source, ...]:
    gc.disable()  # trees hold no rings: walking the half-built gigabyte again and again is in vain
    try:
        return tuple(_source(file) for file in sorted((ROOT / folder).rglob("*.py")))
    finally:
        gc.enable()
        gc.freeze()


def _source(file: Path) -> Source:
    text = file.read_text()
    path = PurePosixPath(file.relative_to(ROOT).as_posix())
    return Source(path=path, text=text, tree=ast.parse(text, str(path)))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Forget the trees behind the last of these tests: they are half a gigabyte."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _sources.cache_clear()


@pytest.fixture
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture
def package() -> tuple[Source, ...]:
    """Return every file of the package."""
    return _sources("pbx")


@pytest.fixture
def suite() -> tuple[Source, ...]:
    """Return every file of the tests."""
    return _sources("tests")


@pytest.fixture
def written(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text file that people or machines read in a checkout, with its text."""
    return _written(root)


def _written(root: Path) -> Iterator[tuple[Path, str]]:
    folders = ("pbx", "tests", "config", "docs", "bench", "deploy", "sipp_scenarios", ".ci")
    files = [file for folder in folders for file in sorted((root / folder).rglob("*")) if file.is_file()]
    files = [file for file in files if "node_modules" not in file.parts]  # installed, not written
    # `.git` is a file in a linked work tree, and it is no part of the checkout.
    files += [file for file in sorted(root.iterdir()) if file.is_file() and file.name != ".git"]
    for file in files:
        if file.suffix in (".wav", ".ogg", ".pyc", ".so", ".pcap") or "__pycache__" in file.parts:
            continue
        yield file.relative_to(root), file.read_text(errors="replace")
