"""YAML examples of the documents say what files of a configuration may say: every key, and every value."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.config import marks
from pbx.config.definition import FILES, file_like
from pbx.config.flows import build_flow
from pbx.config.read import Read, validate
from pbx.config.schema import FlowFile
from tests.architecture.test_docs import documents
from tests.architecture.test_examples import examples

# What is no file of a configuration, by page and first line.
OTHERS = {
    ("docs/metrics.md", "# prometheus.yml"): "Prometheus reads it",
    ("docs/metrics.md", "groups:"): "rules of Prometheus",
    ("docs/phrases.md", "like: en-GB"): "a table of the product: tests/phrases reads those",
}
# Files in which any text is right; an example is one of them only if it says so by its keys.
_FREE = {"prompts/*/index.yaml": re.compile(r"[\w-]+\.wav: "), "prompts/*/texts.yaml": re.compile(r'"[A-Z]')}
_NAMED = re.compile(r"^# ([\w/.*-]+\.yaml)\n", re.M)
# Around a part of a file, so that it is one: steps of a flow, entries of a section.
_AROUND = {
    "flows/*.yaml": "flow: example\nstart: example\nsteps:\n",
    "extensions.yaml": "extensions:\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A piece of YAML; `file` is the one that its first comment names, "" = none does."""

    page: str
    file: str
    text: str

    @property
    def first(self) -> str:
        """Its first line, by which people find it."""
        return self.text.strip().partition("\n")[0].partition("   ")[0].rstrip()


def pieces(page: str, text: str) -> Iterator[Example]:
    """Yield the examples of a page, one for each file of a fence."""
    for language, content in examples(text):
        if language != "yaml":
            continue
        whole = textwrap.dedent(content)
        parts = _NAMED.split(whole)
        if parts[0].strip():
            yield Example(page=page, file="", text=parts[0])
        for name, part in zip(parts[1::2], parts[2::2], strict=True):
            if part.strip():
                yield Example(page=page, file=name, text=part)


def faults(example: Example) -> dict[str, str]:
    """Return why an example is none of the files it may be, by their names; empty = it is one of them."""
    named = file_like(example.file) if example.file else None
    found: dict[str, str] = {}
    for name in (named,) if named is not None else FILES:
        free = _FREE.get(name)
        if free is not None and free.match(example.text) is None:
            continue
        around = _AROUND.get(name, "")
        for text in (
            (example.text, around + textwrap.indent(example.text, "  ")) if around else (example.text,)
        ):
            wrong = _wrong(name, text)
            if not wrong:
                return {}
            found[name] = min(found.get(name, wrong), wrong, key=len)
    return found


def _wrong(name: str, text: str) -> str:
    """What is wrong in a file, parts that are left out apart."""
    document, errors = marks.parse(re.sub(r"^include: .*\n", "", text, flags=re.M).encode(), name)
    if document is None:
        return "; ".join(map(str, errors))
    if name == "flows/*.yaml":
        value, errors = validate(document, (), document.value, FlowFile)
        if value is not None:
            errors = errors + build_flow(Read(document=document, model=value))[1]
    else:
        _, errors = validate(document, (), document.value, FILES[name])
    return "; ".join(str(one) for one in errors if not one.message.startswith("the key "))


def test_every_example_is_a_file_of_a_configuration(root: Path) -> None:
    wrong = []
    for page in documents(root):
        for example in pieces(str(page.relative_to(root)), page.read_text()):
            if (example.page, example.first) in OTHERS or (example.page, f"# {example.file}") in OTHERS:
                continue
            found = faults(example)
            if found:
                wrong.append(f"{example.page}, {example.first}: {min(found.values(), key=len)}")
    assert wrong == []


def test_no_exception_is_left_over(root: Path) -> None:
    for page, first in OTHERS:
        assert f"```yaml\n{first}" in (root / page).read_text()


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("parking: {number: 700, slots: 701-709}\n", True),
        ("parking: {number: 700, slot: 701-709}\n", False),
        ("parking: {number: 700, slots: 709-701x}\n", False),
        ("surprise: 1\n", False),
        ('  end: {hang_up: "Goodbye."}\n', True),
        ("  end: {hang_off: null}\n", False),
        ("# verification.yaml\ncall_back: {trunk: carrier}\n", True),
        ("# recording.yaml\ncall_back: {trunk: carrier}\n", False),
    ],
)
def test_what_is_right_and_what_is_not(text: str, is_right: bool) -> None:  # noqa: FBT001
    found = [faults(one) for one in pieces("page", f"```yaml\n{text}```\n")]
    assert all(not one for one in found) == is_right


def test_two_files_in_one_fence() -> None:
    text = "```yaml\n# pbx.yaml\nspeech: {}\n# flows/a.yaml\n  end: {hang_up: null}\n```\n"
    assert [(one.file, one.first) for one in pieces("page", text)] == [
        ("pbx.yaml", "speech: {}"),
        ("flows/a.yaml", "end: {hang_up: null}"),
    ]
