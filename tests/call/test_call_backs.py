"""Who is called back when: after the call in which he asked for it, once, and through every gate."""

from dataclasses import replace

import pytest

from pbx.call.call_backs import MAX_WAITING, PATIENCE_S, PAUSE_S
from pbx.call.effects import Audit, KeepCallBack
from pbx.call.events import CallBackPlanned
from pbx.call.quotas import CallLimit, CallLimits
from pbx.core.ids import CallId
from pbx.fraud.policy import AccountPolicy, TollPolicy
from pbx.ivr.steps import Step, StepUp
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegEnded
from pbx.sip.trunk.events import TrunkChanged
from tests.call.called_board import FLOW, POLICY, PURPOSE, A, CalledBoard

BY_CODE = StepUp(ways=("one_time_code",), purpose=PURPOSE, verified="agents", otherwise="bye")


def test_he_is_called_a_moment_after_he_has_hung_up() -> None:
    board = CalledBoard()
    board.planned(board.asks())
    board.finish_prompt()
    board.pass_time(20.0)
    assert board.all(PlaceCall) == []  # his leg is not over yet
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    board.pass_time(PAUSE_S - 0.1)
    assert board.all(PlaceCall) == []
    board.pass_time(0.1)
    assert len(board.all(PlaceCall)) == 1
    board.pass_time(600.0)
    assert len(board.all(PlaceCall)) == 1


def test_who_hangs_up_before_the_end_of_the_sentence_is_called_too() -> None:
    board = CalledBoard()
    asked = board.asks()
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.planned(asked)  # a slow database
    board.pass_time(PAUSE_S)
    assert len(board.all(PlaceCall)) == 1


def test_of_whom_nobody_may_know_is_not_called() -> None:
    board = CalledBoard()
    board.send(CallBackPlanned(asked=board.asks()))
    board.hangs_up()
    board.pass_time(600.0)
    assert board.all(PlaceCall) == [] and board.all(KeepCallBack) == []


def test_who_stays_on_the_line_is_not_called() -> None:
    board = CalledBoard()
    asked = board.asks()
    board.hangs_up()
    board.offer("01632960100", leg="b")
    [other] = board.switchboard.calls
    board.planned(replace(asked, call=other))
    board.pass_time(PATIENCE_S - 0.1)
    assert board.outcomes == []
    board.pass_time(0.1)
    assert board.outcomes == ["gone"] and board.all(PlaceCall) == []


def test_what_the_tolls_forbid_is_not_called() -> None:
    board = CalledBoard()
    nowhere = AccountPolicy(allow=frozenset())
    plan = replace(board.tenant_plan, tolls=TollPolicy(country="GB", default=nowhere))
    board.switchboard.swap({"acme": plan})
    board.planned(board.asks())
    board.hangs_up()
    board.pass_time(PAUSE_S)
    assert board.outcomes == ["barred"] and board.all(PlaceCall) == []
    assert any(one.fact.kind.startswith("fraud.") for one in board.all(Audit))


def test_no_trunk_is_up() -> None:
    board = CalledBoard()
    board.planned(board.asks())
    board.hangs_up()
    board.send(TrunkChanged(tenant="acme", trunk="carrier", state="down", reason="", retry_s=0))
    board.pass_time(PAUSE_S)
    assert board.outcomes == ["no_trunk"]


def test_the_machine_is_full() -> None:
    board = CalledBoard()
    board.planned(board.asks())
    board.switchboard.swap({"acme": board.tenant_plan}, CallLimits(machine=CallLimit(calls=1)))
    board.hangs_up()
    board.offer("01632960100", leg="b")
    board.pass_time(PAUSE_S)
    assert board.outcomes == ["crowded"]


def test_a_reload_may_have_taken_the_flow_away() -> None:
    board = CalledBoard()
    board.planned(board.asks())
    board.hangs_up()
    plan = board.tenant_plan
    board.switchboard.swap({"acme": replace(plan, context=replace(plan.context, flows={}))})
    board.pass_time(PAUSE_S)
    assert board.outcomes == ["gone"]


@pytest.mark.parametrize("other", [FLOW.steps["agents"], BY_CODE])
def test_a_reload_may_have_made_another_step_of_it(other: Step) -> None:
    """Whoever answers would be in it without the question."""
    board = CalledBoard()
    board.planned(board.asks())
    board.hangs_up()
    plan = board.tenant_plan
    changed = {"support": replace(FLOW, steps={**FLOW.steps, "prove": other})}
    board.switchboard.swap({"acme": replace(plan, context=replace(plan.context, flows=changed))})
    board.pass_time(PAUSE_S)
    assert board.outcomes == ["gone"] and board.all(PlaceCall) == []


def test_those_who_wait_are_bounded() -> None:
    board = CalledBoard(POLICY)
    asked = board.asks()
    for n in range(MAX_WAITING):
        board.planned(replace(asked, call=CallId(f"other-{n}")))
    assert board.outcomes == []
    board.planned(asked)
    assert board.outcomes == ["crowded"]
