"""A step-up needs somebody who carries codes, or a way to call."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.ivr.steps import StepUp
from tests.config.conftest import Spoil

FLOW, LAST = "acme/flows/echo.yaml", "steps:\n"
STEP = "  prove: {step_up: {by: [one_time_code], purpose: port out}, verified: bye, otherwise: bye}\n"
START = f"flow: echo\nstart: prove\nsteps:\n{STEP}  bye: {{hang_up: }}\n"
SMS = 'sms: {url: "https://sms.example/", body: {to: "{number}", text: "{text}"}}\n'
MAIL = "mail: {host: mail.example, from: calls@acme.example}\n"


def written(folder: Path) -> str:
    return (folder / FLOW).read_text()


def test_nobody_carries_codes(folder: Path, spoil: Spoil) -> None:
    [line] = spoil(FLOW, written(folder), START)
    assert line.startswith(
        "config/acme/flows/echo.yaml:4:25: steps.prove.step_up.by: nobody carries codes (write"
    )


@pytest.mark.parametrize("carrier", [SMS, MAIL])
def test_one_carrier_is_enough(folder: Path, carrier: str) -> None:
    (folder / FLOW).write_text(START)
    with (folder / "acme/verification.yaml").open("a") as file:
        file.write(carrier)
    step = load(folder).tenants["acme"].flows["echo"].steps["prove"]
    assert step == StepUp(ways=("one_time_code",), purpose="port out", verified="bye", otherwise="bye")


def test_nobody_is_called_back(folder: Path, spoil: Spoil) -> None:
    [line] = spoil(FLOW, written(folder), START.replace("one_time_code", "call_back"))
    assert "steps.prove.step_up.by: nobody is called back (write call_back" in line


def test_a_step_has_one_way(folder: Path, spoil: Spoil) -> None:
    [line] = spoil(FLOW, written(folder), START.replace("one_time_code", "one_time_code, call_back"))
    assert "a step has one way: let its otherwise lead to a step with the other" in line


def test_a_broken_file_is_named_once(folder: Path, spoil: Spoil) -> None:
    (folder / FLOW).write_text(START)
    [line] = spoil("acme/verification.yaml", "attempts: 3", "atempts: 3")
    assert "atempts" in line


def test_nobody_carries_notices(folder: Path, spoil: Spoil) -> None:
    [line] = spoil("acme/verification.yaml", "attempts: 3", "owner_notice: locked\nattempts: 3")
    assert line.startswith(
        "config/acme/verification.yaml:1:15: owner_notice: nobody carries notices (write sms"
    )


@pytest.mark.parametrize("carrier", [SMS, MAIL])
def test_a_notice_is_carried(folder: Path, carrier: str) -> None:
    with (folder / "acme/verification.yaml").open("a") as file:
        file.write(f"owner_notice: locked\n{carrier}")
    assert load(folder).tenants["acme"].verification.owner_notice == "locked"
