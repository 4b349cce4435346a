"""Orders about a recording from outside of the call and from its telephones."""

import pytest

from pbx.call.effects import Audit
from pbx.call.events import RecordingOrdered
from pbx.core.ids import CallId, LegId
from pbx.media.effects import NoteInRecording, StartRecording
from pbx.media.events import RecordingStarted
from pbx.sip.record_header import RecordRequested
from tests.call.conftest import Board
from tests.call.support import to_question


def recorded(board: Board) -> CallId:
    """A caller of the support line, whose recording runs."""
    to_question(board)
    order = board.last(StartRecording)
    board.send(RecordingStarted(recording=order.recording))
    return order.call


def facts(board: Board) -> list[tuple[str, object, object]]:
    kept = [
        one.fact for one in board.all(Audit) if one.fact.kind in ("recording.paused", "recording.resumed")
    ]
    return [(fact.kind, fact.details["actor"], fact.details["reason"]) for fact in kept]


@pytest.mark.requirement("R-19")
@pytest.mark.requirement("REC-03")
def test_an_order_pauses_and_goes_on_with_actor_and_reason(board: Board) -> None:
    call = recorded(board)
    board.send(RecordingOrdered(call=call, on=False, actor="operator/ops", reason="card"))
    board.send(RecordingOrdered(call=call, on=False, actor="operator/late", reason=""))
    board.send(RecordingOrdered(call=call, on=True, actor="operator/ops", reason="done"))
    assert facts(board) == [
        ("recording.paused", "operator/ops", "card"),
        ("recording.resumed", "operator/ops", "done"),
    ]
    notes = [one.details for one in board.all(NoteInRecording) if one.kind == "pause"]
    assert notes == [{"on": "true"}, {"on": "false"}]


def test_an_order_for_a_call_that_is_gone_changes_nothing(board: Board) -> None:
    recorded(board)
    assert board.send(RecordingOrdered(call=CallId("x"), on=False, actor="operator/ops", reason="")) == []


def test_the_record_key_of_a_caller_from_the_network_does_nothing(board: Board) -> None:
    recorded(board)
    board.send(RecordRequested(leg=LegId("a"), on=False))
    assert facts(board) == []
