"""Every command line in the documents exists: the command, and each option that is written behind it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.cli.main import app
from tests.architecture.test_docs import documents
from tests.architecture.test_examples import FENCE, examples

_SPAN = re.compile(r"`(?:[^\s`]*/)?pbx\s([^`]+)`")
_LINE = re.compile(r"^\s*(?:\$ |[A-Z_]+=\S+ |sudo -u \S+ |ssh \S+ )*(?:\S*/)?pbx (.+)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
_WORD = re.compile(r"[a-z][a-z-]*")


def command_lines(text: str) -> Iterator[str]:
    """Yield what stands behind `pbx` in fences and in the text, comments and what follows a pipe left out."""
    for language, content in examples(text):
        if language not in ("", "console", "sh"):
            continue
        for line in re.sub(r"\\\n\s*", " ", content).splitlines():
            found = _LINE.match(line)
            if found is not None:
                yield re.split(r"\s#|\s\| |   ", re.sub(r" {2,}(?=[\[-])", " ", found.group(1)))[0].strip()
    outside = FENCE.sub("", text)
    yield from (" ".join(span.split()) for span in _SPAN.findall(outside))


def fault(line: str) -> str:
    """Return what is wrong with a command line; empty when nothing is."""
    words = re.sub(r"[\[\]|]", " ", line).split()
    chain, apps, rest = app.parse_commands(words)
    if not chain:
        return f"there is no command {words[0]}"
    found = apps[-1]
    if rest and _WORD.fullmatch(rest[0]) and any(not name.startswith("-") for name in found):
        return f"there is no command {' '.join((*chain, rest[0]))}"
    if not getattr(found.default_command, "__module__", "").startswith("pbx."):  # a group tells of itself
        return ""
    known = {name for argument in found.assemble_argument_collection() for name in argument.names}
    unknown = [one for one in _OPTION.findall(line) if one not in known and one != "--help"]
    return f"{' '.join(chain)} has no option {unknown[0]}" if unknown else ""


def test_every_command_of_the_documents_is_there(root: Path) -> None:
    wrong = []
    for page in documents(root):
        if page.name == "CHANGELOG.md":  # what was is told there, too
            continue
        for line in command_lines(page.read_text()):
            if why := fault(line):
                wrong.append(f"{page.relative_to(root)}: pbx {line}: {why}")
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("calls list --json", ""),
        ("calls lst", "there is no command calls lst"),
        ("cals", "there is no command cals"),
        ("recordings erasures [--due [--days 30]]", ""),
        ("recordings erasures --do", "recordings erasures has no option --do"),
        ("apply [--watch|--untested] [--comment WHY]", ""),
    ],
)
def test_faults_are_told(line: str, why: str) -> None:
    assert fault(line) == why


def test_command_lines_are_found() -> None:
    fence = "```\n$ pbx check # all\npbx diff   [--to V]     what\nssh HOST pbx x | y\n```\n"
    text = f"see `pbx calls list` and `.venv/bin/pbx\nrun`\n{fence}"
    assert list(command_lines(text)) == ["check", "diff [--to V]", "x", "calls list", "run"]
