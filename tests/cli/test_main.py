"""Words to commands: wrong usage, and every command that needs an installation without one."""

import importlib
import inspect
from pathlib import Path

import pytest
from cyclopts import App

from pbx.cli import recordings
from pbx.cli.main import LATE, run

READERS = [
    ["calls", "list"],
    ["calls", "show", "x"],
    ["consents", "list"],
    ["consents", "show", "x"],
    ["recordings", "list"],
    ["recordings", "show", "x"],
    ["recordings", "export", "x", "--out", "y", "--purpose", "z"],
    ["audit", "verify"],
    ["recordings", "verify", "x"],
    ["customers", "import", "x.csv"],
    ["customers", "find", "07700900123"],
    ["explain", "1001"],
    ["graph", "flow/support"],
    ["keys", "show"],
    ["phone", "call", "1001", "--from-trunk"],
    ["phone", "answer", "--as", "acme/1001"],
    ["status"],
]


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["calls", "bogus"],
        ["calls", "show"],
        ["calls", "show", "a", "b"],
        ["calls", "list", "--nope"],
        ["calls", "list", "--limit", "0"],
        ["calls", "list", "--limit", "10001"],
        ["calls", "list", "--limit", "many"],
        ["recordings", "verify"],
        ["recordings", "verify", "x", "--all"],
        ["recordings", "export", "x"],
        ["recordings", "export", "x", "--out", "y"],
        ["recordings", "export", "x", "--out", "y", "--purpose", "z", "--wav", "--evidence"],
        ["recordings", "export", "x", "--out", "y", "--wav"],
        ["recordings", "export", "x", "--out", "y", "--wav", "--purpose", " "],
        ["phone", "call", "1001"],
        ["phone", "call", "1001", "--as", "acme/1001", "--from-trunk"],
    ],
)
def test_wrong_usage_is_one_line_and_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pbx: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_without_a_configuration_every_command_says_so(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--config", str(tmp_path / "config")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pbx: config")
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_words_the_commands_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    out = capsys.readouterr().out
    named = ("run", "demo", "check", "explain", "status", "calls", "consents", "customers", "keys", "phone")
    assert [name for name in (*named, "recordings") if name not in out] == []


PLACES = {
    **LATE,
    **{
        name: (f"{module}:{name.replace('-', '_')}", words)
        for name, (module, words) in recordings.LATE.items()
    },
}


@pytest.mark.parametrize("name", PLACES)
def test_a_command_that_is_imported_late_is_listed_with_its_own_words(name: str) -> None:
    place, words = PLACES[name]
    module, _, attribute = place.partition(":")
    command = getattr(importlib.import_module(f"pbx.cli.{module}"), attribute)
    assert words == (command.help if isinstance(command, App) else inspect.getdoc(command))
