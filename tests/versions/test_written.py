"""A plan as its admin wrote it."""

import shutil
from pathlib import Path

from pbx.versions.written import written_plan

SAMPLE = Path(__file__).parents[2] / "config"


def test_values_have_their_defaults_and_words_are_those_of_the_files() -> None:
    plan = written_plan(SAMPLE)
    acme = plan.tenants["acme"]
    assert acme.country == "GB"
    assert acme.files["extensions"]["extensions"]["1003"]["name"] == "Carol"
    assert acme.files["recording"]["retention"] == {}
    assert "retention" not in acme.words["recording"]
    assert plan.machine["rtp"]["timeout"] == 30
    assert plan.machine_words["rtp"]["timeout"] == "30s"
    assert acme.flows["support"]["steps"]["agents"]["for"] == "25s"
    assert "welcome.wav" in acme.prompts["en-GB"]


def test_broken_files_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SAMPLE, folder)
    (folder / "pbx.yaml").write_text("sip: [")
    (folder / "acme" / "groups.yaml").write_text("- what")
    plan = written_plan(folder)
    assert plan.machine == {}
    assert "groups" not in plan.tenants["acme"].files
    assert plan.tenants["acme"].files["extensions"]
