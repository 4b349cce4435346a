"""What an operator sees of queues, and says for agents (ACD-04)."""

import pytest

from pbx.call.pause import MAX_REASON
from pbx.runner.queue_desk import MAX_ACTOR, QueueDesk
from pbx.runner.queue_messages import AskQueues, OrderAgent, OrderPriority, QueuesAre, Said
from pbx.services.agent import Pause
from tests.call.conftest import Board
from tests.call.queue_callers import calls, queue_board, wish


def desk(board: Board) -> QueueDesk:
    return QueueDesk(board.switchboard.queueing.queues, board.send)


def said(
    board: Board, said: Said, reason: str = "", actor: str = "x", extension: str = "1001"
) -> QueuesAre | str:
    order = OrderAgent(tenant="acme", extension=extension, said=said, reason=reason, actor=actor)
    return desk(board).answer(order)


@pytest.mark.requirement("ACD-04")
def test_what_is_said_for_an_agent_is_shown() -> None:
    board = queue_board(logged_in=())
    words: dict[Said, str] = {"login": "ready", "pause": "paused", "resume": "ready"}
    for word, state in {**words, "logout": "logged_out"}.items():
        done = said(board, word, "lunch" if word == "pause" else "")
        assert isinstance(done, QueuesAre)
        assert done.agents[0].state == state


def test_what_cannot_be_done_is_refused() -> None:
    board = queue_board(logged_in=())
    assert said(board, "pause") == "acme/1001 is logged out"
    assert "member of no queue" in str(said(board, "login", extension="1003"))
    assert "actor" in str(said(board, "login", actor=""))
    assert "actor" in str(said(board, "login", actor="x" * (MAX_ACTOR + 1)))
    assert "reason" in str(said(board, "pause", "x" * (MAX_REASON + 1)))
    assert "nobody waits" in str(desk(board).answer(OrderPriority(call="c", priority=1, actor="x")))
    assert "0 to 9" in str(desk(board).answer(OrderPriority(call="c", priority=10, actor="x")))


@pytest.mark.requirement("ACD-15")
def test_who_waits_and_for_whom() -> None:
    board = queue_board()
    wish(board, "1002", Pause())
    first, second = calls(board), calls(board, "b")
    done = desk(board).answer(OrderPriority(call=second, priority=9, actor="x"))
    assert isinstance(done, QueuesAre) and done.callers[0].priority == 9
    found = desk(board).answer(AskQueues())
    assert isinstance(found, QueuesAre)
    (queue,) = found.queues
    assert (queue.queue, queue.waiting, queue.service_level) == ("support", 2, None)
    assert [one.call for one in found.callers] == [second, first]
    assert [one.rings for one in found.callers] == [(), ("1001",)]
    assert [one.state for one in found.agents] == ["offered", "paused"]
    assert desk(board).answer(AskQueues(tenant="umbrella")) == QueuesAre()
