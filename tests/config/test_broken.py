"""Configurations with one fault each, and exactly what an admin is told of it: `broken/*.yaml`.

Each is the sample with `was` replaced by `now` in one file, or with `add` at its end (`times` over), or with
`whole` in its place, or without the file (`gone`); `also` are files beside it. `says` are the lines of the
errors, `warns` those of the findings of a configuration that is accepted.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pbx.config import marks
from pbx.config.load import ConfigProblems, load

SAMPLE = Path(__file__).parents[2] / "config"
TABLES = Path(__file__).parent / "broken"
BASE = "BASE"  # in a table: the folder above config/, from which paths of pbx.yaml start
MORE = "…"  # ends a line of a table that goes on with all there are of something
LEAST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault, as it stands in the table."""

    file: str
    was: str = ""
    now: str = ""
    add: str = ""
    times: int = 1
    whole: str | None = None
    gone: bool = False
    encoding: str = "utf-8"
    also: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()

    def spoiled(self, text: str) -> str | None:
        """Return what the file is with the fault in it; None = it is not there."""
        if self.gone:
            return None
        if self.whole is not None:
            return self.whole
        assert not self.was or text.count(self.was) == 1, "one fault has one place"
        return (text.replace(self.was, self.now) if self.was else text) + self.add * self.times


def _cases() -> dict[str, Case]:
    tables = {
        table.stem: yaml.load(table.read_bytes(), yaml.CSafeLoader) for table in sorted(TABLES.iterdir())
    }
    return {f"{topic}: {name}": _case(row) for topic, rows in tables.items() for name, row in rows.items()}


def _case(row: dict[str, Any]) -> Case:
    return Case(**row | {key: tuple(row[key]) for key in ("says", "warns") if key in row})


CASES = _cases()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder with the sample in it; a file is parsed once as long as it stays the same."""
    folder = tmp_path_factory.mktemp("broken")
    shutil.copytree(SAMPLE, folder / "config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "parse", cache(marks.parse))
        yield folder


def told(base: Path, case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of the errors, and those of the findings where there are no errors."""
    file = base / "config" / case.file
    kept = file.read_bytes() if file.exists() else None
    spoiled = case.spoiled("" if kept is None else kept.decode())
    also = [base / "config" / name for name in case.also]
    held = {one: one.read_bytes() for one in also if one.exists()}
    try:
        if spoiled is None:
            file.unlink()
        else:
            file.write_text(spoiled, encoding=case.encoding, newline="")
        for one, text in zip(also, case.also.values(), strict=True):
            one.parent.mkdir(parents=True, exist_ok=True)
            one.write_text(text)
        return (), load(base / "config").warnings
    except ConfigProblems as problems:
        return tuple(str(error) for error in problems.errors), ()
    finally:
        for one in also:
            one.unlink(missing_ok=True)
        for one, octets in (held | ({file: kept} if kept is not None else {})).items():
            one.write_bytes(octets)
        if kept is None:
            file.unlink(missing_ok=True)


@pytest.mark.requirement("S-24")
@pytest.mark.parametrize("name", CASES)
def test_one_fault_is_told_at_its_place(base: Path, name: str) -> None:
    case = CASES[name]
    says, warns = told(base, case)
    lines = [line.replace(f"{base}/", f"{BASE}/") for line in says]
    assert len(lines) == len(case.says), lines
    for line, one in zip(lines, case.says, strict=True):
        assert line == one or (one.endswith(MORE) and line.startswith(one.removesuffix(MORE)))
    assert warns == case.warns


def test_the_table_is_whole() -> None:
    assert len(CASES) >= LEAST
    assert [name for name, case in CASES.items() if not case.says and not case.warns] == []
    kinds = {Path(case.file).name for case in CASES.values()}
    files = {file.name for file in SAMPLE.rglob("*.yaml")}
    assert files - kinds == set()
