"""A caller speaks to many telephones, which answer by themselves and only listen (CF-21)."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.events import LegLost
from pbx.call.paging import ANSWER_S, MAX_PAGED, OVER
from pbx.core.ids import LegId
from pbx.ivr.paging import Page
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.media.effects import BridgeLegs, JoinRoom, LeaveRoom, Play
from pbx.media.events import MediaTimedOut
from pbx.sip.alert import Alert
from pbx.sip.effects import HangUp as Hang
from pbx.sip.effects import PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, LegRejected
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, end_ours, hang_up

pytestmark = pytest.mark.requirement("CF-21")
TEAM = ("1001", "1002", "1003")


def board_of(most_s: float = 30.0, n_telephones: int = 1) -> Board:
    """The support line pages the team, each of whom has so many telephones."""
    page = Page(target="group/team", most_s=most_s, next="done", none="nobody")
    steps = {"page": page, "done": HangUp(cause="busy"), "nobody": HangUp(cause="no_answer")}
    flow = FlowPlan(name="support", start="page", steps=steps)

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={"support": flow}, groups={"team": TEAM})

    board = Board(change=change)
    ports = range(5080, 5080 + n_telephones)
    board.contacts = {user: tuple(contact(user, port) for port in ports) for user in TEAM}
    return board


def call(board: Board, extension: str = "") -> None:
    if extension:
        board.offer("01632960100", origin=DeviceOrigin(tenant="acme", extension=extension))
    else:
        board.offer("01632960100")
    board.send(LegConfirmed(leg=A))


def paged(board: Board) -> list[LegId]:
    return [order.leg for order in board.all(PlaceCall)]


def answer(board: Board, leg: LegId) -> None:
    board.send(LegAnswered(leg=leg, answer=ANSWER))


def hung_up(board: Board) -> list[LegId]:
    return [order.leg for order in board.all(Hang)]


def test_they_hear_him_and_he_hears_none_of_them() -> None:
    board = board_of()
    call(board)
    first, second, third = paged(board)
    assert {order.alert for order in board.all(PlaceCall)} == {Alert(answer_after_s=0)}
    answer(board, first)
    answer(board, second)
    board.send(LegRejected(leg=third, status=486, reason="Busy"))
    room = board.last(JoinRoom).room
    assert board.all(JoinRoom) == [
        JoinRoom(leg=A, room=room),
        JoinRoom(leg=first, room=room, muted=True),
        JoinRoom(leg=second, room=room, muted=True),
    ]
    assert [play.leg for play in board.all(Play)] == [A], "one tone: he may speak"
    assert board.all(BridgeLegs) == []
    hang_up(board, A)
    assert set(hung_up(board)) >= {first, second}
    end_ours(board)
    assert board.switchboard.calls == {}


def test_the_time_is_up_and_the_flow_goes_on() -> None:
    board = board_of(most_s=20.0)
    call(board)
    for leg in paged(board):
        answer(board, leg)
    board.pass_time(19.9)
    assert hung_up(board) == []
    board.pass_time(0.2)
    assert board.all(LeaveRoom) == [LeaveRoom(leg=A)]
    assert [(one.cause, one.text) for one in board.all(Hang)][:3] == [OVER] * 3
    end_ours(board)
    assert board.record.cause == "busy"


def test_who_only_rings_is_left_out() -> None:
    board = board_of()
    call(board)
    first, second, third = paged(board)
    answer(board, first)
    board.pass_time(ANSWER_S - 0.1)
    assert hung_up(board) == []
    board.pass_time(0.2)
    assert set(hung_up(board)) == {second, third}


def test_nobody_is_there() -> None:
    board = board_of()
    board.contacts = {}
    call(board)
    board.pass_time(0.0)
    end_ours(board)
    assert (board.record.cause, board.all(JoinRoom)) == ("no_answer", [])


def test_all_are_gone_before_the_time_is_up() -> None:
    board = board_of()
    call(board)
    first, *others = paged(board)
    answer(board, first)
    for leg in others:
        board.send(LegRejected(leg=leg, status=480, reason="Unavailable"))
    hang_up(board, first)
    board.pass_time(0.0)
    end_ours(board)
    assert board.record.cause == "busy"


def test_who_has_a_call_is_not_disturbed() -> None:
    board = board_of()
    call(board, extension="1002")
    assert len(paged(board)) == 2, "his own telephone neither"
    hang_up(board, A)
    end_ours(board)
    assert "extension 1002 is engaged: not paged" in board.record.route


@pytest.mark.parametrize(("n_telephones", "n_paged"), [(1, 3), (16, 48), (17, MAX_PAGED)])
def test_a_page_has_at_most_so_many(n_telephones: int, n_paged: int) -> None:
    board = board_of(n_telephones=n_telephones)
    call(board)
    assert len(paged(board)) == n_paged


def test_a_telephone_that_says_nothing_listens_on() -> None:
    board = board_of()
    call(board)
    for leg in paged(board):
        answer(board, leg)
    board.send(MediaTimedOut(leg=paged(board)[0], silent_ms=30_000))
    assert hung_up(board) == []


def test_another_media_worker_seats_them_anew() -> None:
    board = board_of()
    call(board)
    first, second, _ = paged(board)
    answer(board, first)
    board.send(LegLost(leg=second))
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=first))
    room = board.last(JoinRoom).room
    assert board.all(JoinRoom)[2:] == [JoinRoom(leg=A, room=room), JoinRoom(leg=first, room=room, muted=True)]


def test_an_answer_after_the_page_is_hung_up() -> None:
    board = board_of(most_s=3.0)
    call(board)
    first, second, _ = paged(board)
    answer(board, first)
    board.pass_time(3.1)
    answer(board, second)
    assert [one.leg for one in board.all(JoinRoom)] == [A, first]
