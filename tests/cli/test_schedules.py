"""`pbx schedule`: how hours are, and switching them by hand."""

from pathlib import Path

import pytest

from pbx.config.places import Places
from tests.cli.conftest import Pbx

FILE = """\
schedules:
  office: {hours: {mon-fri: ["09:00-17:00"]}, holidays: {Christmas: ["12-25"]}, code: "*28"}
  new_york: {hours: {mon-fri: ["09:00-17:00"]}, timezone: America/New_York}
"""
CHRISTMAS = ("--at", "2026-12-25 10:00")


@pytest.fixture(autouse=True)
def hours(places: Places) -> Path:
    """The sample with two schedules."""
    file = places.base / "config/acme/schedules.yaml"
    file.write_text(FILE)
    return file


async def test_how_they_are(pbx: Pbx) -> None:
    office, new_york = (await pbx("schedule", "list", *CHRISTMAS, "--json")).json
    assert (office["state"], office["hours_say"]) == ("holiday", "holiday Christmas")
    assert office["hours_change"] == "2026-12-26T00:00+00:00"
    assert (new_york["state"], new_york["hours_change"]) == ("open", "2026-12-25T17:00-05:00")
    shown = await pbx("schedule", "show", "office")
    assert "mon 09:00-17:00; tue 09:00-17:00" in shown.out and "Europe/London" in shown.out


async def test_switching_and_back(pbx: Pbx) -> None:
    closed = (await pbx("schedule", "close", "office", "--until", "2199-01-01 09:00", "--json")).json
    assert (closed["state"], closed["until"]) == ("closed", "2199-01-01T09:00+00:00")
    assert closed["switched_by"].startswith("operator/")
    opened = (await pbx("schedule", "open", "office", "--json")).json
    assert (opened["state"], opened["until"]) == ("open", "")
    office, _ = (await pbx("schedule", "list", *CHRISTMAS, "--json")).json
    assert (office["state"], office["hours_say"]) == ("open", "holiday Christmas")
    auto = (await pbx("schedule", "auto", "office", "--json")).json
    assert auto["switched_by"] == ""
    office, _ = (await pbx("schedule", "list", *CHRISTMAS, "--json")).json
    assert office["state"] == "holiday"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("close", "ofice"), "tenant acme has no schedule ofice (did you mean office?)"),
        (("close", "office", "--until", "2020-01-01 09:00"), "that is over"),
        (("close", "office", "--until", "tomorrow"), "tomorrow"),
        (("list", "--tenant", "other"), "no tenant other"),
    ],
)
async def test_what_is_refused(pbx: Pbx, words: tuple[str, ...], said: str) -> None:
    answer = await pbx("schedule", *words)
    assert answer.code == 1
    assert said in answer.err
