"""The switchboard: one call's events never reach another, nothing of an ended call is kept."""

from dataclasses import replace

from pbx.call.effects import CallFinished
from pbx.call.ending import MAX_CALL_S
from pbx.call.events import CallFailed
from pbx.core.ids import CallId, LegId
from pbx.media.events import MediaStarted
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import HangUp, Reject
from pbx.sip.events import LegConfirmed, LegEnded, TrunkOrigin
from tests.call.conftest import Board

ECHO = "+441632960102"


def test_an_unknown_number_is_404_and_no_call(board: Board) -> None:
    board.offer("+441632960199")
    assert board.last(Reject).status == 404
    assert not board.switchboard.calls


def test_a_foreign_tenant_is_404(board: Board) -> None:
    board.offer(ECHO, origin=TrunkOrigin(trunk="carrier", tenant="other"))
    assert board.last(Reject).status == 404


def test_events_of_unknown_legs_and_calls_do_nothing(board: Board) -> None:
    board.offer(ECHO)
    assert board.send(MediaStarted(leg=LegId("ghost"))) == []
    assert board.send(CallFailed(call=CallId("ghost"), cause="x")) == []


def test_a_swap_changes_new_calls_only(board: Board) -> None:
    board.offer(ECHO)
    board.switchboard.swap({})
    board.send(LegConfirmed(leg=LegId("a")))
    assert board.switchboard.calls
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="bye"))
    board.offer(ECHO)
    assert board.last(Reject).status == 404


def test_a_call_that_nobody_ends_is_ended_and_forgotten(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=LegId("a")))
    board.pass_time(MAX_CALL_S + 3600.0)
    assert board.last(HangUp).leg == "a"
    assert isinstance(board.effects[-1], CallFinished)
    assert not board.switchboard.calls
    assert board.switchboard.deadline is None


def test_what_an_ended_call_owned_reaches_nobody(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=LegId("a")))
    late = MediaStarted(leg=LegId("a"))
    assert board.switchboard.owner(late) is not None
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="bye"))
    assert len(board.all(CallFinished)) == 1
    assert board.switchboard.owner(late) is None
    assert board.send(late) == []


def test_a_call_that_is_not_recorded_and_takes_no_message_may_be_anywhere(board: Board) -> None:
    board.offer(ECHO)
    (call,) = board.switchboard.calls
    assert board.switchboard.may_record(call)
    assert board.switchboard.may_record(CallId("ghost"))
    plan = board.tenant_plan
    every, quiet = plan.context.flows, {"echo": plan.context.flows["echo"]}
    for records, flows, kept in ((False, quiet, False), (True, quiet, True), (False, every, True)):
        context = replace(
            plan.context, recording=RecordingRules(otherwise="flow" if records else "off"), flows=flows
        )
        board.switchboard.swap({"acme": replace(plan, context=context)})
        assert board.switchboard.may_record(call) is kept
