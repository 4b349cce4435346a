"""Who of a call can be heard."""

from dataclasses import replace

from pbx.call.audible import audible, holds, is_away
from pbx.call.leg import LegState
from tests.call.conftest import Board
from tests.call.parties import A, talking


def test_two_who_talk_are_audible_until_one_is_away(board: Board) -> None:
    bob = talking(board)
    (call,) = board.switchboard.calls.values()
    connect = call.parts.connect
    caller, callee = connect.legs[A], connect.legs[bob]
    assert audible(connect) == (caller, callee)
    callee.is_lost = True
    assert (is_away(callee), audible(connect)) == (True, None)
    callee.is_lost, callee.state = False, LegState.ENDED
    assert is_away(callee)


def test_who_hears_nothing_by_its_own_wish_holds(board: Board) -> None:
    bob = talking(board)
    (call,) = board.switchboard.calls.values()
    leg = call.parts.connect.legs[bob]
    assert leg.audio is not None and not holds(leg)
    leg.audio = replace(leg.audio, direction="recvonly")
    assert holds(leg)
