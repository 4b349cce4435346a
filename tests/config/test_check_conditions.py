"""Conditions on a verdict, as an admin may write them and may not."""

from pathlib import Path

import pytest

from pbx.conditions.condition import Condition
from pbx.config.load import load
from pbx.dialplan.routes import ToExtension, ToFlow
from pbx.ivr.steps import When
from pbx.sip.stir.condition import VerdictCondition
from tests.config.conftest import Spoil

LINE = "  01632 960100: {flow: support}\n"
CHOICE = """  01632 960100:
    - {when: {attestation: A}, extension: 1003}
    - {flow: support}
"""


def write(folder: Path, targets: str) -> None:
    file = folder / "acme/dialplan.yaml"
    assert LINE in file.read_text()
    file.write_text(file.read_text().replace(LINE, targets))


@pytest.mark.requirement("SIP-28")
def test_a_number_with_several_targets(folder: Path) -> None:
    write(folder, CHOICE)
    loaded = load(folder)
    first, last = loaded.tenants["acme"].rules.dids[:2]
    assert (first.number, last.number) == ("+441632960100", "+441632960100")
    assert (first.target, last.target) == (ToExtension(extension="1003"), ToFlow(flow="support"))
    assert (first.when, last.when) == (Condition(verdict=VerdictCondition(attestations=("A",))), None)
    assert (first.place, last.place) == ("config/acme/dialplan.yaml:3", "config/acme/dialplan.yaml:4")


def test_a_condition_that_no_trunk_can_meet_is_a_warning(folder: Path) -> None:
    write(folder, CHOICE)
    [warning] = [line for line in load(folder).warnings if "verifies" in line]
    assert warning.startswith(
        "config/acme/dialplan.yaml:3:14: inbound.01632 960100.0.when: no trunk verifies"
    )


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ("[{when: {attestation: D}, flow: echo}, {flow: support}]", "2:39: inbound.01632 960100.0.when."),
        ("[{when: {verdict: pased}, flow: echo}, {flow: support}]", "(did you mean passed?)"),
        ("[{when: {atestation: A}, flow: echo}, {flow: support}]", "(did you mean attestation?)"),
        ("[{when: {}, flow: echo}, {flow: support}]", "asks nothing"),
        ("[{when: {verdict: failed, attestation: A}, flow: echo}, {flow: support}]", "never holds"),
        ("{when: {attestation: A}, flow: support}", "the last target of a number takes the calls"),
        ("[{flow: support}, {flow: echo}]", "2:35: inbound.01632 960100.1: never reached"),
        ("[{when: {attestation: A}, flow: suport}, {flow: support}]", "did you mean support?"),
        ("[]", "too few entries"),
    ],
)
def test_mistakes(spoil: Spoil, targets: str, expected: str) -> None:
    [line] = spoil("acme/dialplan.yaml", LINE, f"  01632 960100: {targets}\n")
    assert line.startswith("config/acme/dialplan.yaml:2:")
    assert expected in line


def test_a_step_of_a_flow(folder: Path) -> None:
    file = folder / "acme/flows/echo.yaml"
    written = file.read_text().replace("start: echo", "start: signed")
    step = "  signed: {when: {verdict: [passed, none]}, then: echo, otherwise: echo}\n"
    file.write_text(written + step)
    flow = load(folder).tenants["acme"].flows["echo"]
    condition = Condition(verdict=VerdictCondition(verdicts=("passed", "none")))
    assert flow.steps["signed"] == When(condition=condition, then="echo", otherwise="echo")


def test_a_step_that_leads_nowhere(spoil: Spoil) -> None:
    step = "steps:\n  signed: {when: {verdict: passed}, then: ecco, otherwise: echo}"
    [line] = spoil("acme/flows/echo.yaml", "steps:", step)
    assert "steps.signed.then: there is no step ecco (did you mean echo?)" in line


def test_how_the_number_counts(spoil: Spoil, folder: Path) -> None:
    assert load(folder).tenants["acme"].verification.number_counts == "where_verified"
    [line] = spoil("acme/verification.yaml", "number_counts: where_verified", "number_counts: attestd")
    assert line.startswith("config/acme/verification.yaml:4:16: number_counts: expected 'attested'")
    assert line.endswith("(did you mean attested?)")
