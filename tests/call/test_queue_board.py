"""The queues between the calls of a process: orders from outside, and agents who are free again (ACD-04)."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, KeepAgent
from pbx.call.events import PriorityOrdered
from pbx.core.ids import CallId
from pbx.services.agent import AgentState, LogIn, LogOut, Pause, Resume
from pbx.sip.effects import PlaceCall
from pbx.sip.events import TransferRequested
from tests.call.parties import talking
from tests.call.queue_callers import POLICY, agent, answers, calls, end_ours, gone, queue_board, rung, wish
from tests.call.support import facts


@pytest.mark.requirement("ACD-04")
def test_what_an_agent_says_is_kept() -> None:
    board = queue_board()
    wish(board, "1001", Pause(reason="lunch"))
    assert board.last(KeepAgent) == KeepAgent(tenant="acme", extension="1001", is_in=True, pause="lunch")
    wish(board, "1001", LogOut())
    assert board.last(KeepAgent) == KeepAgent(tenant="acme", extension="1001", is_in=False, pause=None)
    assert board.last(Audit).fact.kind == "agent.logged_out"
    wish(board, "1003", LogIn())
    assert len(board.all(KeepAgent)) == 4


@pytest.mark.requirement("ACD-03")
def test_a_caller_is_put_before_another_while_both_wait() -> None:
    board = queue_board(logged_in=("1001",))
    wish(board, "1001", Pause())
    calls(board)
    second = calls(board, "b")
    board.send(PriorityOrdered(call=second, priority=5, actor="test"))
    assert facts(board, "queue.prioritised") == [{"queue": "support", "priority": 5, "actor": "test"}]
    board.send(PriorityOrdered(call=CallId("nobody"), priority=5, actor="test"))
    assert len(facts(board, "queue.prioritised")) == 1
    wish(board, "1001", Resume())
    leg = answers(board)
    assert leg in board.switchboard.calls[second].parts.connect.legs


@pytest.mark.requirement("ACD-04")
def test_an_agent_who_transfers_the_caller_is_free_after_his_own_part() -> None:
    board = queue_board()
    call = calls(board)
    mine = answers(board)
    board.send(TransferRequested(leg=mine, target="1003"))
    answers(board)
    gone(board, mine)
    assert agent(board, "1001").state is AgentState.WRAP_UP
    assert call in board.switchboard.calls


@pytest.mark.requirement("ACD-05")
def test_whoever_picks_the_call_up_is_no_agent_who_missed_it() -> None:
    board = queue_board()
    calls(board)
    answers(board)
    gone(board, "a")
    end_ours(board)
    assert agent(board, "1002").misses == 0
    assert board.switchboard.queueing.queues.deadline is not None
    board.pass_time(10.0)
    assert board.switchboard.queueing.queues.deadline is None


def test_a_reload_gives_the_queue_another_agent() -> None:
    board = queue_board(logged_in=("1001",))
    wish(board, "1001", Pause())
    calls(board)
    board.switchboard.swap({"acme": queue_board(members=("1001", "1002", "1003")).tenant_plan})
    wish(board, "1003", LogIn())
    assert rung(board) == ["1003"]
    assert len(board.all(PlaceCall)) == 1


@pytest.mark.requirement("CF-08")
def test_a_caller_is_sent_to_the_number_of_a_queue() -> None:
    board = queue_board()
    service = replace(POLICY, name="service", login=False)
    context = replace(board.tenant_plan.context, queues={"service": service})
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context)})
    bob = talking(board)
    board.send(TransferRequested(leg=bob, target="8600"))
    assert facts(board, "queue.joined")[0]["queue"] == "service"
    assert rung(board)[-1] == "1001"
