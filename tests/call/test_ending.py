"""The ending of a call begins once and leaves no leg."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.context import CallContext
from pbx.call.ending import CLOSING_S, MAX_CALL_S, Ending
from pbx.core.ids import LegId
from pbx.ivr import steps
from pbx.media.effects import CloseLeg
from pbx.sip.causes import ENDINGS
from pbx.sip.causes import Ending as Word
from pbx.sip.effects import HangUp, PlaceCall, Reject
from pbx.sip.events import LegAnswered, LegConfirmed, LegEnded, LegRejected
from tests.call.conftest import ANSWER, Board, contact


def test_a_call_has_a_longest_length_and_its_ending_a_deadline() -> None:
    ending = Ending(100.0)
    assert MAX_CALL_S > 24 * 3600, "a call of a day is recorded to its end (R-24)"
    assert (ending.due, ending.is_closing) == (100.0 + MAX_CALL_S, False)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    ending.begin("caller", "bye", 200.0, at)
    assert (ending.due, ending.is_closing, ending.is_finished) == (200.0 + CLOSING_S, True, False)
    assert (ending.by, ending.cause, ending.at) == ("caller", "bye", at)


def test_the_next_deadline_is_the_earliest_and_the_parts_count_until_the_ending() -> None:
    ending = Ending(100.0)
    assert ending.earliest((None, 130.0, 120.0)) == 120.0
    assert ending.earliest((None,)) == ending.due
    ending.begin("caller", "bye", 110.0, datetime(2026, 11, 24, tzinfo=UTC))
    assert ending.earliest((120.0,)) == 110.0 + CLOSING_S
    ending.finish(())
    assert ending.earliest((120.0,)) is None


def test_every_leg_is_hung_up_and_gives_its_port_back(board: Board) -> None:
    board.offer("+441632960100")
    board.send(LegConfirmed(leg=LegId("a")))
    effects = board.pass_time(MAX_CALL_S)
    assert [effect for effect in effects if isinstance(effect, HangUp)] == [HangUp(leg=LegId("a"))]
    assert CloseLeg(leg=LegId("a")) in effects
    board.send(LegEnded(leg=LegId("a"), by_peer=False, how="bye"))
    assert not board.switchboard.calls
    assert board.record.cause == "too_long"


@pytest.mark.requirement("SIP-30")
@pytest.mark.rfc("3326", "2")
@pytest.mark.parametrize(
    ("sip", "q850", "told"),
    [(0, 0, (0, 0)), (0, 16, (0, 16)), (408, 0, (408, 102)), (480, 19, (480, 19))],
)
def test_the_causes_of_one_leg_reach_the_other(
    board: Board, sip: int, q850: int, told: tuple[int, int]
) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    board.send(LegEnded(leg=callee, by_peer=True, how="bye", cause=sip, q850=q850))
    assert board.last(HangUp) == HangUp(leg=LegId("a"), cause=told[0], q850=told[1])


@pytest.mark.requirement("SIP-30")
@pytest.mark.rfc("6432", "2")
def test_the_q850_cause_of_a_refusal_reaches_the_caller(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=404, reason="", q850=1))
    assert (board.last(Reject).status, board.last(Reject).q850) == (404, 1)


@pytest.mark.requirement("SIP-30")
@pytest.mark.rfc("3326", "3.1")
def test_phones_that_lost_the_race_log_no_missed_call(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"), contact("1003", 5090))}
    board.offer("+441632960101")
    winner, loser = (placed.leg for placed in board.all(PlaceCall))
    board.send(LegAnswered(leg=winner, answer=ANSWER))
    assert board.all(HangUp) == [HangUp(leg=loser, cause=200, text="Call completed elsewhere")]


@pytest.mark.rfc("3326", "2")
@pytest.mark.parametrize(("cause", "told"), [*ENDINGS.items(), (None, (0, 0))])
def test_a_flow_says_why_the_call_ends(cause: Word | None, told: tuple[int, int]) -> None:
    flow = steps.FlowPlan(name="support", start="end", steps={"end": steps.HangUp(cause=cause)})

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={**context.flows, "support": flow})

    board = Board(change=change)
    board.offer("+441632960100")
    board.send(LegConfirmed(leg=LegId("a")))
    assert board.all(HangUp) == [HangUp(leg=LegId("a"), cause=told[0], q850=told[1])]
    board.send(LegEnded(leg=LegId("a"), by_peer=False, how="bye"))
    assert (board.record.ended_by, board.record.cause) == ("system", cause or "flow_ended")
