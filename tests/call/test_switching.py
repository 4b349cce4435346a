"""A call whose flow switches a schedule: what is kept, and that callers go by it from then on."""

from dataclasses import replace
from datetime import UTC, datetime, time

from pbx.call.context import CallContext
from pbx.call.effects import SetSchedule
from pbx.call.leg import Leg
from pbx.call.switching import Switching
from pbx.core.ids import CallId, LegId
from pbx.core.wall import Wall
from pbx.ivr.effects import OrderSwitch
from pbx.ivr.events import SwitchEnded
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.switching import SwitchSchedule
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Schedules, Switched
from pbx.sip.effects import HangUp as Bye
from pbx.sip.events import LegConfirmed
from tests.call.conftest import Board
from tests.call.support import SUPPORT, board_with

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIVE = datetime(2026, 11, 30, 17, tzinfo=UTC)
OFFICE = Schedule(name="office", opening=Opening(spans={"mon": ((time(9), time(17)),)}))
KNOWN = Schedules(tenant="acme", schedules={"office": OFFICE})
PARTY = "trunk/carrier"
CLOSED = Switched(position="closed", by=PARTY, at=NOON, until=FIVE)


def ordered(board: Board) -> list[SetSchedule]:
    return [one for one in board.effects if isinstance(one, SetSchedule)]


def switching_board() -> Board:
    step = SwitchSchedule(schedule="office", to="other", open="a", closed="b", failed="c")
    ends = {name: HangUp() for name in "abc"}
    flow = FlowPlan(name="support", start="switch", steps={"switch": step, **ends})

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={"support": flow}, schedules=KNOWN)

    return Board(change=change, wall=Wall(NOON, 100.0))


def test_the_call_waits_until_it_is_kept() -> None:
    board = switching_board()
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=LegId("a")))
    (order,) = ordered(board)
    assert (order.schedule, order.by, order.opens) == ("office", PARTY, False)
    assert order.switched is not None and order.switched.until == FIVE
    done = board.send(SwitchEnded(call=order.call, outcome="closed"))
    assert any(isinstance(one, Bye) for one in done)
    assert board.send(SwitchEnded(call=CallId("gone"), outcome="closed")) == []


def context() -> CallContext:
    return board_with(schedules=KNOWN).tenant_plan.context


def test_what_is_kept() -> None:
    leg = Leg(id=LegId("a"), role="caller", party=PARTY, number="", offered_at=NOON)
    switching = Switching((CallId("one"), leg), context())
    order = switching.order(OrderSwitch(schedule="office", to="other"), NOON)
    assert order == SetSchedule(
        call=CallId("one"), tenant="acme", schedule="office", switched=CLOSED, by=PARTY, opens=False
    )
    back = switching.order(OrderSwitch(schedule="office", to="hours"), NOON)
    assert (back.switched, back.opens) == (None, True)
    gone = switching.order(OrderSwitch(schedule="gone", to="other"), NOON)
    assert (gone.switched, gone.opens) == (None, False)
