"""`pbx check`."""

import json
from pathlib import Path

import pytest

from pbx.cli.main import run
from pbx.config.places import Places


def test_a_right_configuration(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(places.base / "config")]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("ok: 1 tenant, 3 extensions, 3 numbers, 2 flows")
    assert said.err.count("\n") == said.err.count("warning: ")


@pytest.mark.requirement("FRD-04")
def test_a_password_that_can_be_guessed_is_refused_outside_of_a_lab(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    pbx = places.base / "config" / "pbx.yaml"
    places.secrets.write_text("acme/1001: acme1001\nacme/1002: uG4vX0aQn1kJ8rTz5bYe7LwD\n")
    assert run(["check", str(pbx.parent)]) == 0  # the sample listens on loopback
    capsys.readouterr()
    pbx.write_text(pbx.read_text().replace("host: 127.0.0.1", "host: 192.0.2.7", 1))
    assert run(["check", str(pbx.parent)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{places.secrets}:1:1: acme/1001: can be guessed") and "delete the line" in line
    places.secrets.write_text("- rubbish\n")
    assert run(["check", str(pbx.parent)]) == 1
    assert "not a list of" in capsys.readouterr().err


def test_every_mistake_has_a_line_of_its_own(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    folder = places.base / "config"
    (folder / "pbx.yaml").write_text("sip:\n  port: 99999\nrtpp: {}\n")
    assert run(["check", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0].startswith("config/pbx.yaml:2:")
    assert lines[1].startswith("config/pbx.yaml:3:")


def test_json_has_everything_that_the_lines_have(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    assert run(["check", "--json", str(config)]) == 0
    right = json.loads(capsys.readouterr().out)
    assert (right["ok"], right["errors"]) == (True, [])
    assert right["summary"]
    plan = config / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text() + "\nsurprise: 1\nmore: 2\n")
    assert run(["check", "--json", str(config)]) == 1
    wrong = json.loads(capsys.readouterr().out)
    assert (wrong["ok"], len(wrong["errors"])) == (False, 2)


def test_strict_makes_warnings_mistakes(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    plan = config / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text().replace("{flow: echo}", "{flow: support}"))
    assert run(["check", str(config)]) == 0
    capsys.readouterr()
    assert run(["check", "--strict", str(config)]) == 1
    said = capsys.readouterr()
    assert (
        said.out.startswith("not ok by --strict: 1 tenant")
        and "warning: config/acme/flows/echo.yaml:1:7: flow: no number" in said.err
    )


def test_json_has_the_parts_of_each_problem(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    plan = config / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text().replace("{flow: echo}", "{flow: support}"))
    assert run(["check", "--strict", "--json", str(config)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert [one for one in found["problems"] if one["path"] == "flow"] == [
        {
            "severity": "warning",
            "file": "config/acme/flows/echo.yaml",
            "line": 1,
            "column": 7,
            "path": "flow",
            "message": "no number leads to the flow echo",
            "hint": "name it under inbound or internal in dialplan.yaml, or take the file out",
        }
    ]
    plan.write_text("emergency: {trunk: carier}\n")
    assert run(["check", "--json", str(config)]) == 1
    (error, *_) = json.loads(capsys.readouterr().out)["problems"]
    assert (error["severity"], error["line"], error["hint"]) == ("error", 1, "did you mean carrier?")


def test_other_commands_name_the_first_mistake_only(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = places.base / "config"
    (folder / "pbx.yaml").write_text("sip:\n  port: 99999\nrtpp: {}\n")
    assert run(["calls", "list", "--config", str(folder)]) == 1
    line = capsys.readouterr().err
    assert line.startswith("pbx: config/pbx.yaml:2:")
    assert line.endswith("- and 1 more, see pbx check\n")


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder with a tenant.yaml" in capsys.readouterr().err
