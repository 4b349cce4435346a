"""Makes `docs/conformance.md`: each obligation of the RFCs beside the tests that name its section.

Run as a program (`make conformance`) it writes the page.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.e2e.matrix import rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
HEAD = """# Conformance

What the SIP RFCs oblige us to, in our words, and the tests that prove it. `make conformance` makes this page
of `docs/conformance/*.yaml`, of the tests' `@pytest.mark.rfc(number, section)` and of the rows of
`sipp_scenarios/matrix.yaml`; `make test` fails when it is out of date. Where a section has several rows, a
row counts only the tests that it names itself; otherwise every test that names the section counts. A row
without a test says **no test names it**: it may work, but nobody has proved it here.
"""

Tests = dict[tuple[str, str], list[str]]  # (RFC, section) -> tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """One obligation; `by` = only these tests count, `open` = why it is not met.

    `shares` = its section has other obligations too, so that a mark does not tell which one is meant.
    """

    at: str
    must: str
    by: tuple[str, ...] = ()
    open: str = ""
    shares: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc:
    """One RFC's obligations in their order."""

    number: str
    title: str
    musts: tuple[Must, ...]


def marks(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield test, RFC and section of every mark in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rfc":
                    number, section = (ast.literal_eval(argument) for argument in call.args[:2])
                    yield node.name, str(number), str(section)


def collect(root: Path) -> Tests:
    """Return the tests of the whole suite by what they name."""
    found: Tests = defaultdict(list)
    for file in sorted((root / "tests").rglob("test_*.py")):
        for test, number, section in marks(ast.parse(file.read_text())):
            found[number, section].append(f"{file.relative_to(root / 'tests').as_posix()}::{test}")
    for row in rows(root / "sipp_scenarios" / "matrix.yaml"):
        for proved in row.rfc:
            found[proved].append(f"matrix.yaml::{row.name}")
    return found


def read(file: Path) -> Rfc:
    """Return the obligations of one file."""
    written = yaml.safe_load(file.read_text())
    sharing = Counter(row["at"] for row in written["musts"])
    musts = tuple(
        Must(
            at=row["at"],
            must=row["must"],
            by=tuple(row.get("by", ())),
            open=row.get("open", ""),
            shares=sharing[row["at"]] > 1,
        )
        for row in written["musts"]
    )
    return Rfc(number=written["rfc"], title=written["title"], musts=musts)


def proofs(number: str, must: Must, tests: Tests) -> list[str]:
    """Return the tests of one obligation."""
    if must.open:
        return []
    named = tests.get((number, must.at), [])
    return [test for test in named if test.rpartition(":")[2] in must.by or not (must.by or must.shares)]


def render(rfcs: list[Rfc], tests: Tests) -> str:
    """Return the page."""
    lines = [HEAD, "| RFC | obligations | proved | open |", "|---|---|---|---|"]
    for rfc in rfcs:
        proved = sum(bool(proofs(rfc.number, must, tests)) for must in rfc.musts)
        n_musts = len(rfc.musts)
        lines.append(f"| {rfc.number} {rfc.title} | {n_musts} | {proved} | {n_musts - proved} |")
    for rfc in rfcs:
        lines += ["", f"## RFC {rfc.number}: {rfc.title}", "", "| § | obligation | tests |", "|---|---|---|"]
        for must in rfc.musts:
            found = "<br>".join(f"`{test}`" for test in proofs(rfc.number, must, tests))
            lines.append(f"| {must.at} | {must.must} | {found or must.open or '**no test names it**'} |")
    return "\n".join(lines) + "\n"


def page(root: Path = ROOT) -> str:
    """Return what the page should be."""
    files = sorted((root / "docs" / "conformance").glob("rfc*.yaml"))
    return render([read(file) for file in files], collect(root))


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} written\n")
