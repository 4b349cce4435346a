"""The caller's side of a queue: music, announcements, and what is on record of it (ACD-08)."""

from dataclasses import replace

import pytest

from pbx.ivr.steps import HangUp, Queue
from pbx.media.effects import SetMusic
from pbx.services.agent import Pause
from pbx.services.queue_policy import Announcements
from tests.call.conftest import Board
from tests.call.queue_callers import STEP, agent, calls, gone, queue_board, wish
from tests.call.support import facts, said

TOLD = Announcements(first_s=5.0, every_s=30.0, position="You are number {position}.", comfort="Please hold.")


def alone(max_wait_s: float = 300.0) -> Board:
    """Nobody is free: both agents pause."""
    board = queue_board(announcements=TOLD, max_wait_s=max_wait_s)
    for extension in ("1001", "1002"):
        wish(board, extension, Pause())
    return board


@pytest.mark.requirement("ACD-08")
def test_he_hears_where_he_stands_over_the_music() -> None:
    board = alone()
    calls(board)
    calls(board, "b")
    board.pass_time(5.0)
    assert said(board) == ["You are number 1", "Please hold.", "You are number 2", "Please hold."]
    assert all(one.music is not None for one in board.all(SetMusic))


@pytest.mark.requirement("ACD-08")
def test_nobody_is_told_anything_while_an_agent_rings() -> None:
    board = queue_board(announcements=TOLD)
    calls(board)
    board.pass_time(19.9)
    assert said(board) == []


@pytest.mark.requirement("API-09")
def test_the_record_says_when_he_came_and_how_he_left() -> None:
    board = alone(max_wait_s=60.0)
    call = calls(board)
    assert facts(board, "queue.joined") == [{"queue": "support", "position": 1, "priority": 0}]
    board.pass_time(60.0)
    assert facts(board, "queue.left")[0] == {
        "queue": "support",
        "outcome": "timeout",
        "waited_s": 60,
        "tries": 0,
    }
    route = board.switchboard.calls[call].record().route
    assert "queue joined support: position 1" in route and "outcome timeout" in route


def test_a_refused_caller_is_on_record_too() -> None:
    board = queue_board(logged_in=())
    calls(board)
    assert facts(board, "queue.refused") == [{"queue": "support", "reason": "no_agents"}]


@pytest.mark.requirement("ACD-03")
def test_the_step_gives_a_priority() -> None:
    board = queue_board(replace(STEP, priority=4))
    calls(board)
    assert facts(board, "queue.joined")[0]["priority"] == 4


def test_who_waits_in_a_second_queue_of_the_flow_is_in_it_alone() -> None:
    step = Queue(queue="support", timeout="again", full=None, no_agents=None)
    board = alone(max_wait_s=30.0)
    context = board.tenant_plan.context
    flow = context.flows["support"]
    again = replace(flow, steps={**flow.steps, "wait": step, "again": replace(step, timeout=None)})
    plan = replace(board.tenant_plan, context=replace(context, flows={**context.flows, "support": again}))
    board.switchboard.swap({"acme": plan})
    call = calls(board)
    board.pass_time(30.0)
    assert board.switchboard.queueing.queues.queue_of(call) == "support"
    assert len(facts(board, "queue.joined")) == 2
    board.pass_time(30.0)
    assert board.switchboard.queueing.queues.queue_of(call) == ""
    assert isinstance(flow.steps["late"], HangUp)


def test_whoever_has_left_the_call_waits_no_more() -> None:
    board = alone()
    calls(board)
    board.pass_time(5.0)
    gone(board, "a")
    assert not board.switchboard.queueing.queues.is_waiting
    assert agent(board, "1001").pause == ""
