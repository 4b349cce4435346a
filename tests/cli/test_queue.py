"""`pbx queue` against the control socket of a running PBX."""

from collections.abc import AsyncIterator

import pytest

from pbx.config.places import Places
from pbx.runner import control
from pbx.runner.control import Control
from pbx.runner.queue_desk import QueueDesk
from tests.call.conftest import Board
from tests.call.queue_callers import calls, queue_board
from tests.cli.conftest import Pbx


@pytest.fixture
async def board(places: Places) -> AsyncIterator[Board]:
    """Nobody is logged in yet."""
    board = queue_board(logged_in=(), empty="never")
    desk = QueueDesk(board.switchboard.queueing.queues, board.send)
    async with await control.listen(places.control_socket, Control(dict, lambda _: None, dict, queues=desk)):
        yield board


@pytest.mark.requirement("ACD-04")
async def test_an_agent_logs_in_pauses_and_is_back(pbx: Pbx, board: Board) -> None:
    assert [one["state"] for one in (await pbx("queue", "agents", "--json")).json] == ["logged_out"] * 2
    (agent,) = (await pbx("queue", "login", "acme/1001", "--json")).json
    assert agent["state"] == "ready"
    (agent,) = (await pbx("queue", "pause", "acme/1001", "--reason", "lunch", "--json")).json
    assert (agent["state"], agent["reason"]) == ("paused", "lunch")
    (agent,) = (await pbx("queue", "resume", "acme/1001", "--json")).json
    assert agent["state"] == "ready"
    (agent,) = (await pbx("queue", "logout", "acme/1001", "--json")).json
    assert agent["state"] == "logged_out"


async def test_who_waits_is_listed_and_put_before_others(pbx: Pbx, board: Board) -> None:
    first, second = calls(board), calls(board, "b")
    (queue,) = (await pbx("queue", "list", "--json")).json
    assert (queue["queue"], queue["waiting"]) == ("support", 2)
    await pbx("queue", "priority", second, "9")
    assert [one["call"] for one in (await pbx("queue", "callers", "--json")).json] == [second, first]
