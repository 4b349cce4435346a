"""A copy of the sample configuration that a test may spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load

SAMPLE = Path(__file__).parents[2] / "config"

Spoil = Callable[[str, str, str], list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a fresh copy of config/."""
    copy = tmp_path / "config"
    shutil.copytree(SAMPLE, copy)
    return copy


@pytest.fixture
def spoil(folder: Path) -> Spoil:
    """Return a function: replace text in a file, return the problems that this makes as lines."""

    def spoiled(name: str, old: str, new: str) -> list[str]:
        file = folder / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        try:
            load(folder)
        except ConfigProblems as problems:
            return [str(error) for error in problems.errors]
        return []

    return spoiled
