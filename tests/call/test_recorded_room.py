"""One recorded conference: its record, the leg that is recorded, failures, the death of a worker."""

import pytest

from pbx.call.effects import CallFinished, SaveCall, SaveConsent
from pbx.call.ending import UNRECORDED
from pbx.call.events import LegLost
from pbx.call.grace import GRACE_S
from pbx.call.leg import LegState
from pbx.call.recorded_room import comes_back
from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg, MoveRecording, NoteInRecording, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted
from pbx.recording.failure import FailurePolicy
from pbx.recording.indication import WORDS
from pbx.recording.rules import Rule
from pbx.sip.effects import HangUp
from pbx.sip.events import LegEnded
from tests.call.captures import party
from tests.call.conftest import Board
from tests.call.parties import A
from tests.call.rooms import B, C, board_with, comes, gate, leaves, records, started, told
from tests.call.support import said

pytestmark = pytest.mark.requirement("R-07")


@pytest.mark.requirement("REC-02")
def test_a_room_of_two_telephones_is_one_recording_with_a_record_of_its_own() -> None:
    board = board_with()
    comes(board, "a", "1001")
    assert not board.all(StartRecording), "who is alone has nobody to talk with"
    comes(board, "b", "1002")
    order = started(board)
    assert (order.kind, order.each_own, order.leg) == ("call", True, A)
    assert gate(board, A) and gate(board, B)
    record = records(board)[-1]
    assert (record.call, record.called, record.recording) == (order.call, "team", order.recording)
    assert [leg.party for leg in record.legs] == ["extension/1001", "extension/1002"]
    assert record.recording_state == "recording"
    assert order.call not in board.switchboard.calls
    kept = [one.record.call for one in board.all(SaveConsent)]
    assert kept == [order.call] * 2, "the proofs are where the recording is"


def test_the_recording_follows_whoever_stays_and_ends_with_the_last() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    order = started(board)
    n_orders = len(board.effects)
    leaves(board, A)
    orders = board.effects[n_orders:]
    moved = MoveRecording(recording=order.recording, leg=B)
    assert orders.index(moved) < next(i for i, one in enumerate(orders) if isinstance(one, CloseLeg))
    assert not board.all(StopRecording)
    comes(board, "c", "1001")
    leaves(board, C)
    leaves(board, B)
    assert board.all(StopRecording) == [StopRecording(recording=order.recording)]
    record = records(board)[-1]
    assert (record.recording_state, record.cause) == ("recorded", "empty")
    assert record.ended_at is not None and all(leg.ended_at for leg in record.legs)
    assert [leg.party for leg in record.legs] == ["extension/1001", "extension/1002", "extension/1001"]
    assert CallFinished(call=order.call) in board.effects
    kinds = [one.kind for one in board.all(NoteInRecording) if one.kind.startswith("party.")]
    assert kinds.count("party.joined") == 3 and kinds.count("party.left") == 3


def test_who_makes_it_so_by_a_rule_takes_it_along() -> None:
    rule = Rule(mode="always", extensions=frozenset({"1001"}))
    board = board_with("off", rule)
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    comes(board, "c", "1002")
    leaves(board, A)
    assert board.all(StopRecording)


@pytest.mark.requirement("R-17")
def test_a_failure_is_told_and_is_in_the_record() -> None:
    board = board_with(policy="announce_unrecorded")
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    told(board, B)
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    assert "The recording has failed." in said(board)
    assert "For technical reasons, this call is not recorded." in said(board)
    record = records(board)[-1]
    assert (record.recording_state, record.recording_reason) == ("failed", "the disk is full")
    assert len(board.all(StartRecording)) == 1, "not again for the same people"
    comes(board, "c", "1002")
    assert len(board.all(StartRecording)) == 2


@pytest.mark.requirement("F-02")
def test_after_the_death_of_its_worker_the_recording_goes_on_in_a_chapter() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    first = started(board)
    n_orders = len(board.effects)
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=B))
    again = board.last(StartRecording)
    assert (again.call, again.recording, again.chapter) == (first.call, first.recording, 2)
    assert again.each_own
    gates = {one.leg: one.open for one in board.effects[n_orders:] if isinstance(one, SetGate)}
    assert gates == {A: True, B: True}
    assert not [one for one in board.effects[n_orders:] if isinstance(one, MoveRecording)]


@pytest.mark.requirement("F-02")
def test_a_leg_on_its_way_to_the_others_has_not_left() -> None:
    leg = party(A, "extension/1001")
    leg.state, leg.port_open = LegState.ANSWERED, True
    assert not comes_back(leg)
    leg.move_beside(CallId("theirs"))
    assert comes_back(leg)
    leg.is_port_closing, leg.is_lost = False, True
    assert comes_back(leg)
    leg.state = LegState.ENDED
    assert not comes_back(leg)


def cut_off(policy: FailurePolicy = "refuse") -> Board:
    """Two in a room whose recording has failed."""
    board = board_with(policy=policy)
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    told(board, B)
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    return board


def ended(board: Board) -> list[LegId]:
    return sorted(one.leg for one in board.all(HangUp) if (one.cause, one.text) == UNRECORDED)


@pytest.mark.requirement("R-16")
@pytest.mark.requirement("R-17")
def test_a_room_that_may_not_go_on_unrecorded_is_told_and_ends() -> None:
    board = cut_off()
    assert said(board).count(WORDS["en-GB"]["ending"]) == 2, "who is not ours is told too"
    board.pass_time(GRACE_S - 0.1)
    assert ended(board) == []
    board.pass_time(0.1)
    assert ended(board) == [A, B]
    assert board.switchboard.deadline is not None and board.switchboard.deadline > board.now
    for leg in (A, B):
        board.send(LegEnded(leg=leg, by_peer=False, how="bye"))
    room = records(board)[-1]
    assert (room.cause, room.recording_state) == ("not_recorded", "failed")
    own = [one.record for one in board.all(SaveCall) if one.record.direction != "conference"]
    assert {one.cause for one in own[-2:]} == {"not_recorded"}


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("policy", ["continue", "announce_unrecorded"])
def test_under_other_policies_a_room_goes_on(policy: FailurePolicy) -> None:
    board = cut_off(policy)
    board.pass_time(60.0)
    assert board.all(HangUp) == []


@pytest.mark.requirement("R-16")
def test_a_recording_that_begins_with_somebody_else_saves_the_room() -> None:
    board = cut_off()
    board.pass_time(5.0)
    comes(board, "c", "1002")
    board.pass_time(GRACE_S)
    assert ended(board) == [], "it is tried anew, and nothing is known of it yet"
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    board.pass_time(60.0)
    assert ended(board) == []


@pytest.mark.requirement("R-16")
def test_who_comes_later_does_not_put_off_the_end() -> None:
    board = cut_off()
    board.pass_time(10.0)
    comes(board, "c", "1002")
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="the disk is full"))
    board.pass_time(GRACE_S - 10.0)
    assert ended(board) == [A, B, C]


@pytest.mark.requirement("R-16")
def test_who_is_left_alone_may_stay() -> None:
    board = cut_off()
    leaves(board, B)
    board.pass_time(60.0)
    assert ended(board) == []
