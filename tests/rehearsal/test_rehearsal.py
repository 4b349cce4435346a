"""A call that nobody makes goes the way of a live one, on a clock that jumps."""

from dataclasses import replace

import pytest

from pbx.call.features import CIRCLE, MAX_FLOWS
from pbx.call.start import TenantPlan
from pbx.ivr.onward import Transfer
from pbx.ivr.paging import Page
from pbx.ivr.people import Directory
from pbx.ivr.steps import FlowPlan, GoTo, HangUp, Menu, Ring, Say, Step
from pbx.ivr.timing import Timing
from pbx.ivr.variables import Case, Match, SetTo
from pbx.ivr.waiting import Park
from pbx.rehearsal.rehearsal import MAX_CALL_S, rehearse, stage_plan
from pbx.rehearsal.scenario import Phone, Reply
from pbx.services.parking import ParkingLot
from pbx.sip.events import DeviceOrigin
from pbx.sip.negotiation import PLAIN
from tests.rehearsal.conftest import CALLER, Play, sample_plan

ANSWERS = {"extension/1001": Phone(answers_s=5.0, hangs_up_s=30.0)}


def with_flow(plan: TenantPlan, flow: FlowPlan) -> TenantPlan:
    """The plan with another support line."""
    flows = {**plan.context.flows, "support": flow}
    return replace(plan, context=replace(plan.context, flows=flows))


@pytest.mark.requirement("IVR-11")
def test_a_call_from_its_offer_to_its_record(play: Play) -> None:
    came = play(phones=ANSWERS, talks_s=60.0)
    assert came.path == ("support.welcome", "support.consent", "support.identify", "support.agents")
    assert (came.rings, came.answered_by) == (("1001", "1002"), "1001")
    assert (came.consent, came.consent_state, came.verification) == ("notify", "informed", "V2")
    assert came.is_recorded
    record = came.record
    assert record is not None and record.ended_at is not None and record.answered_at is not None
    assert (record.ended_by, record.cause, record.customer) == ("callee", "bye", "c-1")
    assert record.offered_at == CALLER.at
    assert "config/acme/flows/support.yaml:4: support.welcome +0.0s" in record.route


def test_the_same_scenario_has_the_same_outcome(play: Play) -> None:
    assert play(phones=ANSWERS) == play(phones=ANSWERS)


def test_an_hour_of_talk_takes_no_time(play: Play) -> None:
    record = play(phones={"extension/1001": Phone(answers_s=5.0)}, talks_s=3600.0).record
    assert record is not None and record.ended_at is not None
    assert 3600.0 < (record.ended_at - record.offered_at).total_seconds() < 3660.0


def test_nobody_talks_for_longer_than_four_hours(play: Play) -> None:
    came = play(phones={"extension/1001": Phone(answers_s=5.0)}, talks_s=36_000.0)
    record = came.record
    assert record is not None and record.ended_at is not None and not came.is_cut
    assert (record.ended_at - record.offered_at).total_seconds() == pytest.approx(MAX_CALL_S, abs=1.0)


def test_who_presses_into_a_sentence_does_not_hear_it_out() -> None:
    menu = Menu(text="Press 1 for sales.", keys={"1": "end"}, fallback="end", invalid_text="No.")
    plan = with_flow(
        sample_plan(),
        FlowPlan(name="support", start="ask", steps={"ask": menu, "end": Say(text="Sales.", next=None)}),
    )
    early = rehearse(plan, replace(CALLER, replies=(Reply(keys="1", to="for sales", during=True),)))
    late = rehearse(plan, replace(CALLER, replies=(Reply(keys="1", to="for sales"),)))
    assert early.path == late.path == ("support.ask", "support.end")
    chosen = [next(one.at_s for one in came.story if "step end" in one.words) for came in (early, late)]
    assert chosen[0] < 1.0 < chosen[1]


