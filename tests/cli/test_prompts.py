"""`pbx prompts`: a listing for who records and who translates, and an exit code for what is missing."""

import json

import pytest

from pbx.cli.main import run
from pbx.config.places import Places

WELCOME = "Thank you for calling Acme."


def test_all_are_listed(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(places.base / "config")
    assert run(["prompts", "list", "--config", config]) == 0
    said = capsys.readouterr().out
    assert said.count(WELCOME) == 1
    assert "welcome.wav" in said
    assert run(["prompts", "list", "--config", config, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    (row,) = [one for one in rows if one["sentence"] == WELCOME]
    assert (row["language"], row["heard"], row["text"]) == ("en-GB", "recording", WELCOME)
    assert row["where"] == ["config/acme/flows/support.yaml:4"]


def test_nothing_is_missing_in_the_language_of_the_sample(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["prompts", "missing", "--config", str(places.base / "config"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_what_a_translator_has_to_write(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    words = config / "acme/prompts/de-DE/texts.yaml"
    words.parent.mkdir()
    words.write_text(f'"{WELCOME}": "Willkommen bei Acme."\n')
    (words.parent / "index.yaml").write_text('hello.wav: "Willkommen bei Acme."\n')
    (words.parent / "hello.wav").write_bytes((config / "acme/prompts/en-GB/welcome.wav").read_bytes())
    assert run(["prompts", "missing", "--config", str(config), "--language", "de-DE", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert WELCOME not in {one["sentence"] for one in rows}
    assert {(one["language"], one["heard"], one["text"]) for one in rows} == {("de-DE", "elsewhere", "")}


def test_a_language_that_is_none(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prompts", "list", "--config", str(places.base / "config"), "--language", "German"]) == 1
    assert capsys.readouterr().err == "pbx: --language German: expected a language tag such as en-GB\n"


def test_a_tenant_that_is_none(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prompts", "list", "--config", str(places.base / "config"), "--tenant", "acne"]) == 1
    assert capsys.readouterr().err == "pbx: no tenant acne: there is acme\n"
