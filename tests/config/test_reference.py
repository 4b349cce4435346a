"""The reference pages: those in docs/, and the words for types."""

from pathlib import Path
from typing import Any

import pytest

from pbx.config.definition import FILES
from pbx.config.reference import page, pages, words
from pbx.config.step_kinds import STEP_KINDS

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def test_the_pages_in_docs_are_those_of_the_definition(made: dict[str, str]) -> None:
    stale = [name for name, text in made.items() if (DOCS / name).read_text() != text]
    assert stale == [], "run `make reference`"
    assert {file.name for file in DOCS.glob("*.md")} == set(made)


def test_a_row() -> None:
    (row,) = (line for line in page("dialplan.yaml").splitlines() if line.startswith("| `slots`"))
    assert row == (
        "| `slots` | the first and the last slot, such as 701-709 | `701-709` "
        "| the first and the last slot, of 100 at most | `701-709` |"
    )


def test_a_section_is_a_link() -> None:
    text = page("pbx.yaml")
    assert "| `listeners` | a list of [`sip.listeners[]`](#siplisteners) |" in text
    assert "\n## `sip.listeners[]`\n" in text
    assert "[`recording.store` with `kind: s3`](#recordingstore-with-kind-s3)" in text


def test_every_step_has_its_table() -> None:
    text = page("flows/*.yaml")
    assert "\n## `steps.*`: `say`\n\nPlays a sentence, or" in text
    assert text.count("\n## `steps.*`: ") == len(STEP_KINDS)


def test_the_index_leads_to_every_page(made: dict[str, str]) -> None:
    assert all(f"[`{name}`](" in made["README.md"] for name in FILES)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 64}, "whole number (1 to 64)"),
        ({"type": "integer", "minimum": 0}, "whole number (at least 0)"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "number between 0 and 1"),
        ({"type": "boolean"}, "`true` or `false`"),
        ({"type": "string", "maxLength": 9}, "text (at most 9 characters)"),
        ({"type": "string", "pattern": "^a|b$"}, "text of the form `^a|b$`"),
        ({"type": "string", "format": "path"}, "path of a file"),
        ({"enum": ["on", "off"]}, "`on`, `off`"),
        ({"title": "a star *"}, "a star \\*"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "`true` or `false`"),
        ({"type": "array", "maxItems": 2, "items": {"title": "a name"}}, "list (at most 2), each a name"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "text: `true` or `false`"),
    ],
)
def test_words(schema: dict[str, Any], said: str) -> None:
    assert words(schema, {}) == said
