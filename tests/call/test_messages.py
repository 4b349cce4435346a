"""A caller who leaves a message, and what is kept of it."""

import pytest

from pbx.media.effects import Listen, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingFailed, TalkStarted, TalkStopped, ToneHeard
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import (
    LegEnded,
)
from tests.call.conftest import Board, contact
from tests.call.support import A, to_agents


def test_nobody_answers_and_the_flow_takes_a_message(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    board.pass_time(26.0)
    placed = board.last(PlaceCall)
    assert HangUp(leg=placed.leg) in board.effects, "a missed call is logged as missed"
    board.send(LegEnded(leg=placed.leg, by_peer=False, how="cancel"))
    board.finish_prompt()
    assert board.last(StartRecording).kind == "voicemail"


@pytest.mark.requirement("R-16")
def test_a_message_that_cannot_be_recorded_is_not_taken(board: Board) -> None:
    to_agents(board)
    board.finish_prompt()
    message = board.last(StartRecording)
    assert message.kind == "voicemail"
    board.send(RecordingFailed(recording=message.recording, reason="the spool is 95 % full"))
    assert board.last(SetGate) == SetGate(leg=A, open=False)
    assert board.all(HangUp), "the flow has no other step"
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert (board.record.recording_state, board.record.cause) == ("failed", "flow_ended")


def test_a_message_does_not_hide_the_recording_of_the_call(board: Board) -> None:
    to_agents(board)
    board.finish_prompt()
    first, message = board.all(StartRecording)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert (first.kind, message.kind) == ("call", "voicemail")
    assert board.record.recording == first.recording


def taken(board: Board) -> StartRecording:
    """The caller may speak now."""
    to_agents(board)
    board.finish_prompt()
    message = board.last(StartRecording)
    assert (message.kind, message.max_silence_ms) == ("voicemail", 1000)
    assert board.all(StartRecording)[0].max_silence_ms is None
    assert board.last(Listen) == Listen(leg=A, talk=True, tones_of="GB")
    return message


@pytest.mark.requirement("MED-13")
def test_a_caller_who_says_no_more_has_left_his_message(board: Board) -> None:
    message = taken(board)
    board.send(TalkStarted(leg=A, silent_ms=900, level_dbm0=-20.0))
    board.pass_time(15.0)
    end = StopRecording(recording=message.recording)
    assert end not in board.effects
    board.send(TalkStopped(leg=A, talked_ms=14_000, silent_ms=600, level_dbm0=-20.0))
    board.pass_time(9.3)
    assert end not in board.effects
    board.pass_time(0.2)
    assert end in board.effects
    assert board.last(Listen) == Listen(leg=A)


@pytest.mark.requirement("MED-13")
def test_a_caller_who_has_hung_up_behind_a_gateway_has_left_his_message(board: Board) -> None:
    message = taken(board)
    board.send(ToneHeard(leg=A, tone="busy", duration_ms=3500))
    assert board.last(StopRecording) == StopRecording(recording=message.recording)
    assert board.last(Listen) == Listen(leg=A)
    assert board.all(HangUp), "the flow has no other step"


def test_nobody_is_listened_to_without_a_message(board: Board) -> None:
    to_agents(board)
    board.send(ToneHeard(leg=A, tone="busy", duration_ms=3500))
    assert not board.all(Listen)
    assert not board.all(HangUp)
