"""Steps that ask programs: what is told, what is taken, and where each outcome leads."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram, EndCall
from pbx.ivr.events import AnswerGiven, FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.placeholders import MAX_VALUE
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.ivr.steps import Collect, FlowPlan, HangUp
from pbx.ivr.variables import Match, SetTo

pytestmark = pytest.mark.requirement("IVR-04")
ASK = AskHttp(
    server="orders",
    path="/order?number={order}&by={caller}",
    take={"state": "/order/state", "sum": "/sum"},
    next="by_state",
    failed="sorry",
)


POST = AskHttp(server="s", path="/", body={}, next="other", failed="sorry")


def plan(ask: AskHttp = ASK) -> FlowPlan:
    ends = {name: HangUp() for name in ("shipped", "other", "sorry", "unknown")}
    pin = Collect(
        text="?", variable="pin", min_digits=4, max_digits=4, next="ask", fallback="ask", invalid_text="!"
    )
    steps = {
        "begin": SetTo(values={"order": "17", "state": "old"}, next="ask"),
        "ask": ask,
        "by_state": Match(of="state", cases=(), otherwise="other"),
        "pin": pin,
        **ends,
    }
    return FlowPlan(name="support", start="begin", steps=steps)


def asked(ask: AskHttp = ASK) -> tuple[Flow, AskProgram]:
    flow = Flow(plan(ask))
    (order,) = flow.handle(FlowStarted(), 0.0)
    assert isinstance(order, AskProgram)
    return flow, order


def test_only_what_it_needs_is_told() -> None:
    flow, order = asked()
    assert (flow.state, order.step, order.of) == ("asking", "support.ask", ASK)
    assert order.entered == {"order": Secret("17")}


def test_values_are_data_of_the_query() -> None:
    target = ASK.target({"order": "1&x=2/../#", "caller": "+44"})
    assert target == "/order?number=1%26x%3D2%2F..%2F%23&by=%2B44"
    posting = AskHttp(server="s", path="/", body={"order": "no {order}"}, next="n", failed="f")
    assert (ASK.told({}), posting.told({"order": '1"}'})) == (None, {"order": 'no 1"}'})
    assert posting.needs == ("order",) and ASK.needs == ("order", "caller")


def test_an_answer_gives_variables_and_leads_on() -> None:
    flow, _ = asked()
    said = ASK.read({"order": {"state": "shipped"}, "sum": Decimal("12.50")})
    flow.handle(AnswerGiven(answer=said), 1.0)
    assert {name: text.reveal() for name, text in flow.variables.items()} == {
        "order": "17",
        "state": "shipped",
        "sum": "12.50",
    }
    assert flow.step == "other"


@pytest.mark.parametrize("outcome", ["failed", "not_found", "never_heard_of"])
def test_without_an_answer_nothing_is_known(outcome: str) -> None:
    flow, _ = asked()
    assert flow.handle(AnswerGiven(answer=ProgramAnswer(outcome=outcome)), 1.0) == [EndCall()]
    assert (flow.step, flow.variables["state"].reveal()) == ("sorry", "")


def test_not_found_has_a_way_of_its_own_where_it_is_written() -> None:
    ask = AskHttp(server="orders", path="/", next="other", failed="sorry", not_found="unknown")
    assert ask.following == ("other", "sorry", "unknown")
    assert (ASK.way("not_found"), ask.way("not_found")) == ("sorry", "unknown")


def test_a_late_answer_changes_nothing() -> None:
    flow, _ = asked()
    flow.handle(AnswerGiven(answer=ProgramAnswer(outcome="failed")), 1.0)
    assert flow.handle(AnswerGiven(answer=ASK.read({})), 2.0) == []
    assert flow.step == "sorry"


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        ({"order": {"state": "x" * MAX_VALUE}}, "next"),
        ({"order": {"state": "x" * (MAX_VALUE + 1)}}, "failed"),
        ({"order": {"state": ["x"]}}, "failed"),
        ({"order": None}, "next"),
        ("text", "next"),
    ],
)
def test_what_may_be_taken(document: object, outcome: str) -> None:
    answer = ASK.read(document)
    assert answer.outcome == outcome
    assert (answer.why == "") == (outcome == "next")
    assert "x" * 9 not in answer.why


def test_a_secret_is_told_only_where_the_step_says_so() -> None:
    for secrets, told in (((), {}), (("pin",), {"pin": Secret("1234")})):
        ask = replace(POST, body={"pin": "{pin}"}, secrets=secrets)
        flow = Flow(plan(ask))
        flow._context.variables.keep({"pin": Secret("1234")})
        (order,) = flow.handle(FlowStarted(), 0.0)
        assert isinstance(order, AskProgram) and order.entered == told


def test_its_words() -> None:
    assert ASK.words == "asks the server orders for state, sum"
    assert AskHttp(server="s", path="/", body={}, next="n", failed="f").words == "tells the server s"
