"""Who has the caller in a flow's stead: consent, notice, verification; and how he hands him back."""

from typing import Any

import pytest

from pbx.call.context import LockRule
from pbx.call.effects import CheckCaller, FetchCustomers
from pbx.call.events import CallerChecked
from pbx.call.guests import NOT_RECORDED
from pbx.core.ids import LegId, RecordingId
from pbx.core.secret import Secret
from pbx.ivr.steps import FlowPlan, HangUp, Ring, Step, Verify
from pbx.media.effects import (
    StartRecording,
    StopRecording,
)
from pbx.media.events import DigitReceived, RecordingFailed, RecordingStarted
from pbx.recording.failure import FailurePolicy
from pbx.recording.notice import TEXTS
from pbx.sip.effects import HangUp as HangUpLeg
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegConfirmed, LegEnded
from pbx.sip.stir.verdict import UNSIGNED
from pbx.verify.claimed import NumberCounts
from pbx.verify.prompts import TEXTS as VERIFY_TEXTS
from tests.call.conftest import Board, contact
from tests.call.support import SUPPORT, board_with, facts, said, type_date

A = LegId("a")
CALLER = "+447700900123"


def consented(policy: FailurePolicy, number: str = "+447700900123", **changed: Any) -> Board:
    """A call whose caller was told of the recording, or agreed to it; the worker has not answered yet."""
    board = board_with(on_recording_failure=policy, **changed)
    board.offer(SUPPORT, number=number)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()
    board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=80))
    return board


def recording(board: Board) -> RecordingId:
    return board.last(StartRecording).recording


GERMAN = "+493012345678"  # opt-in: the recording starts with his yes, not with the announcement
ASK = VERIFY_TEXTS["en-GB"].ask
UNRECORDED, REFUSAL = TEXTS["en-GB"]["announce_unrecorded"], TEXTS["en-GB"]["refuse"]


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("policy", ["announce_unrecorded", "refuse"])
def test_the_flow_waits_for_the_journal_and_goes_on_with_it(policy: FailurePolicy) -> None:
    board = consented(policy, GERMAN)
    assert ASK not in said(board)
    board.send(RecordingStarted(recording=recording(board)))
    assert said(board)[-1] == ASK
    assert not facts(board, "recording.notice")


@pytest.mark.requirement("R-16")
def test_a_call_goes_on_unrecorded_where_that_is_the_tenants_wish() -> None:
    board = consented("continue", GERMAN)
    assert said(board)[-1] == ASK
    board.send(RecordingFailed(recording=recording(board), reason="disk full"))
    assert said(board)[-1] == ASK


@pytest.mark.requirement("R-16")
def test_a_caller_is_told_that_he_is_not_recorded_and_the_call_goes_on() -> None:
    board = consented("announce_unrecorded", GERMAN)
    board.send(RecordingFailed(recording=recording(board), reason="disk full"))
    assert said(board)[-1] == UNRECORDED
    board.finish_prompt()
    assert said(board)[-1] == ASK
    assert facts(board, "recording.notice") == [{"outcome": "announced"}]
    assert board.switchboard.calls


@pytest.mark.requirement("R-16")
def test_a_refused_caller_hears_why_and_the_record_says_it() -> None:
    board = consented("refuse", GERMAN)
    board.send(RecordingFailed(recording=recording(board), reason="disk full"))
    assert said(board)[-1] == REFUSAL
    board.finish_prompt()
    assert board.last(HangUpLeg).leg == A
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert (board.record.cause, board.record.ended_by) == (NOT_RECORDED, "system")
    assert (board.record.recording_state, board.record.recording_reason) == ("failed", "disk full")
    assert facts(board, "recording.notice") == [{"outcome": "refused"}]
    assert facts(board, "recording.failed")


@pytest.mark.requirement("R-16")
def test_without_a_key_nobody_waits_for_a_worker() -> None:
    board = consented("announce_unrecorded", recipients=())
    assert not board.all(StartRecording)
    board.pass_time(3.0)
    assert said(board)[-1] == UNRECORDED


@pytest.mark.requirement("R-17")
def test_a_worker_that_says_nothing_is_given_up_after_a_second() -> None:
    board = consented("announce_unrecorded", GERMAN)
    board.pass_time(1.0)
    assert board.last(StopRecording).recording == recording(board)
    assert said(board)[-1] == UNRECORDED


@pytest.mark.requirement("R-16")
def test_a_failure_before_the_conversation_is_told_before_the_telephones_ring() -> None:
    board = consented("announce_unrecorded", GERMAN)
    board.contacts = {"1001": (contact("1001"),)}
    board.send(RecordingStarted(recording=recording(board)))
    board.send(RecordingFailed(recording=recording(board), reason="disk full"))
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    assert said(board)[-1] == UNRECORDED
    assert not board.all(PlaceCall)
    board.finish_prompt()
    assert board.all(PlaceCall)


def test_who_declined_is_told_nothing() -> None:
    board = board_with(on_recording_failure="refuse", recipients=())
    board.offer(SUPPORT, number=GERMAN)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=80))
    board.finish_prompt()
    assert said(board)[-1] == ASK


