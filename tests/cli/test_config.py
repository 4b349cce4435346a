"""`pbx config`: the schema and the reference of a file, printed or written."""

import json
from pathlib import Path

import pytest

from pbx.cli.main import run
from pbx.config.definition import FILES
from pbx.config.reference import page


def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema", "--file", "config/acme/flows/support.yaml"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "flows/*.yaml"
    assert run(["config", "schema"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(FILES)


def test_a_reference_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "reference", "--file", "dialplan.yaml"]) == 0
    assert capsys.readouterr().out == page("dialplan.yaml")


def test_an_unknown_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema", "--file", "dialpan.yaml"]) == 1
    said = "pbx: --file dialpan.yaml: no such file of a configuration (did you mean dialplan.yaml?)\n"
    assert capsys.readouterr().err == said


def test_all_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made"
    assert run(["config", "schema", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{len(FILES)} files in {out}\n"
    assert run(["config", "reference", "--file", "lists.yaml", "--out", str(out)]) == 0
    assert (out / "lists.md").read_text() == page("lists.yaml")
    assert len(list(out.iterdir())) == len(FILES) + 1
