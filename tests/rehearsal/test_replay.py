"""Calls that were made, by the plan that they were made by and by others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pbx.assembly.plan_tests import rehearsal_plans, run_plan_tests
from pbx.call.record import CallRecord
from pbx.call.start import TenantPlan
from pbx.core.ids import CallId
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import ToExtension
from pbx.ivr.steps import Collect, FlowPlan, Menu, Queue, Ring, Say, Step, StepUp
from pbx.rehearsal.rehearsal import rehearse, stage_plan
from pbx.rehearsal.replay import N_EXAMPLES, Compared, grouped, replay_call
from pbx.rehearsal.scenario import Phone, Reply
from pbx.rehearsal.turn import Turn
from tests.rehearsal.conftest import CALLER, Play, sample, sample_plan
from tests.rehearsal.test_rehearsal import with_flow

ANSWERS = {"extension/1001": Phone(answers_s=5.0)}
DID = "config/acme/dialplan.yaml:2"
BYE = Say(text="Bye.", next=None)


def again(record: CallRecord | None, plan: TenantPlan | None = None) -> Compared:
    """Replay a call of the sample tenant."""
    assert record is not None
    return replay_call(record, sample().tenants["acme"], plan or sample_plan())


def kept_of(plan: TenantPlan, **changed: Any) -> CallRecord:
    """The record of a call by another plan."""
    record = rehearse(plan, replace(CALLER, **changed)).record
    assert record is not None
    return record


def flow(start: str, **steps: Step) -> TenantPlan:
    """The sample plan with another support line, a step per line."""
    places = {name: f"support.yaml:{i}" for i, name in enumerate(steps, 1)}
    return with_flow(sample_plan(), FlowPlan(name="support", start=start, steps=steps, places=places))


@pytest.mark.requirement("N-10")
def test_by_the_plan_that_they_were_made_by_all_calls_are_as_before() -> None:
    plans = {name: stage_plan(plan) for name, plan in rehearsal_plans(sample()).items()}
    played = [one for one in run_plan_tests(sample()) if one.outcome.record is not None]
    found = {
        one.name: replay_call(one.outcome.record, sample().tenants[one.tenant], plans[one.tenant])
        for one in played
        if one.outcome.record is not None
    }
    assert len(found) > 10
    assert {name: one for name, one in found.items() if one.turn is not None} == {}
    queued = {one.name for one in played if one.outcome.route.startswith("flow queue/")}
    assert {name for name, one in found.items() if one.extent != "end"} == queued


@pytest.mark.requirement("N-10")
def test_a_call_is_compared_up_to_the_queue_that_it_waited_in() -> None:
    wait = Queue(queue="service", timeout="bye", full="bye", no_agents="bye")
    plan = flow("wait", wait=wait, bye=BYE)
    compared = again(kept_of(plan), plan)
    assert (compared.extent, compared.until, compared.turn) == ("step", "support.wait", None)
    assert compared.why == "who was there for the queue is not kept"


@pytest.mark.parametrize("leaves_s", [0.2, 3.0, 9.0, 21.0, 26.0, 40.0, 55.0])
def test_a_caller_may_have_left_at_any_moment(play: Play, leaves_s: float) -> None:
    left = play(gives_up_s=leaves_s, phones={"extension/1002": Phone(refuses=486)}).record
    assert left is not None and left.ended_by == "caller"
    assert again(left) == Compared(call=left.call, tenant="acme")


def test_another_target_has_the_lines_of_both_rules(play: Play) -> None:
    rules = sample().tenants["acme"].rules
    first = replace(rules.dids[0], target=ToExtension(extension="1003"), place="config/acme/dialplan.yaml:9")
    plan = replace(sample_plan(), plan=DialPlan(replace(rules, dids=(first, *rules.dids[1:]))))
    assert again(play().record, plan).turn == Turn(
        what="target",
        before="flow support",
        now="extension 1003",
        before_place=DID,
        now_place="config/acme/dialplan.yaml:9",
    )


def test_a_call_that_nobody_would_take_is_refused(play: Play) -> None:
    rules = sample().tenants["acme"].rules
    plan = replace(sample_plan(), plan=DialPlan(replace(rules, dids=rules.dids[1:])))
    turn = again(play().record, plan).turn
    assert turn is not None and (turn.what, turn.before) == ("refusal", "flow support")
    assert turn.now == "404 Not Found (no inbound rule has this number)"


def test_a_caller_whom_the_plan_has_not_any_more(play: Play) -> None:
    record = play().record
    assert record is not None
    gone = replay_call(record, None, None).turn
    assert gone is not None and gone.now == "there is no tenant acme"
    tenant = replace(sample().tenants["acme"], trunks={})
    stranger = replay_call(record, tenant, sample_plan()).turn
    assert stranger is not None and stranger.now == "there is no trunk carrier"


def test_others_are_called_with_the_line_of_the_step(play: Play) -> None:
    plan = sample_plan()
    plan = replace(plan, context=replace(plan.context, groups={"support": ("1001", "1003")}))
    place = "config/acme/flows/support.yaml:13"
    assert again(play(phones=ANSWERS).record, plan).turn == Turn(
        what="called", before="1001, 1002", now="1001, 1003", before_place=place, now_place=place
    )


def test_who_answered_after_five_seconds_is_not_reached_in_three() -> None:
    def ringing(ring_s: float) -> TenantPlan:
        ring = Ring(target="group/support", ring_s=ring_s, no_answer="bye", busy="bye")
        return flow("agents", agents=ring, bye=BYE)

    kept = kept_of(ringing(25.0), phones=ANSWERS, replies=())
    assert again(kept, ringing(20.0)) == Compared(call=kept.call, tenant="acme")
    turn = again(kept, ringing(3.0)).turn
    assert turn is not None and (turn.what, turn.before, turn.now) == ("answer", "1001", "nobody")


def menu(**keys: str) -> TenantPlan:
    """A menu, whose keys are k1, k2 ..."""
    ask = Menu(
        text="Please choose.",
        keys={key[1:]: to for key, to in keys.items()},
        fallback="bye",
        invalid_text="No.",
    )
    return flow(
        "ask", ask=ask, sales=Say(text="Sales.", next="bye"), help=Say(text="Help.", next="bye"), bye=BYE
    )


def test_the_step_that_followed_says_what_a_caller_wanted() -> None:
    kept = kept_of(menu(k1="sales", k2="help"), replies=(Reply(keys="2"),))
    assert "support.help" in kept.route
    assert again(kept, menu(k5="sales", k7="help")).turn is None
    turn = again(kept, menu(k1="sales")).turn
    assert turn is not None and turn.before == "support.ask > support.help"
    assert turn.now == "support.ask > support.sales or support.bye"
    assert (turn.before_place, turn.now_place) == ("support.yaml:3", "support.yaml:1")


def test_who_was_silent_is_silent_again() -> None:
    kept = kept_of(menu(k1="sales"), replies=())
    assert again(kept, menu(k1="sales", k2="help")) == Compared(call=kept.call, tenant="acme")


def test_digits_are_typed_where_digits_were_typed() -> None:
    ask = Collect(
        text="Your order?", variable="order", min_digits=2, max_digits=6, next="help", fallback="bye",
        invalid_text="No.",
    )  # fmt: skip
    plan = flow("ask", ask=ask, help=Say(text="Help.", next="bye"), bye=BYE)
    kept = kept_of(plan, replies=(Reply(keys="4711#"),))
    assert "support.help" in kept.route and again(kept, plan) == Compared(call=kept.call, tenant="acme")


def test_what_cannot_be_known_ends_the_comparison_and_is_said() -> None:
    proved = StepUp(ways=("sms",), purpose="change it", verified="help", otherwise="bye")
    kept = kept_of(menu(k1="help"), replies=(Reply(keys="1"),))
    plan = flow("ask", ask=proved, help=Say(text="Help.", next="bye"), bye=BYE)
    found = again(kept, plan)
    assert (found.turn, found.extent, found.until) == (None, "step", "support.ask")
    assert found.why == "what was said or typed there is not kept"


@pytest.mark.parametrize(
    ("changed", "extent", "why"),
    [
        ({"direction": "unknown"}, "nothing", "only its recording is left of it"),
        ({"legs": ()}, "nothing", "only its recording is left of it"),
        ({"called": ""}, "nothing", "its numbers are erased"),
        ({"route": "conference board"}, "nothing", "the PBX itself made it"),
        ({"route": "from trunk carrier > reputation 90: challenge"}, "nothing", "the reputation of"),
        ({"ended_at": None}, "target", "it was not over"),
        ({"cause": "crash"}, "target", "the PBX was killed in it"),
        ({"purpose": "marketing"}, "target", "the marketing gate"),
    ],
)
def test_of_some_calls_little_or_nothing_is_known(
    play: Play, changed: dict[str, Any], extent: str, why: str
) -> None:
    record = play().record
    assert record is not None
    found = again(replace(record, **changed))
    assert (found.extent, found.turn) == (extent, None) and found.why.startswith(why)


def test_a_call_that_a_limit_refused_is_compared_to_its_target(play: Play) -> None:
    record = play().record
    assert record is not None
    refused = replace(
        record, route=record.route.split(" > config/acme/flows")[0], legs=record.legs[:1], answered_at=None,
        cause="403", ended_by="system",
    )  # fmt: skip
    found = again(refused)
    assert (found.extent, found.why) == ("target", "a limit, or a trunk that was down, refused it")


def test_a_telephone_that_does_otherwise_the_second_time_ends_the_comparison() -> None:
    ring = Ring(target="group/support", ring_s=10.0, no_answer="more", busy="more")
    last = replace(ring, no_answer="bye", busy="bye")
    plan = flow("agents", agents=ring, more=last, bye=BYE)
    kept = kept_of(plan, replies=())
    assert again(kept, plan).extent == "end"
    at_s = (kept.legs[3].offered_at - kept.offered_at) + timedelta(seconds=2)
    late = replace(kept.legs[3], answered_at=kept.offered_at + at_s, cause="bye")
    found = again(replace(kept, legs=(*kept.legs[:3], late)), plan)
    assert (found.extent, found.until, found.turn) == ("step", "support.more", None)


def test_calls_that_part_in_the_same_way_are_one_group() -> None:
    turn, other = Turn(what="path", before="a", now="b"), Turn(what="path", before="a", now="c")
    calls = [Compared(call=CallId(f"c-{i}"), tenant="acme", turn=turn) for i in range(N_EXAMPLES + 1)]
    first, second = grouped(
        [Compared(call="x", tenant="acme", turn=other), *calls, Compared(call="y", tenant="acme")]
    )
    assert (first.turn, first.calls, first.examples) == (turn, 6, ("c-0", "c-1", "c-2", "c-3", "c-4"))
    assert (second.turn, second.calls, second.examples) == (other, 1, ("x",))
