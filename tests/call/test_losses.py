"""What is left of a call when one of its legs, or its media, is lost."""

import pytest

from pbx.call.connect import Connect
from pbx.call.effects import Audit
from pbx.call.leg import LegState
from pbx.call.losses import NOTHING, Losses
from pbx.core.ids import LegId
from pbx.media.events import LegClosed, LegFailed, LegStats, MediaTimedOut
from pbx.sip.effects import HangUp
from pbx.sip.events import LegEnded
from tests.call.conftest import Board
from tests.call.parties import A, refer, talking


def losses(board: Board) -> tuple[Losses, Connect]:
    call = next(iter(board.switchboard.calls.values()))
    return call._losses, call._connect


def test_either_of_two_who_talk_ends_the_call(board: Board) -> None:
    bob = talking(board)
    of, connect = losses(board)
    loss = of.of(LegEnded(leg=bob, by_peer=True, how="bye"), board.now)
    assert (loss.by, loss.cause, loss.status) == ("callee", "bye", 0)
    assert connect.legs[bob].state is LegState.ENDED
    loss = of.of(LegEnded(leg=A, by_peer=False, how="bye"), board.now)
    assert (loss.by, loss.cause) == ("system", "bye")


def test_the_callers_port_is_the_callers_call(board: Board) -> None:
    talking(board)
    of, _ = losses(board)
    loss = of.of(LegFailed(leg=A, reason="x"), board.now)
    (fact,) = loss.effects
    assert loss.status == 503 and isinstance(fact, Audit)
    assert (fact.fact.kind, fact.fact.details) == ("media.refused", {"reason": "x"})
    assert of.of(MediaTimedOut(leg=A, silent_ms=1), board.now).cause == "media_timeout"


@pytest.mark.requirement("CF-04")
def test_a_transferor_takes_nobody_with_him(board: Board) -> None:
    bob = talking(board)
    refer(board, bob)
    of, _ = losses(board)
    for event in (MediaTimedOut(leg=bob, silent_ms=1), LegFailed(leg=bob, reason="x")):
        loss = of.of(event, board.now)
        assert (loss.effects, loss.cause, loss.lost) == ((HangUp(leg=bob),), "", None)
    assert of.of(LegEnded(leg=bob, by_peer=True, how="bye"), board.now).cause == ""


def test_a_port_given_back_and_a_leg_nobody_knows_are_nothing(board: Board) -> None:
    talking(board)
    of, connect = losses(board)
    assert of.of(LegClosed(leg=A, stats=LegStats()), board.now) == NOTHING
    assert not connect.legs[A].port_open
    assert of.of(LegEnded(leg=LegId("?"), by_peer=True, how="bye"), board.now) == NOTHING
