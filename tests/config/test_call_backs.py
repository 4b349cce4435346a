"""`call_back` of `verification.yaml`: what it becomes, and what is no way to call anybody."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.assembly.calls import call_back_of
from pbx.call.context import CallBackPolicy
from pbx.config.load import load
from tests.config.conftest import Spoil

FILE = "acme/verification.yaml"
STEP = "  prove: {step_up: {by: [call_back], purpose: port out}, verified: bye, otherwise: bye}\n"
START = f"flow: echo\nstart: prove\nsteps:\n{STEP}  bye: {{hang_up: }}\n"


def policy(folder: Path, written: str) -> CallBackPolicy | None:
    with (folder / FILE).open("a") as file:
        file.write(written)
    (folder / "acme/flows/echo.yaml").write_text(START)
    return call_back_of(load(folder).tenants["acme"])


def test_the_trunk_is_enough(folder: Path) -> None:
    found = policy(folder, "call_back: {trunk: carrier}\n")
    assert found == CallBackPolicy(trunk="carrier", name="acme.example", zone=ZoneInfo("Europe/London"))
    assert found is not None and found.is_open(datetime(2026, 11, 29, 3, 0, tzinfo=UTC))


def test_everything(folder: Path) -> None:
    found = policy(
        folder,
        "call_back:\n  trunk: carrier\n  caller_id: 01632 960101\n"
        '  hours: {mon-fri: ["08:00-20:00"]}\n  confirm: date_of_birth\n'
        "  last_digits: verified\n  ring: 45s\ncodes: {name: Acme}\n",
    )
    assert found is not None
    assert (found.name, found.caller_id, found.ring_s) == ("Acme", "+441632960101", 45.0)
    assert (found.confirm, found.says_digits) == ("date_of_birth", "verified")
    assert found.is_open(datetime(2026, 7, 1, 7, 0, tzinfo=UTC))  # 08:00 in London, in summer
    assert not found.is_open(datetime(2026, 7, 1, 19, 0, tzinfo=UTC))
    assert not found.is_open(datetime(2026, 7, 4, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{trunk: carier}", "there is no trunk carier"),
        ('{trunk: carrier, caller_id: "12"}', "caller_id"),
        ('{trunk: carrier, caller_id: "01632"}', "01632 is not a telephone number"),
        ("{trunk: carrier, ring: 5s}", "ring"),
        ("{trunk: carrier, ring: 121s}", "ring"),
        ("{trunk: carrier, confirm: voice}", "confirm"),
        ("{trunk: carrier, last_digits: always}", "last_digits"),
        ('{trunk: carrier, hours: {mon-fri: ["20:00-08:00"]}}', "hours"),
        ("{}", "trunk"),
    ],
)
def test_what_is_no_way_to_call(folder: Path, spoil: Spoil, written: str, complaint: str) -> None:
    lines = spoil(FILE, "attempts: 3", f"call_back: {written}\nattempts: 3")
    assert lines and all(FILE in line for line in lines)
    assert any(complaint in line for line in lines), lines
