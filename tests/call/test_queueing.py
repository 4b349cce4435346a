"""Agents' telephones ring for whoever waits, one round after the other, in one call (ACD-04 to ACD-06)."""

import pytest

from pbx.call.effects import Audit, KeepAgent
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import BridgeLegs, Play, SetMusic, StartRecording
from pbx.media.events import DigitReceived
from pbx.services.agent import MISSED, AgentState, LogOut, Pause, Resume
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import DeviceOrigin, LegRejected, LegRinging
from tests.call.conftest import Board
from tests.call.queue_callers import NAME, agent, answers, calls, end_ours, gone, queue_board, rung, wish
from tests.call.support import facts, said

A, B = LegId("a"), LegId("b")


@pytest.fixture
def board() -> Board:
    return queue_board()


@pytest.mark.requirement("ACD-04")
def test_a_caller_is_put_through_to_the_agent_who_answers(board: Board) -> None:
    call = calls(board)
    assert rung(board) == ["1001"]
    assert board.last(SetMusic).music is not None and not board.all(Play)
    leg = answers(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=leg)
    assert board.last(SetMusic).music is None
    assert agent(board, "1001").state is AgentState.BUSY
    told = facts(board, "queue.answered")
    assert told == [{"queue": "support", "agent": "extension/1001", "waited_s": 0, "tries": 1}]
    assert "queue support rings 1001" in board.switchboard.calls[call].record().route


@pytest.mark.requirement("ACD-07")
def test_the_agent_has_time_for_himself_after_the_talk(board: Board) -> None:
    calls(board)
    answers(board)
    gone(board, A)
    end_ours(board)
    assert agent(board, "1001").state is AgentState.WRAP_UP
    board.pass_time(10.0)
    assert agent(board, "1001").state is AgentState.READY


@pytest.mark.requirement("ACD-07")
def test_who_waits_rings_at_the_end_of_the_wrap_up_without_another_event() -> None:
    board = queue_board(logged_in=("1001",))
    calls(board)
    answers(board)
    calls(board, "b")
    assert rung(board) == ["1001"]
    gone(board, A)
    end_ours(board)
    assert len(board.all(PlaceCall)) == 1
    board.pass_time(10.0)
    assert len(board.all(PlaceCall)) == 2


@pytest.mark.requirement("ACD-06")
def test_who_misses_too_many_in_a_row_pauses_and_is_kept_so() -> None:
    board = queue_board(logged_in=("1001",), max_misses=2, retry_s=5.0)
    calls(board)
    board.pass_time(20.0)
    assert agent(board, "1001").misses == 1
    end_ours(board)
    board.pass_time(5.0)
    assert len(board.all(PlaceCall)) == 2
    board.pass_time(20.0)
    assert agent(board, "1001").state is AgentState.PAUSED
    assert board.last(KeepAgent) == KeepAgent(tenant="acme", extension="1001", is_in=True, pause=MISSED)
    end_ours(board)
    wish(board, "1001", Resume())
    assert agent(board, "1001").state is AgentState.OFFERED


@pytest.mark.requirement("ACD-06")
def test_who_is_on_the_line_has_missed_nothing() -> None:
    board = queue_board(logged_in=("1001",), max_misses=1)
    calls(board)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=486, reason="Busy Here"))
    assert (agent(board, "1001").state, agent(board, "1001").misses) == (AgentState.READY, 0)
    board.pass_time(4.9)
    assert len(board.all(PlaceCall)) == 1
    board.pass_time(0.1)
    assert len(board.all(PlaceCall)) == 2


@pytest.mark.requirement("ACD-05")
def test_nobody_rings_while_a_telephone_of_his_is_in_use(board: Board) -> None:
    board.offer("1003", origin=DeviceOrigin(tenant="acme", extension="1001"), leg="x")
    calls(board)
    assert rung(board)[-1] == "1002"
    answers(board)
    calls(board, "b")
    assert len(board.all(PlaceCall)) == 2
    gone(board, "x")
    end_ours(board)
    assert rung(board)[-1] == "1001"


@pytest.mark.requirement("ACD-05")
def test_an_agent_rings_for_one_caller_at_a_time(board: Board) -> None:
    calls(board)
    calls(board, "b")
    calls(board, "c")
    assert rung(board) == ["1001", "1002"]