@pytest.mark.parametrize(
    ("number", "path", "cause"),
    [
        ("+447700900123", ("who", "home", "desk", "busy"), "busy"),
        ("+35312345678", ("who", "away", "desk", "end"), "flow_ended"),
        ("", ("who", "end"), "flow_ended"),
    ],
)
def test_a_call_goes_by_its_number_and_by_what_was_set(
    number: str, path: tuple[str, ...], cause: str
) -> None:
    steps: dict[str, Step] = {
        "who": Match(
            of="caller",
            cases=(Case(then="home", prefixes=("+44",)), Case(then="away", prefixes=("+",))),
            otherwise="end",
        ),
        "home": SetTo(values={"desk": "london"}, next="desk"),
        "away": SetTo(values={"desk": "dublin"}, next="desk"),
        "desk": Match(of="desk", cases=(Case(then="busy", values=("london",)),), otherwise="end"),
        "busy": HangUp(text="All lines are engaged.", cause="busy"),
        "end": HangUp(),
    }
    plan = with_flow(sample_plan(), FlowPlan(name="support", start="who", steps=steps))
    came = rehearse(plan, replace(CALLER, number=number, replies=()))
    assert came.path == tuple(f"support.{name}" for name in path)
    assert came.record is not None and (came.record.ended_by, came.record.cause) == ("system", cause)


def test_a_menu_that_leads_back_for_ever_is_cut() -> None:
    steps: dict[str, Step] = {"a": Say(text="Round and round.", next="b"), "b": GoTo(step="a")}
    plan = with_flow(sample_plan(), FlowPlan(name="support", start="a", steps=steps))
    came = rehearse(plan, CALLER)
    assert came.is_cut
    assert "for ever" in came.story[-1].words


def test_a_call_that_is_none_has_the_plans_reasons(play: Play) -> None:
    came = play(called="01632960199")
    assert (came.route, came.status, came.record) == ("404 Not Found", 404, None)
    assert "no inbound rule has this number" in [one.words for one in came.story]


def test_a_limit_that_refuses_is_not_taken_for_the_plans_refusal(play: Play) -> None:
    came = play(origin=DeviceOrigin(tenant="acme", extension="1001"), number="1001", called="*901001")
    assert came.route == "watch extension 1001"
    assert came.status >= 400
    assert came.record is None


def test_a_staged_plan_speaks_plain_audio_and_can_record() -> None:
    plan = replace(sample_plan(), context=replace(sample_plan().context, recipients=()))
    staged = stage_plan(plan).context
    assert staged.media == PLAIN and staged.recipients and staged.recorders is None


def test_who_is_in_several_places_of_a_ring_rings_once() -> None:
    ring = Ring(
        target="extension/1003",
        others=("group/support", "extension/1001"),
        ring_s=10.0,
        no_answer="bye",
        busy="bye",
    )
    flow = FlowPlan(name="support", start="ring", steps={"ring": ring, "bye": HangUp(text="")})
    phones = {"extension/1002": Phone(answers_s=2.0, hangs_up_s=5.0)}
    came = rehearse(with_flow(sample_plan(), flow), replace(CALLER, phones=phones))
    assert (came.rings, came.answered_by) == (("1003", "1001", "1002"), "1002")


@pytest.mark.requirement("CF-12")
@pytest.mark.parametrize(("presses", "path", "answered_by"), [("1", "ring", "carrier"), ("", "bye", "")])
def test_a_number_outside_takes_the_call_by_a_key(presses: str, path: str, answered_by: str) -> None:
    mobile = "number/07700 900999"
    timings = {mobile: Timing(after_s=5.0, account="1001")}
    ring = Ring(
        target="extension/1001",
        others=(mobile,),
        ring_s=30.0,
        no_answer="bye",
        busy="bye",
        timings=timings,
    )
    flow = FlowPlan(name="support", start="ring", steps={"ring": ring, "bye": HangUp(text="")})
    phones = {"trunk/carrier": Phone(answers_s=3.0, presses=presses), "extension/1001": Phone(refuses=486)}
    came = rehearse(with_flow(sample_plan(), flow), replace(CALLER, phones=phones))
    assert (came.path[-1], came.answered_by) == (f"support.{path}", answered_by)
    assert came.rings == ("1001", "carrier")
    words = [line.words for line in came.story]
    assert any('carrier hears "You have a call. Press 1 to take it."' in one for one in words)
    assert any("rings extension/1001 and number 0770*****" in one for one in words)


