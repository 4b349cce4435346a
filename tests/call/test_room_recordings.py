"""The board of recorded conferences: which events are theirs, and what stays with the calls."""

from dataclasses import replace

import pytest

from pbx.call.effects import SaveConsent
from pbx.call.events import RecordingOrdered
from pbx.media.effects import ChangeSeat, Play, StartRecording, StopRecording
from tests.call.parties import A
from tests.call.rooms import B, C, board_with, comes, facts, gate, press, records, started, told
from tests.call.support import said

pytestmark = pytest.mark.requirement("R-07")


@pytest.mark.requirement("C-06")
def test_a_party_withdraws_and_the_others_go_on() -> None:
    board = board_with()
    board.switchboard.swap(
        {"acme": replace(board.tenant_plan, context=replace(board.tenant_plan.context, withdraw_key="*9"))}
    )
    for leg, user in (("a", "1001"), ("b", "1002"), ("c", "")):
        comes(board, leg, user)
    started(board)
    told(board, C)
    press(board, C, "*", "9")
    assert not gate(board, C) and gate(board, A)
    assert "You are no longer recorded." in said(board)
    assert not board.all(StopRecording)
    states = [one.record.proof.state for one in board.all(SaveConsent)]
    assert states.count("withdrawn") == 2, "in his own call, and in that of the recording"


def test_somebody_outside_pauses_it_by_the_call_of_its_record() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    order = started(board)
    assert set(board.switchboard.rooms) == {order.call}
    board.send(RecordingOrdered(call=order.call, on=False, actor="root", reason="card"))
    assert facts(board, "recording.paused")[-1]["actor"] == "root"
    board.pass_time(301.0)
    assert facts(board, "recording.resumed")[-1]["actor"] == "system"


def test_while_he_is_told_other_keys_are_for_the_room() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    assert [one for one in board.all(Play) if one.leg == B]
    press(board, B, "4")
    assert board.last(ChangeSeat).leg == B
    press(board, B, "#")
    assert facts(board, "conference.left")
    assert not gate(board, B)


def test_a_room_that_no_rule_names_is_none_of_ours() -> None:
    board = board_with("flow")
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    assert not board.all(StartRecording)
    assert not records(board)
