"""At every moment of a transfer every party may vanish in every way: nobody is left behind (complaint 19)."""

from collections.abc import Callable
from itertools import product

import pytest

from pbx.call.effects import CallFinished, SaveCall
from pbx.call.ending import MAX_CALL_S
from pbx.core.ids import LegId
from pbx.media.events import LegFailed, MediaTimedOut
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import LegEnded, LegRejected, LegRinging
from tests.call.conftest import Board
from tests.call.parties import A, answer, hang_up, refer, talking
from tests.call.test_attended import B2, attend, consulting, ringing

Cast = dict[str, LegId]


def trying(board: Board) -> Cast:
    bob = talking(board)
    return {"stays": A, "leaves": bob, "target": refer(board, bob)}


def rings(board: Board) -> Cast:
    cast = trying(board)
    board.send(LegRinging(leg=cast["target"], status=180))
    return cast


def succeeded(board: Board) -> Cast:
    cast = rings(board)
    answer(board, cast["target"])
    return cast


def left_alone(board: Board) -> Cast:
    cast = rings(board)
    hang_up(board, cast["leaves"])
    return cast


def returning(board: Board) -> Cast:
    cast = left_alone(board)
    board.send(LegRejected(leg=cast["target"], status=486, reason=""))
    return {**cast, "target": board.last(PlaceCall).leg}


def resumed(board: Board) -> Cast:
    cast = rings(board)
    board.send(LegRejected(leg=cast["target"], status=486, reason=""))
    return cast


def joined(board: Board) -> Cast:
    bob, carl = consulting(board)
    attend(board, bob, B2)
    return {"stays": A, "leaves": bob, "target": carl, "second": B2}


def semi_attended(board: Board) -> Cast:
    bob, carl = ringing(board)
    attend(board, bob, B2)
    return {"stays": A, "leaves": bob, "target": carl, "second": B2}


def bye(board: Board, leg: LegId) -> None:
    board.send(LegEnded(leg=leg, by_peer=True, how="bye"))


def silence(board: Board, leg: LegId) -> None:
    board.send(MediaTimedOut(leg=leg, silent_ms=60_000))


def no_port(board: Board, leg: LegId) -> None:
    board.send(LegFailed(leg=leg, reason="gone"))


def refused(board: Board, leg: LegId) -> None:
    board.send(LegRejected(leg=leg, status=603, reason=""))


def picked_up(board: Board, leg: LegId) -> None:
    answer(board, leg)


def nothing(board: Board, leg: LegId) -> None:
    board.pass_time(60.0)


MOMENTS = (trying, rings, succeeded, left_alone, returning, resumed, joined, semi_attended)
WAYS = (bye, silence, no_port, nothing)
OF_TARGET = (refused, picked_up)


def settle(board: Board) -> None:
    """Peers answer our BYEs and CANCELs, until nothing is ordered any more."""
    done: set[LegId] = set()
    for _ in range(20):
        orders = [order.leg for order in board.all(HangUp) if order.leg not in done]
        for leg in orders:
            done.add(leg)
            board.send(LegEnded(leg=leg, by_peer=False, how="bye"))


@pytest.mark.requirement("CF-05")
@pytest.mark.parametrize(
    ("moment", "who", "way"),
    [
        *product(MOMENTS, ("stays", "leaves", "target"), WAYS),
        *product((trying, rings, returning, semi_attended), ("target",), OF_TARGET),
    ],
)
def test_every_leg_ends_and_says_why(
    moment: Callable[[Board], Cast], who: str, way: Callable[[Board, LegId], None]
) -> None:
    board = Board()
    cast = moment(board)
    way(board, cast[who])
    settle(board)
    board.pass_time(120.0)
    settle(board)
    for call in list(board.switchboard.calls.values()):
        legs = call.parts.connect.legs.values()
        talkers = [leg for leg in legs if not leg.is_over]
        assert len(talkers) == 2, "two talk on, or nobody is there"
        assert call.parts.connect.other(talkers[0]) is talkers[1]
    board.pass_time(MAX_CALL_S)
    settle(board)
    board.pass_time(120.0)
    assert not board.switchboard.calls
    records = {save.record.call: save.record for save in board.all(SaveCall)}
    assert len(records) == len(board.all(CallFinished))
    for record in records.values():
        assert record.cause
        assert record.ended_at is not None
        assert all(leg.cause for leg in record.legs), [(leg.party, leg.cause) for leg in record.legs]