@pytest.mark.parametrize(("phone", "path"), [(Phone(answers_s=3.0), "on"), (Phone(refuses=404), "bye")])
def test_a_transfer_to_a_number_asks_for_no_key(phone: Phone, path: str) -> None:
    outside = Timing(account="1001", asks_key=False)
    on = Transfer(target="number/01632960999", busy="bye", failed="bye", timing=outside)
    flow = FlowPlan(name="support", start="on", steps={"on": on, "bye": HangUp(text="")})
    came = rehearse(with_flow(sample_plan(), flow), replace(CALLER, phones={"trunk/carrier": phone}))
    assert (came.path[-1], came.answered_by) == (f"support.{path}", "carrier" if path == "on" else "")


def test_a_flow_goes_on_in_another() -> None:
    flow = FlowPlan(name="support", start="on", steps={"on": Transfer(target="flow/echo")})
    came = rehearse(with_flow(sample_plan(), flow), CALLER)
    assert came.path == ("support.on", "echo.echo")


def test_flows_that_go_round_in_a_circle_end() -> None:
    flow = FlowPlan(name="support", start="on", steps={"on": Transfer(target="flow/support")})
    came = rehearse(with_flow(sample_plan(), flow), CALLER)
    assert came.record is not None and came.record.cause == CIRCLE
    assert len(came.path) == MAX_FLOWS + 1


@pytest.mark.requirement("CF-23")
@pytest.mark.parametrize(
    ("replies", "rings"),
    [
        (("22765#", "1"), ("1003",)),
        (("99#", "22765#", "1"), ("1003",)),
        (("0#",), ()),
    ],
)
def test_a_caller_looks_for_somebody_by_name(replies: tuple[str, ...], rings: tuple[str, ...]) -> None:
    look = Directory(by="any_name", ring_s=20.0, none="bye", no_answer="bye", busy="bye")
    flow = FlowPlan(name="support", start="look", steps={"look": look, "bye": HangUp(text="")})
    phones = {"extension/1003": Phone(answers_s=2.0)}
    keys = tuple(Reply(keys=one) for one in replies)
    came = rehearse(with_flow(sample_plan(), flow), replace(CALLER, phones=phones, replies=keys))
    assert (came.rings, came.answered_by) == (rings, "1003" if rings else "")
    assert came.unasked == ()


def test_a_caller_whom_nobody_fetches_comes_back_to_the_flow() -> None:
    steps: dict[str, Step] = {"wait": Park(slot="", back="bye", full="bye"), "bye": HangUp(text="")}
    plan = with_flow(sample_plan(), FlowPlan(name="support", start="wait", steps=steps))
    plan = replace(plan, context=replace(plan.context, parking=ParkingLot(slots=("701",), timeout_s=40.0)))
    came = rehearse(plan, CALLER)
    assert (came.path, came.rings) == (("support.wait", "support.bye"), ())
    record = came.record
    assert record is not None and record.ended_at is not None
    assert (record.ended_at - record.offered_at).total_seconds() == pytest.approx(40.0, abs=1.0)


@pytest.mark.requirement("CF-21")
@pytest.mark.parametrize(("phone", "path"), [(Phone(answers_s=0.5), "bye"), (Phone(refuses=486), "lost")])
def test_a_caller_pages_a_group(phone: Phone, path: str) -> None:
    page = Page(target="group/support", most_s=5.0, next="bye", none="lost")
    ends = {"bye": HangUp(text="Thank you."), "lost": HangUp(text="Nobody can hear you.")}
    plan = with_flow(sample_plan(), FlowPlan(name="support", start="page", steps={"page": page, **ends}))
    came = rehearse(plan, replace(CALLER, phones={"extension/1001": phone, "extension/1002": phone}))
    assert (came.path[-1], came.rings) == (f"support.{path}", ("1001", "1002"))
