"""`pbx import`: what it says, and what it refuses."""

import json
import os
from pathlib import Path

import pytest
import yaml

from pbx.cli import imports
from pbx.cli.main import run
from tests.importers.asterisk_house import SMALL, write_asterisk
from tests.importers.imported import PLACE, imported

pytestmark = pytest.mark.requirement("ADM-11")
Capsys = pytest.CaptureFixture[str]


def test_what_is_not_carried_over_is_said_with_its_line(tmp_path: Path, capsys: Capsys) -> None:
    out = imported(tmp_path, write_asterisk(tmp_path / "asterisk", SMALL))
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == 8 and all(line.startswith("extensions.conf:") for line in lines)
    assert "10 telephones, 1 trunks, 1 groups, 11 numbers, 4 internal numbers, 14 flows" in last
    assert (out / imports.REPORT).read_text().splitlines() == lines
    assert run(["check", str(out)]) == 0


def test_the_report_as_json(tmp_path: Path, capsys: Capsys) -> None:
    imported(tmp_path, write_asterisk(tmp_path / "asterisk", SMALL), "asterisk", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["telephones"], said["numbers"], len(said["not_carried_over"])) == (10, 11, 8)
    assert set(said["not_carried_over"][0]) == {"place", "what", "why", "remedy"}


def test_passwords_that_can_be_guessed_stay_behind(tmp_path: Path, capsys: Capsys) -> None:
    source = write_asterisk(tmp_path / "asterisk", SMALL)
    pjsip = source / "pjsip.conf"
    pjsip.write_text(pjsip.read_text().replace("password=Qf7-1001-x9Lm2TzKw4", "password=1001"))
    imported(tmp_path, source)
    assert "password of main/1001: its password can be guessed" in capsys.readouterr().out
    kept = yaml.safe_load((tmp_path / "var" / "secrets.yaml").read_text())
    assert "main/1001" not in kept and len(kept) == 9


def test_secrets_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secrets.yaml").write_text("main/1001: mine\n")
    imported(tmp_path, write_asterisk(tmp_path / "asterisk", SMALL))
    kept = yaml.safe_load((tmp_path / "var" / "secrets.yaml").read_text())
    assert kept["main/1001"] == "mine" and len(kept) == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "none of extensions.conf, pjsip.conf, sip.conf is there"),
        (("extensions.conf",), "--country is needed"),
        (("extensions.conf", "indications.conf"), "no telephone was found"),
    ],
)
def test_too_little_is_refused(tmp_path: Path, words: tuple[str, ...], said: str, capsys: Capsys) -> None:
    for name in words:
        (tmp_path / name).write_text("[general]\ncountry=uk\n" if name.startswith("ind") else "")
    assert run(["import", "asterisk", str(tmp_path), "--out", str(tmp_path / "out"), *PLACE]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_that_holds_something_is_refused(tmp_path: Path, capsys: Capsys) -> None:
    source = write_asterisk(tmp_path / "asterisk", SMALL)
    assert run(["import", "asterisk", str(source), "--out", str(source), *PLACE]) == 1
    assert "there is something already" in capsys.readouterr().err


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_file_has_a_limit(tmp_path: Path, beyond: int, capsys: Capsys) -> None:
    source = write_asterisk(tmp_path / "asterisk", SMALL)
    os.truncate(source / "rtp.conf", imports.MAX_FILE_BYTES + beyond)
    code = run(["import", "asterisk", str(source), "--out", str(tmp_path / "config"), *PLACE])
    assert code == beyond, capsys.readouterr().err
