"""Who of a call talks with whom."""

from pbx.call.early_media import RINGBACK
from pbx.media.effects import BridgeLegs, Play, UnbridgeLeg
from tests.call.conftest import Board
from tests.call.parties import A, talking


def test_parted_and_joined_again(board: Board) -> None:
    bob = talking(board)
    connect = next(iter(board.switchboard.calls.values())).parts.connect
    alice, other = connect.legs[A], connect.legs[bob]
    assert (connect.other(alice), connect.other(other)) == (other, alice)
    assert connect.part(other) == [UnbridgeLeg(leg=bob)]
    assert (connect.caller, connect.winner, connect.other(alice)) == (other, None, None)
    (ringback,) = connect.ringback()
    assert isinstance(ringback, Play)
    assert (ringback.leg, ringback.token) == (bob, RINGBACK)
    assert connect.join(alice, other) == [BridgeLegs(a=A, b=bob)]
    connect.wait(alice)
    assert connect.caller is alice
    connect.wait(other)
    assert (connect.caller, connect.winner) == (other, alice)
