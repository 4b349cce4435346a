"""The record key in a conference: for all who are there, while one who has pressed it is."""

import pytest

from pbx.media.effects import StartRecording, StopRecording
from pbx.recording.rules import Rule
from tests.call.parties import A
from tests.call.rooms import B, C, board_with, comes, facts, key, leaves, started
from tests.call.support import said

pytestmark = pytest.mark.requirement("R-07")


def test_by_key_it_begins_when_somebody_orders_it_and_ends_when_he_has_left() -> None:
    board = board_with("on_demand")
    comes(board, "a", "1001")
    assert key(board, A).status == 403, "nobody talks"
    comes(board, "b", "1002")
    assert not board.all(StartRecording)
    assert key(board, B).status == 200
    order = started(board)
    assert facts(board, "recording.ordered")[-1]["actor"] == "extension/1002"
    leaves(board, A)
    assert not board.all(StopRecording)
    comes(board, "c", "1001")
    leaves(board, B)
    assert board.all(StopRecording) == [StopRecording(recording=order.recording)]
    assert facts(board, "recording.stopped")[-1]["reason"] == "whoever ordered it has left"
    assert key(board, C).status == 403, "he is alone"


def test_while_one_who_ordered_is_there_it_goes_on() -> None:
    board = board_with("on_demand")
    for leg, user in (("a", "1001"), ("b", "1002"), ("c", "1001")):
        comes(board, leg, user)
    key(board, A)
    started(board)
    key(board, B)
    leaves(board, A)
    assert not board.all(StopRecording)
    leaves(board, B)
    assert board.all(StopRecording)


def test_off_pauses_or_ends_the_segment() -> None:
    board = board_with("on_demand")
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    key(board, A)
    started(board)
    assert key(board, B, on=False).status == 200
    assert facts(board, "recording.paused")[-1]["actor"] == "extension/1002"
    assert "The recording is paused." in said(board)
    key(board, A)
    assert facts(board, "recording.resumed")
    board = board_with("segment")
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    key(board, A)
    started(board)
    key(board, A, on=False)
    assert board.all(StopRecording)
    key(board, A)
    assert len(board.all(StartRecording)) == 2


def test_a_stranger_orders_nothing_and_a_rule_may_forbid_it() -> None:
    board = board_with("on_demand")
    comes(board, "a", "1001")
    comes(board, "b")
    assert key(board, B).status == 403
    off = board_with("always", Rule(mode="off", extensions=frozenset({"1003"})))
    comes(off, "a", "1001")
    comes(off, "b", "1003")
    assert key(off, A).status == 403
    assert not off.all(StartRecording)
    leaves(off, B)
    comes(off, "c", "1002")
    assert off.all(StartRecording), "the rule was about somebody who has left"
