"""A recording that fails while two talk: told to both, and the end of a call that may not go on without."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.grace import GRACE_S
from pbx.core.ids import LegId
from pbx.media.effects import StartRecording
from pbx.media.events import RecordingFailed
from pbx.recording.failure import FailurePolicy
from pbx.recording.indication import WORDS
from pbx.recording.rules import Rule
from pbx.sip.effects import HangUp
from tests.call.conftest import Board
from tests.call.parties import A, answer, end_ours, hang_up, internal, refer, talking
from tests.call.test_indicator import told
from tests.call.test_telling import heard, ruled, said
from tests.call.test_withdrawals import regulated

pytestmark = pytest.mark.requirement("R-16")
EN = WORDS["en-GB"]


def refusing(context: CallContext) -> CallContext:
    return replace(context, on_recording_failure="refuse")


def recorded(board: Board) -> LegId:
    board.journal = True
    bob = talking(board)
    heard(board, A)
    return bob


def fail(board: Board) -> None:
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="No space left"))


def ended(board: Board) -> list[LegId]:
    """Whose leg was ended because of the recording."""
    return [one.leg for one in board.all(HangUp) if one.cause == 503]


@pytest.mark.parametrize("change", [refusing, regulated])
def test_both_are_told_and_the_call_ends(change: Callable[[CallContext], CallContext]) -> None:
    """The tenant wants it so, or the law of his country."""
    board = ruled(otherwise="always", change=change)
    bob = recorded(board)
    n_said = len(said(board))
    fail(board)
    assert sorted(told(board, n_said)) == sorted([(A, EN["ending"]), (bob, EN["ending"])])
    board.pass_time(GRACE_S - 0.1)
    assert board.all(HangUp) == []
    board.pass_time(0.1)
    assert {(one.leg, one.cause, one.text) for one in board.all(HangUp)} == {
        (leg, 503, "Recording Unavailable") for leg in (A, bob)
    }
    end_ours(board)
    record = board.record
    assert (record.cause, record.ended_by, record.recording_state) == ("not_recorded", "system", "failed")


@pytest.mark.parametrize("policy", ["continue", "announce_unrecorded"])
def test_under_other_policies_it_goes_on(policy: FailurePolicy) -> None:
    board = ruled(otherwise="always", change=lambda one: replace(one, on_recording_failure=policy))
    recorded(board)
    fail(board)
    board.pass_time(60.0)
    assert board.all(HangUp) == []


def test_two_extensions_too() -> None:
    board = ruled(otherwise="always", change=refusing)
    board.journal = True
    callee = internal(board)
    n_said = len(said(board))
    fail(board)
    assert sorted(told(board, n_said)) == sorted([(A, EN["ending"]), (callee, EN["ending"])])
    board.pass_time(GRACE_S)
    assert len(board.all(HangUp)) == 2


def test_a_recording_that_begins_anew_saves_the_call() -> None:
    board = ruled(otherwise="always", change=refusing)
    bob = recorded(board)
    fail(board)
    answer(board, refer(board, bob))
    assert len(board.all(StartRecording)) == 2
    board.pass_time(60.0)
    assert ended(board) == []


def test_with_somebody_who_need_not_be_recorded_it_goes_on() -> None:
    board = ruled(Rule(mode="off", extensions=frozenset({"1002"})), otherwise="always", change=refusing)
    bob = recorded(board)
    fail(board)
    answer(board, refer(board, bob))
    board.pass_time(60.0)
    assert ended(board) == []


def test_who_hangs_up_before_ends_the_call_himself() -> None:
    board = ruled(otherwise="always", change=refusing)
    recorded(board)
    fail(board)
    hang_up(board, A)
    end_ours(board)
    assert board.record.cause == "bye"
