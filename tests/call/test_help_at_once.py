"""A call for help passes every gate at once: with all of them configured it waits for nothing more (C-11)."""

from dataclasses import replace
from statistics import median
from time import perf_counter

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import PreparePrompts, SaveConsent
from pbx.call.quotas import CallLimit
from pbx.consent.known import Known
from pbx.media.effects import StartRecording
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import PlaceCall
from tests.call.conftest import Board, sample
from tests.call.parties import A, hang_up
from tests.call.test_telling import DESK, everybody
from tests.call.test_tongues import customer

pytestmark = pytest.mark.requirement("C-11")
CALLS = 200
MOST_S = 0.05


def gated(context: CallContext) -> CallContext:
    """Everything that may hold up, question, record, refuse or end another call."""
    return replace(
        everybody(context),
        overlays=("fca", "vulnerable"),
        floors={"GB": "optin_all"},
        customers=customer(Known(language="fr-FR", places=("DE",), is_vulnerable=True)),
        withdraw_key="*9",
        may_withdraw=False,
        on_recording_failure="refuse",
        trunk_limits={"carrier": 1},
    )


def board_of(*, has_gates: bool) -> Board:
    if not has_gates:
        return Board(recording=RecordingRules(otherwise="off"), ports=2 * CALLS)
    board = Board(recording=RecordingRules(otherwise="always"), change=gated, ports=2 * CALLS)
    tenant = sample()
    plan = replace(
        board.tenant_plan,
        limit=CallLimit(calls=1, calls_per_s=1.0),
        tolls=tenant.tolls,
        marketing=tenant.marketing,
    )
    board.switchboard.swap({"acme": plan}, None)
    return board


def placed_in(board: Board, leg: str) -> float:
    """Seconds from the INVITE of a telephone until ours to the carrier is ordered, nobody having waited."""
    n_before, began = len(board.all(PlaceCall)), perf_counter()
    effects = board.offer("999", origin=DESK, leg=leg)
    took_s = perf_counter() - began
    (order,) = [one for one in effects if isinstance(one, PlaceCall)]
    assert len(board.all(PlaceCall)) == n_before + 1 and order.leg != leg
    return took_s


@pytest.mark.parametrize("has_gates", [False, True])
def test_the_invite_leaves_with_the_event_that_asks_for_it(has_gates: bool) -> None:
    board = board_of(has_gates=has_gates)
    placed_in(board, "a")
    assert (board.all(PreparePrompts), board.all(SaveConsent), board.all(StartRecording)) == ([], [], [])
    assert board.now == 100.0
    placed_in(board, "x")  # beyond the limits of calls, trunk and money too
    hang_up(board, A)


@pytest.mark.proof
def test_200_calls_with_all_gates_and_without() -> None:
    took = {}
    for has_gates in (False, True):
        board = board_of(has_gates=has_gates)
        took[has_gates] = [placed_in(board, f"leg{n}") for n in range(CALLS)]
    more_s = median(took[True]) - median(took[False])
    print(f"\n{median(took[False]) * 1e6:.0f} us without, {median(took[True]) * 1e6:.0f} us with all gates")
    assert more_s < MOST_S
