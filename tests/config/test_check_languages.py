"""Sentences that nobody would hear in a language."""

import shutil
from pathlib import Path

from pbx.config.load import load


def speaks_german(folder: Path) -> None:
    file = folder / "acme/tenant.yaml"
    file.write_text(file.read_text().replace("language: en-GB", "language: de-DE"))


def test_a_sentence_that_the_engine_says_in_another_language(folder: Path) -> None:
    speaks_german(folder)
    found = [line for line in load(folder).warnings if "flows/" in line]
    assert found[0].startswith('config/acme/flows/echo.yaml:4:3: steps.echo: no recording says "You will now')
    assert found[0].endswith("(record it for prompts/de-DE: the speech engine does not speak de-DE)")
    assert any("All our agents are busy" in line for line in found)


def test_what_is_recorded_is_heard(folder: Path) -> None:
    speaks_german(folder)
    prompts = folder / "acme/prompts"
    shutil.copytree(prompts / "en-GB", prompts / "de-DE")
    assert not [line for line in load(folder).warnings if "flows/" in line]