def test_a_caller_who_leaves_during_the_notice_hears_no_more() -> None:
    board = consented("announce_unrecorded", GERMAN)
    board.send(RecordingFailed(recording=recording(board), reason="disk full"))
    heard = said(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.pass_time(60.0)
    assert said(board) == heard


def known_number() -> Board:
    steps: dict[str, Step] = {
        "a": Verify(methods=("phone_number",), attempts=None, verified="b", otherwise="c"),
        "b": Ring(target="extension/1001", ring_s=9.0, no_answer="c", busy="c"),
        "c": HangUp(),
    }
    flow = FlowPlan(name="support", start="a", steps=steps)
    board = board_with(flows={"support": flow}, lock=LockRule(failures=2, window_s=60.0), attempts=1)
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


@pytest.mark.requirement("V-02")
def test_a_number_alone_is_level_v1_and_the_check_carries_the_tenants_limits() -> None:
    board = known_number()
    check = board.last(CheckCaller)
    assert (check.date_of_birth, check.lock) == (None, LockRule(failures=2, window_s=60.0))
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    assert board.last(PlaceCall).from_display == "Known number (V1)"
    assert facts(board, "verification.settled") == [
        {"level": "V1", "outcome": "verified", "methods": "phone_number", "number": "counted"}
    ]


@pytest.mark.requirement("VER-08")
@pytest.mark.parametrize(
    ("asks", "number", "n"), [(True, CALLER, 1), (False, CALLER, 0), (True, "anonymous", 0)]
)
def test_servers_of_the_tenant_are_asked_while_the_caller_is(asks: bool, number: str, n: int) -> None:
    steps: dict[str, Step] = {
        "a": Verify(methods=("phone_number",), attempts=None, verified="c", otherwise="c"),
        "c": HangUp(),
    }
    board = board_with(
        flows={"support": FlowPlan(name="support", start="a", steps=steps)}, asks_customers=asks
    )
    board.offer(SUPPORT, number=number)
    board.send(LegConfirmed(leg=A))
    assert len(board.all(FetchCustomers)) == n
    assert len(board.all(CheckCaller)) == 1
    assert not n or board.last(FetchCustomers).number == number


@pytest.mark.requirement("V-15")
def test_a_caller_from_a_company_is_routed_and_never_verified() -> None:
    steps: dict[str, Step] = {
        "a": Verify(methods=("phone_number",), attempts=None, verified="c", otherwise="c", company="b"),
        "b": Ring(target="extension/1001", ring_s=9.0, no_answer="c", busy="c"),
        "c": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)})
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=False, reason="company"))
    board.pass_time(1.0)
    assert board.last(PlaceCall).from_display == "Unverified caller"
    assert facts(board, "verification.settled") == [
        {"level": "V0", "outcome": "company", "methods": "", "number": "counted"}
    ]


@pytest.mark.parametrize(("attempts", "n_checks"), [(2, 2), (None, 1)])
def test_a_step_without_attempts_has_the_tenants(attempts: int | None, n_checks: int) -> None:
    steps: dict[str, Step] = {
        "a": Verify(
            methods=("phone_number", "date_of_birth"), attempts=attempts, verified="c", otherwise="c"
        ),
        "c": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)}, attempts=1)
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    for _ in range(n_checks):
        type_date(board)
        check = board.last(CheckCaller)
        board.send(CallerChecked(call=check.call, token=check.token, matched=False))
        board.pass_time(1.0)
    assert said(board)[-1] == VERIFY_TEXTS["en-GB"].failed
    assert len(board.all(CheckCaller)) == n_checks


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(("policy", "counted"), [("unless_failed", True), ("where_verified", False)])
def test_an_unsigned_number_is_a_factor_only_where_the_tenant_takes_it(
    policy: NumberCounts, counted: bool
) -> None:
    steps: dict[str, Step] = {
        "a": Verify(methods=("phone_number", "date_of_birth"), attempts=1, verified="c", otherwise="c"),
        "c": HangUp(),
    }
    flows = {"support": FlowPlan(name="support", start="a", steps=steps)}
    board = board_with(flows=flows, number_counts=policy)
    board.offer(SUPPORT, verdict=UNSIGNED)
    board.send(LegConfirmed(leg=A))
    type_date(board)
    check = board.last(CheckCaller)
    assert check.number == ("+447700900123" if counted else None)
    assert check.date_of_birth is not None
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    [fact] = facts(board, "verification.settled")
    assert fact["number"] == ("counted" if counted else "not counted")


@pytest.mark.requirement("V-02")
def test_tries_are_counted_by_call_and_not_by_step() -> None:
    both = ("phone_number", "date_of_birth")
    steps: dict[str, Step] = {
        "a": Verify(methods=both, attempts=2, verified="d", otherwise="b"),
        "b": Verify(methods=both, attempts=3, verified="d", otherwise="c"),
        "c": Verify(methods=both, attempts=None, verified="d", otherwise="d"),
        "d": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)})
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    for _ in range(3):
        type_date(board)
        check = board.last(CheckCaller)
        board.send(CallerChecked(call=check.call, token=check.token, matched=False))
        board.pass_time(1.0)
        board.finish_prompt()
    type_date(board)
    board.pass_time(60.0)
    assert len(board.all(CheckCaller)) == 3
    assert board.all(HangUpLeg), "the third step asks nothing: the flow goes on"
    assert [one["outcome"] for one in facts(board, "verification.settled")] == ["unverified"] * 3
