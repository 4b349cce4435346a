"""Whole calls as playbooks: who hears what, who rings, what is recorded, what the record says."""

import pytest

from pbx.call.effects import CallFinished, CheckCaller, SaveConsent
from pbx.call.events import CallerChecked, CallFailed
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    SetEcho,
    SetGate,
    SetSecure,
    StartRecording,
    StopRecording,
)
from pbx.media.events import DigitReceived, MediaTimedOut, RecordingFailed, RecordingStarted
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import Answer, HangUp, PlaceCall, Reject, Ring
from pbx.sip.events import (
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
)
from tests.call.conftest import ANSWER, Board, contact
from tests.call.support import SUPPORT, A, to_agents, to_question, type_date

CAROL, ECHO = "+441632960101", "+441632960102"


def test_the_main_job_from_invite_to_bye(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    placed = board.last(PlaceCall)
    assert placed.from_display == "Verified caller (V2)"
    assert placed.max_forwards == 69
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=placed.leg)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.send(LegEnded(leg=placed.leg, by_peer=False, how="bye"))
    record = board.record
    assert (record.verification, record.customer, record.ended_by, record.cause) == (
        "V2",
        "c-1",
        "caller",
        "bye",
    )
    assert record.recording == board.last(StartRecording).recording
    assert len(record.consents) == 2
    assert [leg.party for leg in record.legs] == ["trunk/carrier", "extension/1001"]
    assert isinstance(board.effects[-1], CallFinished)
    assert not board.switchboard.calls


@pytest.mark.requirement("C-01")
def test_the_callers_gate_opens_only_after_the_announcement(board: Board) -> None:
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    assert board.all(StartRecording), "the announcement itself belongs into the recording"
    assert not board.all(SetGate)
    board.finish_prompt()
    assert board.all(SetGate) == [SetGate(leg=A, open=True)]
    assert board.last(SaveConsent).record.proof.played_ms == 1000


@pytest.mark.requirement("C-01")
def test_a_german_caller_is_not_journalled_before_his_yes(board: Board) -> None:
    board.offer(SUPPORT, number="+493012345678")
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()
    assert not board.all(StartRecording)
    board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=80))
    board.pass_time(2.0)
    assert board.all(StartRecording)
    assert board.last(SaveConsent).record.proof.state == "granted"


@pytest.mark.requirement("C-05")
def test_a_missing_announcement_means_no_recording_of_the_caller() -> None:
    board = Board(unspeakable="record")
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.pass_time(20.0)
    assert not [gate for gate in board.all(SetGate) if gate.open]
    assert board.last(SaveConsent).record.proof.state != "informed"
    assert board.switchboard.calls, "the call goes on unrecorded"


@pytest.mark.requirement("R-20")
def test_entry_of_the_date_is_secure_before_the_first_digit(board: Board) -> None:
    to_question(board)
    assert board.all(SetSecure) == [SetSecure(leg=A, on=True)]
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c"))
    board.pass_time(1.0)
    assert board.last(SetSecure) == SetSecure(leg=A, on=False)


def test_an_unverified_caller_reaches_an_agent_as_such(board: Board) -> None:
    board.contacts = {"1002": (contact("1002"),)}
    to_question(board)
    for _ in range(3):
        type_date(board)
        check = board.last(CheckCaller)
        board.send(CallerChecked(call=check.call, token=check.token, matched=False))
        board.pass_time(1.0)
        board.finish_prompt()
        board.finish_prompt()
    assert board.last(PlaceCall).from_display == "Unverified caller"


def test_the_first_device_to_answer_wins_and_the_others_are_told(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"), contact("1001", 5082)), "1002": (contact("1002"),)}
    to_agents(board)
    one, two, three = (placed.leg for placed in board.all(PlaceCall))
    board.send(LegAnswered(leg=two, answer=ANSWER))
    assert {hang.leg: hang.cause for hang in board.all(HangUp)} == {one: 200, three: 200}


def test_an_answer_that_loses_the_race_is_ended(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),), "1002": (contact("1002"),)}
    to_agents(board)
    one, two = (placed.leg for placed in board.all(PlaceCall))
    board.send(LegAnswered(leg=one, answer=ANSWER))
    board.send(LegAnswered(leg=two, answer=ANSWER))
    assert board.last(HangUp).leg == two
    assert len(board.all(BridgeLegs)) == 1


def test_a_direct_call_rings_and_answers_late(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    placed = board.last(PlaceCall)
    board.send(LegRinging(leg=placed.leg, status=180))
    assert board.all(Ring) == [Ring(leg=A)]
    assert not board.all(Answer)
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    assert board.last(Answer).leg == A


@pytest.mark.parametrize("status", [486, 603, 404])
def test_a_refusal_reaches_the_unanswered_caller(board: Board, status: int) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=status, reason=""))
    assert board.last(Reject).status == status
    assert not board.switchboard.calls
    assert [leg.cause for leg in board.record.legs] == [str(status)] * 2
    assert (board.record.ended_by, board.record.cause) == ("callee", str(status))