@pytest.mark.requirement("REC-02")
def test_the_next_round_is_in_the_same_call(board: Board) -> None:
    call = calls(board)
    board.pass_time(20.0)
    end_ours(board)
    assert rung(board) == ["1001", "1002"]
    answers(board)
    assert facts(board, "queue.answered")[0]["tries"] == 2
    assert list(board.switchboard.calls) == [call]
    assert len({one.recording for one in board.all(StartRecording)}) <= 1


@pytest.mark.requirement("ACD-08")
def test_a_key_counts_while_an_agent_rings_and_lets_him_go(board: Board) -> None:
    calls(board)
    rings = board.last(PlaceCall).leg
    board.send(LegRinging(leg=rings, status=180))
    queue_key = queue_board(exit_key="0")
    calls(queue_key)
    rings = queue_key.last(PlaceCall).leg
    queue_key.send(LegRinging(leg=rings, status=180))
    queue_key.send(DigitReceived(leg=A, digit=Secret("0"), duration_ms=80))
    assert said(queue_key)[-1] == "As you wish."
    assert [one.leg for one in queue_key.all(HangUp)] == [rings]
    assert agent(queue_key, "1001").state is AgentState.READY
    assert facts(queue_key, "queue.left")[0]["outcome"] == "exit"


@pytest.mark.requirement("ACD-09")
def test_whoever_has_waited_too_long_goes_another_way() -> None:
    board = queue_board(max_wait_s=30.0)
    wish(board, "1001", Pause())
    wish(board, "1002", Pause())
    calls(board)
    board.pass_time(29.9)
    assert said(board) == []
    board.pass_time(0.1)
    assert said(board) == ["Nobody has answered."]
    assert board.last(SetMusic).music is None


@pytest.mark.requirement("ACD-09")
def test_nobody_waits_for_nobody() -> None:
    board = queue_board(logged_in=())
    calls(board)
    assert said(board) == ["Nobody is there."]
    assert not board.all(SetMusic)


@pytest.mark.requirement("ACD-09")
def test_the_last_agent_who_goes_sends_the_callers_on() -> None:
    board = queue_board(logged_in=("1001",))
    calls(board)
    answers(board)
    calls(board, "b")
    wish(board, "1001", LogOut())
    assert said(board) == ["Nobody is there."]
    assert agent(board, "1001").state is AgentState.BUSY


@pytest.mark.requirement("ACD-09")
def test_one_more_than_may_wait_goes_another_way() -> None:
    board = queue_board(logged_in=("1001",), max_length=1)
    calls(board)
    answers(board)
    calls(board, "b")
    assert said(board) == []
    calls(board, "c")
    assert said(board) == ["Too many wait."]


def test_whoever_hangs_up_frees_the_agent_that_rings(board: Board) -> None:
    calls(board)
    gone(board, A)
    end_ours(board)
    assert agent(board, "1001").state is AgentState.READY
    assert not board.switchboard.calls
    assert facts(board, "queue.left")[0]["outcome"] == "abandoned"


def test_all_ring_and_the_losers_have_missed_nothing() -> None:
    board = queue_board(strategy="ring_all")
    calls(board)
    assert rung(board) == ["1001", "1002"]
    answers(board)
    assert agent(board, "1001").misses == 0
    assert [agent(board, one).state for one in ("1001", "1002")] == [AgentState.READY, AgentState.BUSY]


def test_an_agent_who_cannot_be_reached_has_missed_the_call() -> None:
    board = queue_board(max_misses=1)
    board.contacts = {}
    calls(board)
    assert agent(board, "1001").pause == MISSED and agent(board, "1002").pause == MISSED


def test_what_agents_say_is_on_record_with_how_long_it_was_otherwise(board: Board) -> None:
    wish(board, "1001", Pause(reason="lunch"))
    board.pass_time(60.0)
    wish(board, "1001", Resume())
    kinds = [(one.fact.kind, one.fact.details) for one in board.all(Audit)][-2:]
    assert kinds == [
        ("agent.paused", {"agent": "1001", "lasted_s": 0, "actor": "test", "reason": "lunch"}),
        ("agent.ready", {"agent": "1001", "lasted_s": 60, "actor": "test"}),
    ]


@pytest.mark.requirement("ACD-15")
def test_every_caller_is_counted_once(board: Board) -> None:
    calls(board)
    answers(board)
    calls(board, "b")
    board.pass_time(6.0)
    gone(board, B)
    counts = board.switchboard.queueing.queues.counts(NAME)
    assert (counts.answered, counts.in_time, counts.abandoned, counts.short) == (1, 1, 1, 0)
    assert counts.service_level == 0.5
