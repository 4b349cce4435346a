"""Steps that others carry out: what each asks for, and that the flow waits for the answer."""

import pytest

from pbx.ivr.effects import (
    FlowEffect,
    JoinConference,
    OrderSwitch,
    PageGroup,
    ParkCaller,
    RequestConsent,
    RequestDirectory,
    RequestVerification,
    RingTarget,
)
from pbx.ivr.events import FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.hand_offs import HAND_OFFS
from pbx.ivr.onward import Transfer
from pbx.ivr.paging import Page
from pbx.ivr.people import Directory
from pbx.ivr.steps import Conference, FlowPlan, RecordingConsent, Ring, Step, Verify
from pbx.ivr.switching import SwitchSchedule
from pbx.ivr.waiting import Park

ORDERS: tuple[tuple[Step, str, FlowEffect], ...] = (
    (
        RecordingConsent(purposes=("service",), granted="a", declined="a", refused=None),
        "consent",
        RequestConsent(purposes=("service",), parts_refused=False),
    ),
    (
        Verify(methods=("phone_number",), verified="a", otherwise="a", attempts=2),
        "verifying",
        RequestVerification(methods=("phone_number",), attempts=2, parts_companies=False, by_voice=False),
    ),
    (
        Ring(target="group/sales", others=("extension/1",), ring_s=20.0, no_answer="a", busy="a"),
        "ringing",
        RingTarget(target="group/sales", others=("extension/1",), ring_s=20.0),
    ),
    (
        Transfer(target="extension/1", ring_s=20.0, busy="a", failed="a"),
        "ringing",
        RingTarget(target="extension/1", ring_s=20.0),
    ),
    (
        Directory(by="last_name", ring_s=20.0, none="a", no_answer="a", busy="a"),
        "directory",
        RequestDirectory(by="last_name"),
    ),
    (Page(target="group/a", most_s=9.0, next="a"), "paging", PageGroup(target="group/a", most_s=9.0)),
    (Park(slot="701", back="a", full="a"), "parked", ParkCaller(slot="701")),
    (
        Conference(conference="team", next=None, refused="a"),
        "conference",
        JoinConference(conference="team", parts_refused=True),
    ),
    (
        SwitchSchedule(schedule="office", to="other", open="a", closed="b", failed="c"),
        "switching",
        OrderSwitch(schedule="office", to="other"),
    ),
)


@pytest.mark.parametrize(("step", "state", "order"), ORDERS)
def test_a_step_asks_for_what_it_says(step: Step, state: str, order: FlowEffect) -> None:
    flow = Flow(FlowPlan(name="f", start="s", steps={"s": step}))
    assert flow.handle(FlowStarted(), 0.0) == [order]
    assert flow.state == state


def test_each_of_them_is_here() -> None:
    assert {type(step) for step, _, _ in ORDERS} == set(HAND_OFFS)