@pytest.mark.parametrize(("status", "told"), [(408, 408), (503, 500)])
def test_a_device_that_is_dead_has_not_refused(board: Board, status: int, told: int) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=status, reason=""))
    assert board.last(Reject).status == told
    assert (board.record.ended_by, board.record.cause) == ("system", str(told))


def test_time_that_runs_out_is_the_system_although_one_device_refused(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"), contact("1003", 5090))}
    board.offer(CAROL)
    first, second = [placed.leg for placed in board.all(PlaceCall)]
    board.send(LegRejected(leg=first, status=480, reason=""))
    board.pass_time(30.0)
    board.send(LegEnded(leg=second, by_peer=False, how="cancel"))
    assert board.last(Reject).status == 480
    assert (board.record.ended_by, board.record.cause) == ("system", "480")


def test_an_unregistered_extension_is_480(board: Board) -> None:
    board.offer(CAROL)
    assert board.last(Reject).status == 480


def test_cancel_ends_every_ringing_device(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"), contact("1003", 5090))}
    board.offer(CAROL)
    board.send(LegEnded(leg=A, by_peer=True, how="cancel"))
    callees = [placed.leg for placed in board.all(PlaceCall)]
    assert [hang.leg for hang in board.all(HangUp)] == callees
    for leg in callees:
        board.send(LegEnded(leg=leg, by_peer=False, how="cancel"))
    assert (board.record.cause, board.record.ended_by) == ("cancel", "caller")


def test_echo(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=A))
    while not board.all(SetEcho):
        board.finish_prompt()
    assert board.last(SetEcho) == SetEcho(leg=A, on=True)
    (call,) = board.switchboard.calls.values()
    assert not call.is_urgent


def test_an_emergency_call_from_a_phone_goes_to_the_trunk(board: Board) -> None:
    board.offer("999", origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert board.last(PlaceCall).target == "sip:999@127.0.0.2:5070"
    (call,) = board.switchboard.calls.values()
    assert call.is_urgent


@pytest.mark.requirement("SIP-34")
def test_nothing_of_the_phone_is_visible_on_the_trunk(board: Board) -> None:
    board.offer("901632960150", origin=DeviceOrigin(tenant="acme", extension="1001"))
    placed = board.last(PlaceCall)
    assert placed.target == "sip:+441632960150@127.0.0.2:5070"
    assert "1001" not in placed.from_uri + placed.from_display
    assert b"192.0.2.1" not in placed.offer


@pytest.mark.requirement("R-17")
def test_a_failed_recording_is_in_the_record_and_the_call_goes_on(board: Board) -> None:
    to_question(board)
    recording = board.last(StartRecording).recording
    board.send(RecordingStarted(recording=recording))
    board.send(RecordingFailed(recording=recording, reason="No space left on device"))
    assert board.switchboard.calls
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert (board.record.recording_state, board.record.recording_reason) == (
        "failed",
        "No space left on device",
    )


@pytest.mark.requirement("MED-11")
@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (MediaTimedOut(leg=A, silent_ms=30000), "media_timeout"),
        (LegEnded(leg=A, by_peer=True, how="no_ack"), "no_ack"),
    ],
)
def test_every_end_has_a_cause(board: Board, event: MediaTimedOut | LegEnded, cause: str) -> None:
    to_question(board)
    board.send(event)
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert board.record.cause == cause
    assert board.all(StopRecording)
    assert not board.switchboard.calls


@pytest.mark.requirement("F-11")
def test_our_own_fault_ends_one_call_with_a_cause(board: Board) -> None:
    to_question(board)
    (call,) = board.switchboard.calls
    board.send(CallFailed(call=call, cause="internal_error"))
    assert board.last(HangUp).leg == A
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert board.record.cause == "internal_error"


@pytest.mark.requirement("MED-16")
def test_no_media_port_is_503_and_a_time_to_try_again() -> None:
    """Whatever the reason; one is that all workers are late (`integration/test_overloaded_workers.py`)."""
    board = Board(ports=0)
    board.offer(ECHO)
    assert (board.last(Reject).status, board.last(Reject).retry_after_s) == (503, 10)
    assert not board.switchboard.calls


def test_recording_switched_off_is_no_failure() -> None:
    board = Board(recording=RecordingRules(otherwise="off"))
    to_question(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert not board.all(StartRecording)
    assert (board.record.recording_state, board.record.recording) == ("off", "")


@pytest.mark.parametrize("cause", ["internal_error", "media_lost", "shutdown"])
def test_a_caller_who_heard_nothing_yet_is_told_that_the_call_failed(board: Board, cause: str) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    (call,) = board.switchboard.calls
    board.send(CallFailed(call=call, cause=cause))
    assert {hang.leg for hang in board.all(HangUp)} == {A, board.last(PlaceCall).leg}
