"""The sample broken at random places: a configuration or its problems, never an exception or a silence.

`BROKEN_SEED` and `BROKEN_CASES` choose other places, and more of them.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from pbx.config import marks
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration
from pbx.core.errors import ConfigError

SAMPLE = Path(__file__).parents[2] / "config"
SEED = int(os.environ.get("BROKEN_SEED", "1"))
N_FAST = int(os.environ.get("BROKEN_CASES", "40"))
N_PROOF = int(os.environ.get("BROKEN_CASES", "20000"))
MOST = 3  # places in one file
MOST_TOLD = 20  # failures of one run
# What YAML, numbers and encodings are made of; the last is an octet that is no UTF-8.
CHARACTERS = "abzAZ019 ._-/\\+~:{}[],&*!|>'\"%@`#?=<\t\r\x00\x07\x85é٣\u2028\ufeff\U0001f4de\udcff"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # YAML 1.1 §4.2, as libyaml counts lines
_PLACE = re.compile(r"\.yaml:\d+")
_QUOTED = ("'", '"', "|", ">")

Lines = list[str]
Scalars = list[tuple[tuple[str | int, ...], Any]]


def _delete(rng: Random, lines: Lines, at: int) -> None:
    del lines[at]


def _duplicate(rng: Random, lines: Lines, at: int) -> None:
    lines.insert(rng.randrange(len(lines) + 1), lines[at])


def _swap(rng: Random, lines: Lines, at: int) -> None:
    other = rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _cut_line(rng: Random, lines: Lines, at: int) -> None:
    lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]


def _cut_file(rng: Random, lines: Lines, at: int) -> None:
    _cut_line(rng, lines, at)
    del lines[at + 1 :]


def _change(rng: Random, lines: Lines, at: int) -> None:
    column = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:column] + rng.choice(CHARACTERS) + lines[at][column + 1 :]


def _insert(rng: Random, lines: Lines, at: int) -> None:
    column = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:column] + rng.choice(CHARACTERS) + lines[at][column:]


def _take_out(rng: Random, lines: Lines, at: int) -> None:
    column = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:column] + lines[at][column + 1 :]


def _indent(rng: Random, lines: Lines, at: int) -> None:
    lines[at] = rng.choice((" ", "  ", "    ", "\t")) + lines[at]


def _outdent(rng: Random, lines: Lines, at: int) -> None:
    lines[at] = lines[at].removeprefix(" " * rng.randrange(1, 5))


def _join(rng: Random, lines: Lines, at: int) -> None:
    if at + 1 < len(lines):
        lines[at : at + 2] = [lines[at] + lines[at + 1]]


BREAKS: tuple[Callable[[Random, Lines, int], None], ...] = (
    _delete,
    _duplicate,
    _swap,
    _cut_line,
    _cut_file,
    _change,
    _insert,
    _take_out,
    _indent,
    _outdent,
    _join,
)


def _broken(rng: Random, text: str) -> bytes:
    lines = text.split("\n")
    for _ in range(rng.randint(1, MOST)):
        if lines:
            rng.choice(BREAKS)(rng, lines, rng.randrange(len(lines)))
    return "\n".join(lines).encode("utf-8", "surrogateescape")


class _Sample:
    """A copy of the sample, and what it is read as while nobody spoils it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {file: file.read_bytes() for file in sorted(folder.rglob("*.yaml"))}
        self._whole = _values(load(folder))
        self.n_accepted = self.n_refused = 0

    def spoil(self, seed: str) -> None:
        """Break one file, judge what becomes of it, and mend it."""
        rng = Random(seed)
        file = rng.choice(list(self.files))
        octets = _broken(rng, self.files[file].decode())
        file.write_bytes(octets)
        try:
            configuration = load(self.folder)
        except ConfigProblems as problems:
            self.n_refused += 1
            assert problems.errors, "a refusal has its reasons"
            self._judge_places((*problems.errors, *problems.findings))
        else:
            self.n_accepted += 1
            self._judge_places(configuration.findings)
            self._judge_values(file, octets, configuration)
        finally:
            file.write_bytes(self.files[file])

    def _judge_places(self, errors: tuple[ConfigError, ...]) -> None:
        for error in errors:
            lines = _BREAK.split((self.folder.parent / error.file).read_bytes().decode("utf-8", "replace"))
            assert 1 <= error.line <= len(lines), error
            assert 1 <= error.column <= len(lines[error.line - 1]) + 1, error
            assert error.message, error

    def _judge_values(self, file: Path, octets: bytes, configuration: Configuration) -> None:
        """Everything written was read, and what was written otherwise has become something else."""
        before, after = _scalars(self.files[file]), _scalars(octets)
        paths = [path for path, _ in after]
        assert len(set(paths)) == len(paths), "a key stands twice"
        document, errors = marks.parse(octets, file.name)
        assert document is not None and not errors
        assert dict(_flat((), document.value)) == dict(after)
        is_same = _values(configuration) == self._whole
        if before == after:
            assert is_same, "spaces and comments mean nothing"
        elif is_same and file.name != "index.yaml":  # of which the configuration knows the folder only
            was = dict(before)
            others = [(was[path], one) for path, one in after if None not in (one, was.get(path))]
            assert [pair for pair in others if _plainest(pair[0]) != _plainest(pair[1])] == []


