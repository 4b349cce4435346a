"""Those who are in a room: told or asked before they are kept, and left out if they refuse."""

from dataclasses import replace

import pytest

from pbx.call.effects import SaveConsent
from pbx.media.effects import (
    ChangeSeat,
    JoinRoom,
    NoteInRecording,
    SetGate,
    StartRecording,
    StopPlay,
    StopRecording,
)
from pbx.media.events import RecordingFailed
from tests.call.parties import A
from tests.call.rooms import GERMAN, B, C, board_with, comes, gate, press, records, started, told
from tests.call.support import said

pytestmark = pytest.mark.requirement("R-07")


@pytest.mark.requirement("C-01")
@pytest.mark.requirement("REC-07")
def test_who_was_told_nothing_hears_it_in_the_room_and_is_kept_only_then() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    assert order.leg == B, "the announcement is in the recording"
    assert gate(board, A) and not gate(board, B)
    assert len(board.all(JoinRoom)) == 2
    shut = board.effects.index(SetGate(leg=B, open=False))
    assert shut < board.effects.index(order)
    told(board, B)
    assert gate(board, B)
    noted = [one.kind for one in board.all(NoteInRecording) if one.recording == order.recording]
    assert "consent.informed" in noted
    assert [one.record.proof.state for one in board.all(SaveConsent)] == [
        "granted",
        "unknown",
        "informed",
        "informed",
    ]


@pytest.mark.requirement("REC-07")
def test_a_joiner_is_resolved_before_a_sample_of_his_is_kept_and_nobody_is_told_twice() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    n_orders = len(board.effects)
    comes(board, "c")
    orders = board.effects[n_orders:]
    joined = next(one for one in orders if isinstance(one, JoinRoom))
    assert orders.index(SetGate(leg=C, open=False)) < orders.index(joined)
    assert gate(board, A) and gate(board, B) and not gate(board, C)
    told(board, C)
    assert gate(board, C)
    assert len([one for one in said(board) if "recorded" in one]) == 1
    assert len(board.all(StartRecording)) == 1


@pytest.mark.requirement("C-07")
def test_a_joiner_from_germany_is_asked_and_so_is_everybody_else() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    told(board, B)
    comes(board, "c", number=GERMAN)
    assert gate(board, A) and not gate(board, B) and not gate(board, C)
    press(board, C, "1")
    board.finish_prompt("c")
    assert gate(board, C) and not gate(board, B)
    press(board, B, "2")
    board.finish_prompt("b")
    assert not gate(board, B) and gate(board, C), "who refuses is left out, the others are kept"
    assert not board.all(ChangeSeat), "an answer mutes nobody"
    assert len(board.all(StartRecording)) == 1
    assert not board.all(StopRecording)


@pytest.mark.requirement("C-01")
def test_where_the_rule_asks_nothing_begins_before_the_first_yes() -> None:
    board = board_with()
    comes(board, "a", number=GERMAN)
    comes(board, "b", number="+493087654321")
    assert not board.all(StartRecording)
    press(board, A, "2")
    board.finish_prompt("a")
    assert not board.all(StartRecording)
    press(board, B, "1")
    board.finish_prompt("b")
    started(board)
    assert gate(board, B) and not gate(board, A)


def test_where_nobody_may_be_kept_nothing_begins() -> None:
    board = board_with()
    comes(board, "a", "1003")
    comes(board, "b", "1003")
    assert not board.all(StartRecording)
    assert not records(board)


def test_without_a_key_nobody_is_told_of_a_recording_that_cannot_be() -> None:
    board = board_with()
    context = replace(board.tenant_plan.context, recipients=())
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context)})
    comes(board, "a", number=GERMAN)
    comes(board, "b")
    assert not said(board)
    assert records(board)[-1].recording_reason == "no recording key"


def test_a_failure_ends_the_announcement() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    assert board.all(StopPlay) == [StopPlay(leg=B)]
    assert not gate(board, B)
