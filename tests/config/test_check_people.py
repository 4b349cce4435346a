"""A directory in which nobody is, and names that no key spells."""

from pathlib import Path

from pbx.config.load import load
from tests.config.conftest import Spoil

AGENTS = "agents: {ring: group/support, for: 25s, no_answer: message, busy: message}"
LOOK = "agents: {directory: last_name, none: message}"
PEOPLE = "1001: {name: Alice}\n  1002: {name: Bob}\n  1003: {name: Carol}"


def with_directory(spoil: Spoil, old: str, new: str) -> list[str]:
    spoil("acme/flows/support.yaml", AGENTS, LOOK)
    return spoil("acme/extensions.yaml", old, new)


def test_nobody_is_in_it(spoil: Spoil) -> None:
    lines = with_directory(spoil, PEOPLE, PEOPLE.replace("}", ", directory: false}"))
    assert any("steps.agents.directory: nobody is in the directory" in one for one in lines), lines


def test_a_name_in_other_letters(spoil: Spoil, folder: Path) -> None:
    assert spoil("acme/extensions.yaml", "{name: Bob}", "{name: 北京}") == []
    assert load(folder).warnings == (), "nobody looks for it"
    assert spoil("acme/flows/support.yaml", AGENTS, LOOK) == []
    (warning,) = load(folder).warnings
    assert "extensions.1002.name: no key of a telephone spells" in warning


def test_a_directory_is_fine(spoil: Spoil) -> None:
    assert spoil("acme/flows/support.yaml", AGENTS, LOOK) == []