def _values(configuration: Configuration) -> str:
    """All values, without the lines they stand on."""
    return _PLACE.sub(".yaml", repr((configuration.pbx, configuration.tenants)))


def _plainest(value: Any) -> str:
    """Numbers of telephones may be grouped by spaces, dashes and brackets, and durations begin with zeros."""
    return re.sub(r"\b0+(?=\d)", "", re.sub(r"[][ ()-]", "", str(value)))


def _scalars(octets: bytes) -> Scalars:
    """Every word of a file with its path, as PyYAML itself composes it."""
    root = yaml.compose(octets, yaml.CBaseLoader)
    return [((), "mapping")] if root is None else list(_words((), root))


def _words(path: tuple[str | int, ...], node: yaml.Node) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(node, yaml.ScalarNode):
        yield path, node.value if node.style in _QUOTED else marks.plain(node.value)
    elif not node.value:
        yield path, "mapping" if isinstance(node, yaml.MappingNode) else "sequence"
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _words((*path, key.value), value)
    else:
        for i, one in enumerate(node.value):
            yield from _words((*path, i), one)


def _flat(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict | list):
        if not value:
            yield path, "mapping" if isinstance(value, dict) else "sequence"
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat((*path, key), one)
    else:
        yield path, value


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Sample:
    """Return a copy of the sample, of which each file is parsed once as long as it stays the same."""
    monkeypatch.setattr(marks, "parse", cache(marks.parse))
    shutil.copytree(SAMPLE, tmp_path / "config")
    return _Sample(tmp_path / "config")


def _spoil_often(sample: _Sample, n_cases: int) -> None:
    wrong: list[str] = []
    for n in range(n_cases):
        try:
            sample.spoil(f"{SEED}-{n}")
        except Exception as error:  # whatever it is, the next cases are told of too
            wrong.append(f"BROKEN_SEED={SEED}, case {n}: {type(error).__name__}: {error}")
            if len(wrong) == MOST_TOLD:
                break
    print(f"seed {SEED}: {sample.n_refused} refused, {sample.n_accepted} accepted")
    assert wrong == []
    assert sample.n_refused and sample.n_accepted


@pytest.mark.requirement("S-24")
def test_whatever_is_broken_is_read_or_refused_at_its_place(sample: _Sample) -> None:
    _spoil_often(sample, N_FAST)


@pytest.mark.proof
@pytest.mark.requirement("S-24")
def test_twenty_thousand_broken_files(sample: _Sample) -> None:
    _spoil_often(sample, N_PROOF)
