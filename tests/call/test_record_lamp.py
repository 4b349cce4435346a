"""What the lamp of an extension says of the recording, in every turn that it can take."""

from functools import partial

import pytest

from pbx.call.events import LegLost, RecordingOrdered
from pbx.core.ids import LegId
from pbx.media.effects import StartRecording, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted
from pbx.sip.effects import PlaceCall, SetLine
from pbx.sip.events import LegConfirmed, ReinviteOffered
from pbx.sip.notify.line import record_lamp
from tests.call.conftest import ANSWER, Board
from tests.call.parties import A, answer, hang_up, internal, offered, refer, talking
from tests.call.rooms import B, board_with, comes, key, leaves, started
from tests.call.test_attended import recorded
from tests.call.test_telling import heard, ruled
from tests.call.test_three_way import B2, hold, press

pytestmark = pytest.mark.requirement("R-17")


def shown(board: Board, extension: str) -> list[str]:
    """What was told of a lamp, each as its states, "" = dark."""
    orders = [order for order in board.all(SetLine) if order.extension == record_lamp(extension)]
    return [" ".join(dialog.state for dialog in order.dialogs) for order in orders]


def begun(board: Board) -> LegId:
    """Alice and 1003 talk and are recorded; the leg of 1003."""
    bob = talking(board)
    heard(board, A)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    return bob


def test_it_is_lit_while_something_is_recorded_and_not_before() -> None:
    board = ruled(otherwise="always")
    talking(board)
    heard(board, A)
    assert shown(board, "1003") == [], "the journal is ordered, and not there yet"
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert shown(board, "1003") == ["confirmed"]
    hang_up(board, A)
    assert board.all(StopRecording)
    assert shown(board, "1003") == ["confirmed", ""]


def test_a_pause_is_another_state() -> None:
    board = ruled(otherwise="always")
    begun(board)
    (call,) = board.switchboard.calls
    order = partial(RecordingOrdered, call=call, actor="operator/anna", reason="card")
    board.send(order(on=False))
    board.send(order(on=True))
    assert shown(board, "1003") == ["confirmed", "early", "confirmed"]


def test_a_failure_puts_it_out() -> None:
    board = ruled(otherwise="always")
    begun(board)
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="No space left"))
    assert shown(board, "1003") == ["confirmed", ""]


def test_it_is_dark_while_no_worker_records() -> None:
    board = ruled(otherwise="always")
    bob = begun(board)
    recording = board.last(StartRecording).recording
    for leg in (A, bob):
        board.send(LegLost(leg=leg))
    assert shown(board, "1003")[-1] == ""
    board.send(RecordingStarted(recording=recording))
    assert shown(board, "1003") == ["confirmed", "", "confirmed"]


def test_both_extensions_of_a_call_have_one() -> None:
    board = ruled(otherwise="always")
    internal(board)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert shown(board, "1001") == shown(board, "1003") == ["confirmed"]


def test_it_goes_to_whom_the_call_is_transferred_to() -> None:
    board = ruled(otherwise="always")
    bob = begun(board)
    carl = refer(board, bob)
    assert shown(board, "1002") == []
    answer(board, carl)
    heard_by = shown(board, "1002")
    assert heard_by and heard_by[-1] == "confirmed"
    assert shown(board, "1003") == ["confirmed", ""]


def test_a_call_that_is_not_recorded_shows_nothing() -> None:
    board = ruled(otherwise="off")
    hang_up(board, talking(board))
    assert shown(board, "1003") == []


def test_in_a_conference_it_is_on_while_that_keeps_what_one_says() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    order = started(board)
    assert shown(board, "1001")[-1] == shown(board, "1002")[-1] == "confirmed"
    leaves(board, B)
    assert shown(board, "1002")[-1] == ""
    assert shown(board, "1001")[-1] == "confirmed"
    board.send(RecordingFailed(recording=order.recording, reason="No space left"))
    assert shown(board, "1001")[-1] == ""


def test_a_pause_in_a_conference_is_seen_by_all_whom_it_keeps() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    assert key(board, B, on=False).status == 200
    assert shown(board, "1001")[-1] == shown(board, "1002")[-1] == "early"
    comes(board, "c", "1003")
    assert shown(board, "1003") == [], "he hears the announcement alone, at the door"
    assert key(board, A).status == 200
    assert shown(board, "1001")[-1] == shown(board, "1002")[-1] == "confirmed"


def test_of_three_who_talk_each_sees_it() -> None:
    """The recording is of the call that was held; whoever was called meanwhile is in another one."""
    board = Board()
    agent = recorded(board)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    board.send(ReinviteOffered(leg=agent, offer=ANSWER + b"a=sendonly\r\n"))
    offered(board, "b2", "1003", extension)
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=B2))
    assert (shown(board, extension), shown(board, "1003")) == (["confirmed"], [])
    press(board)
    assert shown(board, "1003") == ["confirmed"]
    hold(board, agent, "sendrecv")
    assert shown(board, "1003") == ["confirmed", ""]
    assert shown(board, extension) == ["confirmed"]
