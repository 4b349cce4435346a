"""Asterisk configurations of three sizes become plans that are right, whose own tests pass."""

import stat
from pathlib import Path

import pytest

from pbx.assembly.plan_tests import run_plan_tests
from pbx.config.load import load
from pbx.importers.asterisk import country_of, read_asterisk
from pbx.importers.report import Report
from tests.importers.asterisk_house import LARGE, MIDDLE, SMALL, Size, write_asterisk
from tests.importers.imported import imported

pytestmark = pytest.mark.requirement("ADM-11")


def files_of(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.glob("*.conf")}


@pytest.mark.parametrize(("size", "n_tests"), [(SMALL, 39), (MIDDLE, 189), (LARGE, 609)])
def test_what_is_carried_over_passes_its_own_tests(tmp_path: Path, size: Size, n_tests: int) -> None:
    out = imported(tmp_path, write_asterisk(tmp_path / "asterisk", size))
    configuration = load(out)
    tenant = configuration.tenants["main"]
    assert len(tenant.extensions) == size.telephones
    assert len(tenant.dids) == size.telephones + 1
    results = run_plan_tests(configuration)
    assert len(results) == n_tests
    assert [one.tell() for one in results if not one.passed] == []


def test_secrets_are_beside_the_plan_for_its_owner_alone(tmp_path: Path) -> None:
    out = imported(tmp_path, write_asterisk(tmp_path / "asterisk", SMALL))
    kept = [tmp_path / "var" / "secrets.yaml", tmp_path / "var" / "secrets" / "main-carrier"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in kept] == [0o600, 0o600]
    assert kept[1].read_text() == "Wd8!k2Lq0-Rt5vB\n" and "main/1001: " in kept[0].read_text()
    text = "".join(file.read_text() for file in out.rglob("*") if file.is_file())
    assert "Wd8!" not in text and "Lm2TzKw4" not in text


def test_a_menu_its_hours_and_what_is_left_out(tmp_path: Path) -> None:
    files = files_of(write_asterisk(tmp_path / "asterisk", SMALL))
    report = Report()
    house = read_asterisk(files, country_of(files), report)
    assert house.inbound["01632960101"] == ("extension", "1001")
    assert house.out_by == ("carrier", "9") and list(house.internal) == ["600", "6000", "6002", "6001"]
    assert house.parking == {"number": 700, "slots": "701-720", "timeout": "45s"}
    flow = house.flows["in-01632960100"]
    assert flow.steps["hours"]["schedule"] == {"hours": {"mon-fri": ["09:00-17:30"]}}
    assert flow.steps["menu"]["keys"] == {"0": "ring", "1": "queue"}
    ways = dict.fromkeys(("otherwise", "timeout", "full", "no_agents"), "message")
    assert flow.steps["queue"] == {"queue": "sales", **ways}
    assert house.queues["sales"]["max_wait"] == "40s"
    places = [one.place for one in report.left]
    assert all(place.startswith("extensions.conf:") for place in places) and len(places) == 8
    assert "agi(lookup.py,${order})" in [one.what for one in report.left]


def test_a_telephone_has_the_number_that_rings_it_alone() -> None:
    pjsip = "[alice]\ntype=endpoint\ncontext=inside\n[bob]\ntype=endpoint\ncontext=inside\n"
    plan = "[inside]\nexten => 200,1,Dial(PJSIP/alice)\n"
    report = Report()
    house = read_asterisk({"pjsip.conf": pjsip, "extensions.conf": plan}, "GB", report)
    assert list(house.devices) == ["200"]
    assert [one.what for one in report.left] == ["telephone bob"]


def test_the_country_is_that_of_the_tones() -> None:
    assert country_of({"indications.conf": "[general]\ncountry=uk\n"}) == "GB"
    assert country_of({"indications.conf": "[general]\ncountry=de\n"}) == "DE"
    assert country_of({}) == ""
