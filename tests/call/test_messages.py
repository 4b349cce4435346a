"""A caller who leaves a message, and what is kept of it."""

import pytest

from pbx.media.effects import (
    SetGate,
    StartRecording,
)
from pbx.media.events import RecordingFailed
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
