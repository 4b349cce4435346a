"""Numbers outside that a flow calls: limits of the account, and recordings that have to be, hold (CF-12)."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.core.ids import LegId
from pbx.fraud.policy import AccountPolicy, TollPolicy
from pbx.ivr.steps import FlowPlan, HangUp, Ring
from pbx.ivr.timing import Timing
from pbx.media.effects import BridgeLegs, Play, StartRecording
from pbx.media.events import RecordingFailed, RecordingStarted
from pbx.sip.effects import HangUp as Hang
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed, TransferRequested
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, end_ours, hang_up, offered, talking
from tests.call.test_acceptance import mobile, press
from tests.call.test_telling import ruled

pytestmark = pytest.mark.requirement("CF-12")
MOBILE, ABROAD = "number/07700 900999", "number/+33612345678"
TIMINGS = {target: Timing(account="1001") for target in (MOBILE, ABROAD)}


def flow_of(*targets: str) -> FlowPlan:
    ring = Ring(
        target=targets[0], others=targets[1:], ring_s=40.0, no_answer="gone", busy="gone", timings=TIMINGS
    )
    return FlowPlan(name="support", start="ring", steps={"ring": ring, "gone": HangUp(cause="no_answer")})


def begin(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    board.offer("01632960100")
    board.send(LegConfirmed(leg=A))


def guarded(*targets: str, policy: TollPolicy) -> Board:
    board = Board()
    context = replace(board.tenant_plan.context, flows={"support": flow_of(*targets)})
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context, tolls=policy)})
    begin(board)
    return board


@pytest.mark.requirement("FRD-01")
def test_a_number_that_the_account_may_not_call_is_left_out() -> None:
    board = guarded("extension/1001", ABROAD, policy=TollPolicy(country="GB"))
    (desk,) = [order.leg for order in board.all(PlaceCall)]
    refused = [one.fact.details["account"] for one in board.all(Audit) if one.fact.kind == "fraud.refused"]
    assert refused == ["1001"]
    board.send(LegAnswered(leg=desk, answer=ANSWER))
    hang_up(board, desk)
    end_ours(board)
    assert "+336******78 may not be called: skipped" in board.record.route


@pytest.mark.requirement("FRD-01")
def test_an_account_that_may_send_nothing_on_calls_nobody() -> None:
    nothing = AccountPolicy(forward=frozenset())
    board = guarded(MOBILE, policy=TollPolicy(country="GB", default=nothing))
    end_ours(board)
    assert board.all(PlaceCall) == []
    assert board.record.cause == "no_answer", "the flow has gone on"


@pytest.mark.requirement("CF-05")
def test_who_is_asked_is_asked_anew_for_the_one_to_whom_the_call_is_transferred() -> None:
    board = Board(change=lambda context: replace(context, flows={"support": flow_of(MOBILE)}))
    bob = talking(board)
    offered(board, "b2", "01632960100", "1003")
    board.send(LegConfirmed(leg=LegId("b2")))
    out = mobile(board)
    board.send(LegAnswered(leg=out, answer=ANSWER))
    board.send(TransferRequested(leg=bob, target="1002", is_attended=True, replaced=LegId("b2")))
    heard = [play for play in board.all(Play) if play.leg == out]
    assert len(heard) == 2
    press(board, out, "1")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=out)


def recorded() -> Board:
    def change(context: CallContext) -> CallContext:
        return replace(context, on_recording_failure="refuse", flows={"support": flow_of(MOBILE)})

    board = ruled(otherwise="always", change=change)
    begin(board)
    board.send(LegAnswered(leg=mobile(board), answer=ANSWER))
    return board


@pytest.mark.requirement("R-16")
def test_nothing_is_recorded_before_the_key_and_nobody_talks_before_the_journal() -> None:
    board = recorded()
    assert board.all(StartRecording) == []
    press(board, mobile(board), "1")
    assert board.all(BridgeLegs) == []
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=mobile(board))


@pytest.mark.requirement("R-16")
def test_who_took_the_call_is_let_go_when_it_cannot_be_recorded() -> None:
    board = recorded()
    press(board, mobile(board), "1")
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="No space left"))
    assert board.all(BridgeLegs) == []
    assert mobile(board) in [order.leg for order in board.all(Hang)]
