"""The step `lookup`: for whom it is, and what is taken of a row."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from pbx.conditions.circumstances import Circumstances
from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram, EndCall
from pbx.ivr.events import FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.lookup import LookUp
from pbx.ivr.placeholders import MAX_VALUE
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.variables import SetTo

pytestmark = pytest.mark.requirement("IVR-04")
ASK = LookUp(
    query="order",
    given={"number": "order"},
    take={"day": "due_on", "sum": "total"},
    found="tell",
    failed="sorry",
    unverified="identify",
    level="V2",
)


def started(level: str) -> tuple[Flow, list[object]]:
    ends = {name: HangUp() for name in ("tell", "sorry", "identify")}
    begin = SetTo(values={"order": "17", "day": "old"}, next="ask")
    flow = Flow(FlowPlan(name="f", start="begin", steps={"begin": begin, "ask": ASK, **ends}))
    return flow, [*flow.handle(FlowStarted(call=Circumstances(level=level)), 0.0)]


@pytest.mark.parametrize("level", ["V2", "V3"])
def test_who_may_hear_it_is_asked_for(level: str) -> None:
    _, (order,) = started(level)
    assert order == AskProgram(step="f.ask", of=ASK, entered={"order": Secret("17")})


@pytest.mark.parametrize("level", ["V0", "V1"])
def test_for_others_nobody_is_asked(level: str) -> None:
    flow, effects = started(level)
    assert (effects, flow.step) == ([EndCall()], "identify")
    assert flow.variables["day"].reveal() == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2027, 1, 4), "2027-01-04"),
        (datetime(2027, 1, 4, 9, 30), "2027-01-04 09:30"),  # noqa: DTZ001 - as a column without a zone has it
        (time(9, 30), "09:30"),
        (Decimal("12.50"), "12.50"),
        (17, "17"),
        (True, "true"),
        (None, ""),
        ("x" * MAX_VALUE, "x" * MAX_VALUE),
    ],
)
def test_what_is_taken(value: object, text: str) -> None:
    answer = ASK.read({"due_on": value, "total": "1"})
    assert answer.outcome == "found" and answer.values["day"].reveal() == text


@pytest.mark.parametrize(
    "row", [{"total": 1}, {"due_on": b"x", "total": 1}, {"due_on": "x" * (MAX_VALUE + 1)}]
)
def test_what_is_no_answer(row: dict[str, object]) -> None:
    answer = ASK.read(row)
    assert answer.outcome == "failed" and answer.why and "xx" not in answer.why


def test_where_outcomes_lead() -> None:
    assert [ASK.way(one) for one in ("found", "not_found", "unverified", "failed")] == [
        "tell",
        "sorry",
        "identify",
        "sorry",
    ]
    assert ASK.words == "asks the query order for day, sum"
