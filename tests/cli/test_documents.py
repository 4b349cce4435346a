"""Commands of the documents are run as they stand there, and say what stands there.

A fence with `$ pbx` is compared with what is said: `...` stands for any lines. Of others the commands are run
that need nothing but a folder. Each has a copy of the sample of its own; those of EMPTY begin with nothing.
"""

import asyncio
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
import soxr

from pbx.cli.main import run
from tests.architecture.test_examples import examples

ROOT = Path(__file__).parents[2]
# Why examples of a command are not run here: it needs more than a folder.
NOT_RUN = {
    "degradation": "an object store that is away: tests/cli/test_degradation.py",
    "diff": "a plan that runs: tests/e2e/test_apply.py",
    "explain --call": "a call that was made: tests/cli/test_explain_kept.py",
    "grants check": "a secret typed at the keyboard: tests/cli/test_grants.py",
    "import": "the files of another exchange: tests/cli/test_imports.py",
    "listen play": "a recording and two people: tests/e2e/test_playback.py",
    "replay": "the calls of a week: tests/cli/test_replay.py",
}
EMPTY = ("docs/first_tenant.md",)  # begins in an empty folder
# What needs nothing but a folder.
OFFLINE = re.compile(r"(init|check|test|graph|prompts|explain(?!.*--call)|consents rules|consents policy)\b")
_PLACEHOLDER = re.compile(r"(?<![\w-])(?:[A-Z]{3,}|ID|N)(?!\w)|\[|\.\.\.| {3}")
_PASSING = re.compile(r"\d+ passed, (\d+) failed, in \d+\.\d\d s \(\d+ a second\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command of a page; `said` None = only its exit code counts."""

    page: str
    words: str
    said: str | None

    def __str__(self) -> str:
        return f"{self.page}: pbx {self.words}"


def runs(page: Path) -> Iterator[Run]:
    """Yield the commands of a page that can be run, in their order."""
    name = str(page.relative_to(ROOT))
    for language, content in examples(page.read_text()):
        if language not in ("", "console"):
            continue
        text = re.sub(r"\s*\\\n\s*", " ", content)
        if text.startswith("$ pbx "):
            for part in re.split(r"^\$ pbx ", text, flags=re.M)[1:]:
                words, _, said = part.partition("\n")
                if not OFFLINE.match(words):
                    break  # the rest of the fence is about what came of it
                yield Run(page=name, words=words, said=said)
            continue
        for line in text.splitlines():
            words = line.removeprefix("pbx ").partition("  #")[0].strip()
            if line.startswith("pbx ") and OFFLINE.match(words) and not _PLACEHOLDER.search(words):
                yield Run(page=name, words=words, said=None)


def _beginnings(words: str) -> tuple[str, ...]:
    parts = words.split()
    return parts[0], " ".join(parts[:2])


PAGES = {
    str(page.relative_to(ROOT)): found
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if (found := tuple(runs(page)))
}


def _edited(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))

    return edit


def _spoken(folder: Path) -> None:
    """The file that the example of `pbx prompts add` takes."""
    samples, rate = soundfile.read(str(folder / "config/acme/prompts/en-GB/welcome.wav"))
    soundfile.write(
        str(folder / "welcome.mp3"), soxr.resample(samples, rate, 44_100) * 0.3, 44_100, format="MP3"
    )


# What has happened before a command, where a page says so in words.
BEFORE: dict[tuple[str, str], Callable[[Path], None]] = {
    ("docs/admin.md", "prompts add"): _spoken,
    ("docs/testing_plans.md", 'test "a'): _edited("config/acme/groups.yaml", "[1001, 1002]", "[1003]"),
}


def plain(text: str) -> list[str]:
    """Lines without what is another each time, and without blanks at the end."""
    return [_PASSING.sub(r"N passed, \1 failed", line).rstrip() for line in text.splitlines() if line.strip()]


def missing(expected: str, said: str) -> str:
    """Return the first line of an example that was not said in its place; empty when all were."""
    lines, found = plain(said), 0
    is_gap = False
    for line in plain(expected):
        if line.strip() == "...":
            is_gap = True
            continue
        rest = lines[found:]
        if line not in (rest if is_gap else rest[:1]):
            return line
        found += rest.index(line) + 1
        is_gap = False
    return "" if is_gap or not lines[found:] else f"(more was said) {lines[found]}"


@pytest.mark.parametrize("page", PAGES)
async def test_what_the_page_says_is_so(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for number, one in enumerate(PAGES[page]):
        folder = tmp_path / ("0" if page in EMPTY else str(number))
        if page not in EMPTY:
            shutil.copytree(ROOT / "config", folder / "config")
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        for begin in _beginnings(one.words):
            if (before := BEFORE.get((page, begin))) is not None:
                before(folder)
        capsys.readouterr()
        code = await asyncio.to_thread(run, shlex.split(one.words))
        told = capsys.readouterr()
        if one.said is None:
            assert code == 0, f"{one}: {told.err}"
        else:
            assert missing(one.said, told.out + told.err) == "", f"{one}\n{told.out}{told.err}"


def test_what_is_not_run_has_its_reason() -> None:
    pages = [page.read_text() for page in sorted((ROOT / "docs").rglob("*.md"))]
    for begin, why in NOT_RUN.items():
        assert any(f"$ pbx {begin}" in text for text in pages), begin
        assert (ROOT / why.rpartition(" ")[2]).exists(), why
        assert not OFFLINE.match(begin), begin


@pytest.mark.parametrize(
    ("expected", "said", "lacks"),
    [
        ("a\nb\n", "a\nb\n", ""),
        ("a\n  ...\nc\n", "a\nb\nb\nc\n", ""),
        ("a\n...\n", "a\nb\n", ""),
        ("a\nc\n", "a\nb\nc\n", "c"),
        ("a\n", "a\nb\n", "(more was said) b"),
        ("3 passed, 0 failed, in 0.16 s (131 a second)", "4 passed, 0 failed, in 1.20 s (7 a second)", ""),
        (
            "3 passed, 0 failed, in 0.16 s (1 a second)",
            "3 passed, 1 failed, in 0.16 s (1 a second)",
            "N passed, 0 failed",
        ),
    ],
)
def test_what_is_compared(expected: str, said: str, lacks: str) -> None:
    assert missing(expected, said) == lacks
