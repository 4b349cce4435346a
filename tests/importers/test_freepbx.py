"""An export of FreePBX becomes a plan that is right, whose own tests pass."""

import gzip
from pathlib import Path

import pytest

from pbx.assembly.plan_tests import run_plan_tests
from pbx.cli.main import run
from pbx.config.load import load
from pbx.importers.freepbx import read_freepbx, read_tables
from pbx.importers.report import Report
from tests.importers.freepbx_house import NUMBERS, write_csv, write_dump
from tests.importers.imported import PLACE, imported

pytestmark = pytest.mark.requirement("ADM-11")
GB = ("--country", "GB")


def test_a_dump_passes_its_own_tests(tmp_path: Path) -> None:
    file = write_dump(tmp_path / "export")
    packed = file.with_suffix(".sql.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    out = imported(tmp_path, packed, "freepbx", *GB)
    configuration = load(out)
    tenant = configuration.tenants["main"]
    assert sorted(tenant.extensions) == NUMBERS and len(tenant.dids) == 5
    results = run_plan_tests(configuration)
    assert len(results) == 41
    assert [one.tell() for one in results if not one.passed] == []
    text = "".join(one.read_text() for one in out.rglob("*") if one.is_file())
    assert "tQz8Vw2Rm6" not in text and "Ym5!" not in text
    assert (tmp_path / "var" / "secrets" / "main-carrier-gb").read_text() == "Ym5!p3Xc1-Ks9dJ\n"


def test_csv_files_of_the_bulk_handler(tmp_path: Path) -> None:
    out = imported(tmp_path, write_csv(tmp_path / "csv"), "freepbx", *GB)
    configuration = load(out)
    assert sorted(configuration.tenants["main"].extensions) == NUMBERS
    assert all(one.passed for one in run_plan_tests(configuration))


def test_what_is_carried_over_and_what_is_not(tmp_path: Path) -> None:
    file = write_dump(tmp_path)
    report = Report()
    house = read_freepbx(read_tables({file.name: file.read_text()}), "GB", report)
    assert house.groups == {
        "sales": ("Sales", ["2001", "2002", "2003"]),
        "care": ("Care", ["2004", "2005"]),
    }
    assert house.queues["support"] == {
        "name": "Support",
        "members": [2006, 2007],
        "strategy": "round_robin",
        "login": "presumed",
        "wrap_up": None,
        "max_wait": "120s",
    }
    assert house.devices["2001"].name == "It's 2001"
    assert house.out_by == ("carrier-gb", "9") and set(house.internal) == {"600", "601", "8000"}
    assert house.inbound["01632960103"] == ("extension", "2015")
    whats = [one.what for one in report.left]
    assert "follow me" in whats and "inbound route of any number" in whats and "ivr 1, 42" in whats
    assert all(one.place.startswith("freepbx.sql:") for one in report.left)


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "--country is needed"), (GB, "no .sql, .sql.gz or .csv")],
)
def test_too_little_is_refused(
    tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["import", "freepbx", str(tmp_path), "--out", str(tmp_path / "out"), *PLACE, *words])
    assert code == 1 and said in capsys.readouterr().err
