"""`pbx check` and `pbx explain`."""

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
            "hint": "name it under inbound in dialplan.yaml, or take the file out",
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


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["01632960100"], "-> flow support"),
        (["01632960101", "--from", "carrier"], "-> extension 1003"),
        (["1002", "--from", "1001"], "-> extension 1002"),
        (["1002"], "-> 404 Not Found"),
        (["01632960100", "--verdict", "failed"], "-> flow support"),
        (["999", "--from", "1001"], "-> emergency by trunk carrier"),
        (["999"], "-> emergency by trunk carrier"),
        (["9112"], "-> emergency by trunk carrier"),
        (["907700900123", "--from", "1001"], "-> trunk carrier"),
    ],
)
def test_explain(places: Places, words: list[str], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", *words, "--config", str(places.base / "config")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    assert lines[0].startswith("from ")


@pytest.mark.parametrize(
    ("number", "viewpoint"),
    [
        ("999", "--from is not given: extension 1001 stands for every telephone"),
        ("1002", "--from is not given: trunk carrier stands for the network"),
    ],
)
def test_explain_says_whose_call_it_assumes(
    places: Places, number: str, viewpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", number, "--config", str(places.base / "config")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == viewpoint


@pytest.mark.parametrize(
    ("caller", "hint"),
    [
        ("9999", "there is carrier, 1001, 1002, 1003"),
        ("10011", "did you mean 1001?"),
        ("carier", "did you mean carrier?"),
    ],
)
def test_explain_refuses_a_caller_that_is_not_there(
    places: Places, caller: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "999", "--from", caller, "--config", str(places.base / "config")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"pbx: --from {caller}: tenant acme has no such extension or trunk ({hint})\n"


def test_explain_names_the_rule(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["--config", str(places.base / "config")]
    assert run(["explain", "1002", "--from", "1001", "--json", *config]) == 0
    assert '"config/acme/extensions.yaml:' in capsys.readouterr().out
    assert run(["explain", "1002", "--tenant", "globex", *config]) == 1
    assert capsys.readouterr().err == "pbx: no tenant globex: there is acme\n"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder with a tenant.yaml" in capsys.readouterr().err


@pytest.mark.requirement("SIP-23")
def test_explain_says_which_trunks_in_which_order(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    folder = places.base / "config" / "acme"
    members = "{trunk: spare, priority: 2}, {trunk: second, weight: 1}, {trunk: carrier, weight: 3}"
    trunks = (folder / "trunks.yaml").read_text()
    for name, host in (("spare", "127.0.0.3"), ("second", "127.0.0.4")):
        trunks += f"  {name}: {{outbound: {{host: {host}}}}}\n"
    (folder / "trunks.yaml").write_text(f"{trunks}groups: {{pstn: {{members: [{members}]}}}}\n")
    plan = folder / "dialplan.yaml"
    plan.write_text(plan.read_text().replace("emergency: {trunk: carrier}", "emergency: {trunk: pstn}"))
    assert run(["explain", "999", "--config", str(places.base / "config")]) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "trunk carrier: priority 1, weight 3",
        "trunk second: priority 1, weight 1",
        "trunk spare: priority 2, weight 1",
        "-> emergency by trunk pstn",
    ]


def test_explain_supposes_a_verdict(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    plan = config / "acme/dialplan.yaml"
    choice = "01632 960100: [{when: {attestation: A}, extension: 1003}, {flow: support}]"
    plan.write_text(plan.read_text().replace("01632 960100: {flow: support}", choice))
    assert run(["explain", "01632960100", "--attestation", "A", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "the calling number has the verdict passed, attestation A\n" in said
    assert said.endswith(", when attestation A\n-> extension 1003\n")
    wrong = ["explain", "01632960100", "--verdict", "none", "--attestation", "A", "--config", str(config)]
    assert run(wrong) == 1
    assert "only a call with --verdict passed has one" in capsys.readouterr().err
