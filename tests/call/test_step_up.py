"""Step-up in a call: for whom a code is sent, what it adds to what is known, and when it counts no more."""

from datetime import date

import pytest

from pbx.call.effects import CheckCaller, CheckCode, SendCode
from pbx.call.events import CallerChecked, CodeHandled
from pbx.call.tokens import Tokens
from pbx.call.verifying import Verifying
from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.ivr.effects import RequestStepUp
from pbx.ivr.events import VerificationEnded
from pbx.ivr.steps import FlowPlan, HangUp, Ring, Step, StepUp, Verify
from pbx.media.events import DigitReceived
from pbx.sip.events import LegConfirmed, LegEnded
from pbx.sip.stir.verdict import UNSIGNED
from pbx.verify.effects import VerificationSettled
from pbx.verify.prompts import TEXTS
from tests.call.conftest import Board
from tests.call.support import SUPPORT, board_with, facts, said

A, CALLER = LegId("a"), "+447700900123"
EN = TEXTS["en-GB"]
CODE = ("one_time_code",)


def board_of(*first: str, typed: bool = False) -> Board:
    """A flow that verifies by `first`, if anything, and then steps up whatever came of it."""
    number = "typed_number" if typed else "phone_number"
    steps: dict[str, Step] = {
        "a": Verify(methods=(number, *first), attempts=1, verified="b", otherwise="b"),
        "b": StepUp(ways=CODE, purpose="change of address", verified="c", otherwise="d"),
        "c": Ring(target="group/support", ring_s=25.0, no_answer="d", busy="d"),
        "d": HangUp(text="Goodbye."),
    }
    flow = FlowPlan(name="support", start="a" if first else "b", steps=steps)
    return board_with(flows={"support": flow})


def arrived(board: Board) -> Board:
    board.offer(SUPPORT, number=CALLER)
    board.send(LegConfirmed(leg=A))
    return board


def types(board: Board, digits: str) -> None:
    for digit in digits:
        board.now += 0.1
        board.send(DigitReceived(leg=A, digit=Secret(digit), duration_ms=80))
    board.pass_time(0.0)


def answered(board: Board, kind: type[CheckCaller] | type[CheckCode], customer: str = "") -> None:
    check = board.last(kind)
    board.send(CallerChecked(call=check.call, token=check.token, matched=bool(customer), customer=customer))
    board.pass_time(1.0)


def proved(board: Board, *, customer: str = "c-1") -> None:
    types(board, "012345")
    answered(board, CheckCode, customer)


def hung_up(board: Board) -> tuple[str, str]:
    """What the call record says of the caller."""
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    return board.record.verification, board.record.customer


@pytest.mark.requirement("V-11")
def test_a_code_is_bound_to_call_leg_and_purpose() -> None:
    board = arrived(board_of())
    sent = board.last(SendCode)
    assert (sent.leg, sent.tenant, sent.purpose) == (A, "acme", "change of address")
    assert (sent.number, sent.customer) == (CALLER, "")
    types(board, "012345")
    check = board.last(CheckCode)
    assert (check.call, check.leg, check.purpose, check.code) == (
        sent.call,
        A,
        sent.purpose,
        Secret("012345"),
    )
    answered(board, CheckCode, "c-1")
    assert facts(board, "verification.settled")[-1]["level"] == "V3"
    assert hung_up(board) == ("V3", "c-1")


@pytest.mark.requirement("V-04")
def test_who_cannot_be_verified_by_date_of_birth_reaches_v3() -> None:
    board = arrived(board_of("date_of_birth"))
    types(board, "07071977")
    answered(board, CheckCaller)  # wrong, or locked: the call never knows
    board.finish_prompt()
    assert said(board)[-1] == EN.one_time_code.ask
    assert (board.last(SendCode).number, board.last(SendCode).customer) == (CALLER, "")
    proved(board)
    assert hung_up(board) == ("V3", "c-1")


@pytest.mark.requirement("V-14")
def test_the_code_goes_to_whom_he_has_proved_to_be() -> None:
    board = arrived(board_of("date_of_birth"))
    types(board, "03021980")
    answered(board, CheckCaller, "c-2")
    assert (board.last(SendCode).number, board.last(SendCode).customer) == (CALLER, "c-2")
    proved(board, customer="c-2")
    settled = facts(board, "verification.settled")
    assert [one["methods"] for one in settled] == ["phone_number date_of_birth", "one_time_code"]
    assert hung_up(board) == ("V3", "c-2")


def test_the_code_goes_to_the_number_by_which_he_was_found() -> None:
    board = arrived(board_of("account_number", typed=True))
    types(board, "01632960999#14711#1")
    check = board.last(CheckCaller)
    assert (check.number, check.wanted, check.account_number) == (CALLER, "+441632960999", Secret("4711"))
    assert "01632960999" not in repr(check) and "+441632960999" not in repr(check)
    answered(board, CheckCaller, "c-3")
    assert (board.last(SendCode).number, board.last(SendCode).customer) == ("+441632960999", "c-3")


def test_a_step_up_that_fails_takes_nothing_away() -> None:
    board = arrived(board_of("date_of_birth"))
    types(board, "03021980")
    answered(board, CheckCaller, "c-1")
    types(board, "#")
    board.finish_prompt()
    assert said(board)[-2:] == [EN.failed, "Goodbye."]
    assert hung_up(board) == ("V2", "c-1")


def test_a_number_that_does_not_count_gets_no_code() -> None:
    board = board_of()
    board.offer(SUPPORT, number=CALLER, verdict=UNSIGNED)
    board.send(LegConfirmed(leg=A))
    assert board.last(SendCode).number is None
    assert said(board) == [EN.one_time_code.ask]


@pytest.mark.requirement("V-06")
def test_a_code_of_somebody_who_has_left_proves_nothing() -> None:
    one = Verifying((CallId("c"), A), Board().tenant_plan.context, Tokens())
    one.begin(RequestStepUp(ways=CODE, purpose="port out"), date(2026, 11, 24))
    one.somebody_calls("+447700900999")
    reached = VerificationSettled(outcome="verified", level="V3", methods=CODE, attempts=1, customer="c-1")
    step = one.perform(reached)
    assert step.then == VerificationEnded(outcome="unverified")
    assert one.verification is not None and (one.verification.level, one.verification.customer) == ("V0", "")


@pytest.mark.requirement("V-01")
def test_nothing_that_becomes_of_the_code_reaches_the_call() -> None:
    board = arrived(board_of())
    call = board.last(SendCode).call
    for reason in (None, "young", "failed"):
        assert board.send(CodeHandled(call=call, reason=reason)) == []


def test_who_hangs_up_while_the_code_is_under_way_leaves_nothing_behind() -> None:
    board = arrived(board_of())
    types(board, "012345")
    check = board.last(CheckCode)
    assert hung_up(board)[0] == ""
    late = CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1")
    assert board.send(late) == []
    assert not board.switchboard.calls
