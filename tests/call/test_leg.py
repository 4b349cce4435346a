"""When a leg is over, and what the call record keeps of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.call.leg import Leg, LegState
from pbx.call.record import LegRecord
from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg

OFFERED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEG = Leg(
    id=LegId("leg-1"), role="callee", party="extension/1001", number="+441632960100", offered_at=OFFERED
)


@pytest.mark.parametrize("state", LegState)
@pytest.mark.parametrize("port_open", [True, False])
def test_a_leg_is_over_when_the_dialog_ended_and_the_port_is_free(state: LegState, port_open: bool) -> None:
    leg = replace(LEG, state=state, port_open=port_open)
    assert leg.is_over is (state == "ended" and not port_open)


def test_the_record_has_who_when_and_why() -> None:
    answered, ended = OFFERED + timedelta(seconds=3), OFFERED + timedelta(seconds=9)
    leg = replace(LEG, state=LegState.ENDED, answered_at=answered, ended_at=ended, cause="bye")
    assert leg.record() == LegRecord(
        leg=LegId("leg-1"),
        role="callee",
        party="extension/1001",
        number="+441632960100",
        offered_at=OFFERED,
        answered_at=answered,
        ended_at=ended,
        cause="bye",
    )


def test_the_record_of_an_offered_leg_has_no_times_yet() -> None:
    record = LEG.record()
    assert (record.answered_at, record.ended_at, record.cause) == (None, None, "")


def test_an_open_port_is_given_back_once() -> None:
    leg = replace(LEG, port_open=True)
    assert leg.close_port() == [CloseLeg(leg=leg.id)]
    assert leg.close_port() == []
    assert not leg.is_over


def test_a_port_that_is_given_back_to_move_does_not_end_what_is_recorded() -> None:
    leg = replace(LEG, port_open=True)
    assert leg.move_beside(CallId("other")) == [CloseLeg(leg=leg.id, moves=True)]
    assert leg.is_moving


def test_a_port_that_is_not_open_yet_is_not_given_back() -> None:
    assert replace(LEG).close_port() == []
