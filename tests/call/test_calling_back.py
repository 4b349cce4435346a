"""What a caller hears who is to be called back: the same whoever he is, and never more than two digits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.calling_back import CallingBack
from pbx.call.effects import PlanCallBack
from pbx.core.ids import CallId
from pbx.ivr.steps import FlowPlan, Verify
from pbx.marketing.week import parse_week
from pbx.sip.events import LegConfirmed
from pbx.sip.stir.verdict import UNSIGNED
from pbx.verify.effects import VerificationSettled
from tests.call.called_board import CALLER, EN, FLOW, POLICY, PURPOSE, A, CalledBoard
from tests.call.conftest import Board
from tests.call.support import SUPPORT, facts, said
from tests.call.test_step_up import answered as store_answers


def known(outcome: str = "verified", level: str = "V2") -> VerificationSettled:
    return VerificationSettled(
        outcome=outcome,  # type: ignore[arg-type]
        level=level,  # type: ignore[arg-type]
        methods=(),
        attempts=1,
        customer="c-1",
    )


def of(board: Board) -> CallingBack:
    return CallingBack(CallId("c"), board.tenant_plan.context)


def test_the_order_says_who_is_meant_and_where_he_goes_on() -> None:
    board = CalledBoard()
    asked = board.asks()
    assert (asked.number, asked.customer, asked.purpose) == (CALLER, "", PURPOSE)
    assert (asked.leg, asked.flow, asked.step) == (A, "support", "prove")
    assert CALLER not in repr(asked)
    assert said(board) == [EN.call_back]


@pytest.mark.requirement("V-01")
def test_a_number_that_does_not_count_hears_the_same() -> None:
    board = CalledBoard()
    board.offer(SUPPORT, number=CALLER, verdict=UNSIGNED)
    board.send(LegConfirmed(leg=A))
    assert board.last(PlanCallBack).number is None
    assert said(board) == [EN.call_back]


def test_the_digits_are_for_him_who_has_proved_that_it_is_his_number() -> None:
    verify = Verify(
        methods=("phone_number", "date_of_birth"), attempts=1, verified="prove", otherwise="prove"
    )
    flow = FlowPlan(name="support", start="who", steps={"who": verify, **FLOW.steps})
    board = CalledBoard(replace(POLICY, says_digits="verified"), flows={"support": flow})
    board.offer(SUPPORT, number=CALLER)
    board.send(LegConfirmed(leg=A))
    board.presses(A, "03021980")
    from pbx.call.effects import CheckCaller

    store_answers(board, CheckCaller, "c-1")
    assert said(board)[-1] == EN.call_back_ends.format(digits="2 3")
    assert board.last(PlanCallBack).customer == "c-1"


@pytest.mark.parametrize(
    ("says", "who", "digits"),
    [
        ("never", known(), ""),
        ("verified", known(), "23"),
        ("verified", known(level="V1"), ""),  # the number is all that he has shown, and shows are cheap
        ("verified", known("unverified", "V0"), ""),
        ("verified", None, ""),
    ],
)
def test_digits(says: str, who: VerificationSettled | None, digits: str) -> None:
    board = CalledBoard(replace(POLICY, says_digits=says))  # type: ignore[arg-type]
    notice = of(board).notice(who, CALLER)
    spoken = EN.call_back_ends.format(digits=" ".join(digits)) if digits else EN.call_back
    from pbx.media.dialogue import PlayPrompts, Say
    from pbx.verify.events import VerificationStarted

    [play] = notice.handle(VerificationStarted(), 0.0)
    assert isinstance(play, PlayPrompts) and play.prompts == (Say(text=spoken, language="en-GB"),)


def test_nobody_is_called_out_of_hours_and_the_caller_is_not_told_that_he_will_be() -> None:
    hours = parse_week({"mon-fri": ["08:00-20:00"]})
    board = CalledBoard(replace(POLICY, hours=hours))  # it is midnight on the board
    board.offer(SUPPORT, number=CALLER)
    board.send(LegConfirmed(leg=A))
    assert board.all(PlanCallBack) == [] and said(board) == ["Goodbye."]
    assert facts(board, "verification.call_back") == [{"purpose": PURPOSE, "outcome": "closed"}]
    back = of(board)
    assert not back.is_closed(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert back.is_closed(datetime(2026, 11, 24, 20, 0, tzinfo=UTC))


def test_without_a_policy_nobody_is_called() -> None:
    assert of(CalledBoard(None)).is_closed(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert of(CalledBoard()).ended("busy") == []  # of a call that is none
