"""`pbx test`."""

import json

import pytest

from pbx.cli.main import run
from pbx.config.places import Places

Capsys = pytest.CaptureFixture[str]


@pytest.mark.requirement("ADM-06")
def test_the_sample_passes_and_says_how_fast(places: Places, capsys: Capsys) -> None:
    assert run(["test", "Carol", "--config", str(places.base / "config")]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("3 passed, 0 failed, in ") and line.endswith(" a second)")


def test_a_failure_reads_like_a_story(places: Places, capsys: Capsys) -> None:
    config = places.base / "config"
    groups = config / "acme" / "groups.yaml"
    groups.write_text(groups.read_text().replace("[1001, 1002]", "[1003]"))
    assert run(["test", "a known caller", "--config", str(config)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("FAILED config/acme/tests/support.yaml:7: a known caller is verified")
    assert "config/acme/flows/support.yaml:13: step agents: rings group/support for 25 s" in said
    assert "  but config/acme/tests/support.yaml:19: rings: expected 1001, 1002, found 1003" in said
    assert "\n0 passed, 1 failed" in said


def test_json_has_everything(places: Places, capsys: Capsys) -> None:
    assert run(["test", "Carol is busy", "--json", "--config", str(places.base / "config")]) == 0
    said = json.loads(capsys.readouterr().out)
    (test,) = said["tests"]
    assert (said["passed"], test["passed"], test["differences"]) == (True, True, [])
    assert (test["route"], test["rings"], test["record"]["cause"]) == ("extension 1003", ["1003"], "486")
    assert test["story"][0]["words"].startswith("+447700900123 calls")


def test_a_story_can_be_had_without_a_failure(places: Places, capsys: Capsys) -> None:
    assert run(["test", "Carol is busy", "--story", "--config", str(places.base / "config")]) == 0
    assert "1003 refuses (486 busy)" in capsys.readouterr().out


def test_what_is_not_there_is_refused(places: Places, capsys: Capsys) -> None:
    config = places.base / "config"
    assert run(["test", "nonsense", "--config", str(config)]) == 1
    assert "no test has 'nonsense' in its name" in capsys.readouterr().err
    for file in (config / "acme" / "tests").iterdir():
        file.unlink()
    assert run(["test", "--config", str(config)]) == 1
    assert "there are no tests" in capsys.readouterr().err
