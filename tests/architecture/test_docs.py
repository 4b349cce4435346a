"""What the documents say about the project can be found there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.M | re.S)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
_ESSAY = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


def documents(root: Path) -> Iterator[Path]:
    """Yield the pages that people read."""
    yield from (root / name for name in ("README.md", "CHANGELOG.md", "config/README.md"))
    yield from sorted((root / "docs").rglob("*.md"))


def links(text: str) -> list[tuple[str, str]]:
    """Return file and anchor of every relative link outside of code."""
    targets = [str(target) for target in _LINK.findall(_FENCED.sub("", text))]
    relative = [target for target in targets if not re.match(r"[a-z]+:", target)]
    return [(file, anchor) for file, _, anchor in (target.partition("#") for target in relative)]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as the usual viewers make them."""
    headings = _HEADING.findall(_FENCED.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """Return the table under `heading`: the other cells by the word in the first one."""
    _, _, rest = text.partition(f"\n## {heading}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def dependencies(root: Path) -> set[str]:
    """Return the names of the runtime dependencies, without versions and extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    names = (_REQUIREMENT.match(requirement) for requirement in project["dependencies"])
    return {name.group() for name in names if name is not None}


def test_relative_links_lead_somewhere(root: Path) -> None:
    broken = []
    for page in documents(root):
        for file, anchor in links(page.read_text()):
            target = (page.parent / file) if file else page
            exists = target.exists() and (not anchor or anchor in anchors(target.read_text()))
            if not exists:
                broken.append(f"{page.relative_to(root)}: {file}#{anchor}")
    assert broken == []


def test_links_are_found() -> None:
    text = "see [one](a.md#b), [web](https://example.org) and\n```\n[none](x.md)\n```\n[here](#c)"
    assert links(text) == [("a.md", "b"), ("", "c")]


def test_anchors_are_those_of_headings() -> None:
    assert anchors("# A page\n\n## `pbx.yaml`, keys\n") == {"a-page", "pbxyaml-keys"}


def test_every_runtime_dependency_is_accounted_for(root: Path) -> None:
    """Each has a row that says why it and what would replace it; no row is left over."""
    table = rows((root / "README.md").read_text(), "Runtime dependencies")
    assert set(table) == dependencies(root)
    assert [name for name, cells in table.items() if len(cells) != 2 or not all(cells)] == []


@pytest.mark.parametrize(
    "package", ["pyVoIP", "aiosip", "pydub", "SQLAlchemy", "cryptography", "boto3", "pytest-asyncio"]
)
def test_every_imagined_package_has_its_line(root: Path, package: str) -> None:
    _, _, section = (root / "README.md").read_text().partition("first imagined with\n")
    assert re.search(rf"^\| {re.escape(package)}[ |]", section, re.M)


def test_files_that_the_readme_names_exist(root: Path) -> None:
    named = re.findall(r"`((?:pbx|config|docs|bench|tests)/[\w./-]+)`", (root / "README.md").read_text())
    assert named
    assert [name for name in named if not (root / name).exists()] == []


def test_essays_are_numbered_without_gaps(root: Path) -> None:
    names = sorted(file.name for file in (root / "docs" / "essays").iterdir())
    numbers = [int(match.group(1)) for name in names if (match := _ESSAY.fullmatch(name)) is not None]
    assert numbers == list(range(1, len(names) + 1))
    for name, number in zip(names, numbers, strict=True):
        assert (root / "docs" / "essays" / name).read_text().startswith(f"# {number}. ")
