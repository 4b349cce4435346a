"""Targets and flows that no call reaches."""

from pathlib import Path

import pytest

from pbx.conditions.condition import Condition
from pbx.config.check_reach import EVERY_CALL, calls_of
from pbx.config.conditions import WrittenWhen
from pbx.config.load import load

LINE = "  01632 960100: {flow: support}\n"


def warned(folder: Path, *targets: str) -> list[str]:
    file = folder / "acme/dialplan.yaml"
    listed = "".join(f"    - {target}\n" for target in targets)
    file.write_text(file.read_text().replace(LINE, f"  01632 960100:\n{listed}"))
    return [line for line in load(folder).warnings if "never reached" in line]


def test_a_target_whose_calls_are_taken_before(folder: Path) -> None:
    found = warned(
        folder,
        "{when: {verdict: [failed, none]}, extension: 1003}",
        "{when: {verdict: failed}, extension: 1001}",
        "{flow: support}",
    )
    assert found == [
        "config/acme/dialplan.yaml:4:14: inbound.01632 960100.1.when: never reached: its calls are taken "
        "before, see config/acme/dialplan.yaml:3 (put it before them, or take it out)"
    ]


def test_several_may_take_them_together(folder: Path) -> None:
    (found,) = warned(
        folder,
        "{when: {attestation: [A, B]}, extension: 1003}",
        "{when: {attestation: C}, extension: 1003}",
        "{when: {attestation: [B, C]}, extension: 1001}",
        "{flow: support}",
    )
    assert "inbound.01632 960100.2.when: never reached" in found
    assert "see config/acme/dialplan.yaml:3, config/acme/dialplan.yaml:4" in found


def test_a_signature_may_attest_nothing(folder: Path) -> None:
    """A, B and C are not all that a verdict which passed can have."""
    assert not warned(
        folder,
        "{when: {attestation: [A, B, C]}, extension: 1003}",
        "{when: {verdict: passed}, extension: 1001}",
        "{flow: support}",
    )


@pytest.mark.parametrize(
    ("written", "n"),
    [({"verdict": "failed"}, 1), ({"verdict": ["failed", "none"]}, 2), ({"verdict": "passed"}, 4)],
)
def test_the_calls_of_a_condition(written: dict[str, object], n: int) -> None:
    assert len(calls_of(WrittenWhen.model_validate(written).build())) == n
    assert calls_of(Condition()) == EVERY_CALL


def test_a_flow_that_no_number_leads_to(folder: Path) -> None:
    file = folder / "acme/dialplan.yaml"
    file.write_text(file.read_text().replace("{flow: echo}", "{flow: support}"))
    assert load(folder).warnings == (
        "config/acme/flows/echo.yaml:1:7: flow: no number leads to the flow echo "
        "(name it under inbound or internal in dialplan.yaml, or take the file out)",
    )


SCHEDULES = 'schedules:\n  office: {hours: {mon: ["09:00-17:00"]}, holidays: ["12-25"]}\n'


@pytest.mark.parametrize(
    ("targets", "n"),
    [
        (["schedule: {office: open}", "schedule: {office: closed}", "caller: withheld"], 1),
        (["schedule: {office: closed}", "schedule: {office: holiday}"], 1),
        (["schedule: {office: holiday}", "schedule: {office: closed}"], 0),
        (["schedule: {office: open}", "schedule: {office: closed}, verdict: failed"], 0),
        (['caller: "+44*"', 'caller: "+4477*"'], 1),
        (['caller: "+4477*"', 'caller: "+44*"'], 0),
        (['caller: "+44*"', "schedule: {office: open}"], 0),
        (["header: {X-A: b}", "header: {X-A: b}, caller: withheld"], 1),
        (["header: {X-A: b}", "header: {X-A: c}"], 0),
        (["verdict: [failed, none]", "attestation: [A, B, C], caller: withheld", "verdict: passed"], 0),
    ],
)
def test_what_is_hidden_by_time_and_caller(folder: Path, targets: list[str], n: int) -> None:
    (folder / "acme/schedules.yaml").write_text(SCHEDULES)
    listed = [f"{{when: {{{when}}}, extension: 1003}}" for when in targets]
    assert len(warned(folder, *listed, "{flow: support}")) == n
