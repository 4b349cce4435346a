"""The ending of a call begins once and leaves no leg."""

from datetime import UTC, datetime

from pbx.call.ending import CLOSING_S, MAX_CALL_S, Ending
from pbx.core.ids import LegId
from pbx.media.effects import CloseLeg
from pbx.sip.effects import HangUp
from pbx.sip.events import LegConfirmed, LegEnded
from tests.call.conftest import Board


def test_a_call_has_a_longest_length_and_its_ending_a_deadline() -> None:
    ending = Ending(100.0)
    assert (ending.due, ending.is_closing) == (100.0 + MAX_CALL_S, False)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    ending.begin("caller", "bye", 200.0, at)
    assert (ending.due, ending.is_closing, ending.is_finished) == (200.0 + CLOSING_S, True, False)
    assert (ending.by, ending.cause, ending.at) == ("caller", "bye", at)


def test_every_leg_is_hung_up_and_gives_its_port_back(board: Board) -> None:
    board.offer("+441632960100")
    board.send(LegConfirmed(leg=LegId("a")))
    effects = board.pass_time(MAX_CALL_S)
    assert [effect for effect in effects if isinstance(effect, HangUp)] == [HangUp(leg=LegId("a"))]
    assert CloseLeg(leg=LegId("a")) in effects
    board.send(LegEnded(leg=LegId("a"), by_peer=False, how="bye"))
    assert not board.switchboard.calls
    assert board.record.cause == "too_long"
