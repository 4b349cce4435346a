"""Who wins, who loses and what a caller is told when nobody answers."""

import pytest

from pbx.core.ids import LegId
from pbx.services.ringing import Ringing, RingLost, RingWon

A, B, C = LegId("a"), LegId("b"), LegId("c")


def ringing(*legs: LegId) -> Ringing:
    one = Ringing(lookups=1, due=25.0)
    assert one.found(legs) is None
    return one


def test_the_first_answer_wins_and_ends_the_others() -> None:
    one = ringing(A, B, C)
    assert one.answered(B) == RingWon(winner=B, losers=(A, C))
    assert one.answered(A) is None  # crossed our CANCEL
    assert one.refused(A, 487) is None
    assert one.deadline is None
    assert one.tick(100.0) is None


def test_an_answer_of_a_stranger_is_none() -> None:
    one = ringing(A)
    assert one.answered(B) is None
    assert one.refused(B, 486) is None
    assert one.deadline == 25.0


def test_a_refused_leg_cannot_win_any_more() -> None:
    one = ringing(A, B)
    assert one.refused(A, 486) is None
    assert one.answered(A) is None
    assert one.answered(B) == RingWon(winner=B, losers=())


@pytest.mark.rfc("3261", "16.7")
@pytest.mark.parametrize(
    ("statuses", "outcome", "status"),
    [
        ((480, 486), "busy", 486),
        ((486, 503), "busy", 486),
        ((600, 408), "busy", 600),
        ((603, 404), "busy", 603),
        # §16.7 point 6: "from the lowest response class"; a 503 was the answer here, against it
        ((480, 503), "no_answer", 480),
        ((500, 480), "no_answer", 480),
        ((486, 606), "busy", 606),
        ((486, 603), "busy", 603),
        ((504, 503), "no_answer", 504),
        ((404, 408), "no_answer", 408),
        ((486, 408), "busy", 486),
    ],
)
def test_when_all_have_refused_the_most_telling_status_counts(
    statuses: tuple[int, int], outcome: str, status: int
) -> None:
    one = ringing(A, B)
    assert one.refused(A, statuses[0]) is None
    lost = one.refused(B, statuses[1])
    assert lost is not None
    assert (lost.outcome, lost.status, lost.pending) == (outcome, status, ())
    assert one.deadline is None


def test_time_runs_out_for_those_that_still_ring() -> None:
    one = ringing(A, B)
    one.refused(A, 486)
    assert one.tick(24.9) is None
    assert one.tick(25.0) == RingLost(outcome="no_answer", status=0, pending=(B,))
    assert one.answered(B) is None
    assert one.tick(26.0) is None


def test_a_destination_that_is_still_looked_up_keeps_ringing_alive() -> None:
    one = Ringing(lookups=2, due=25.0)
    assert one.found((A,)) is None
    assert one.refused(A, 486) is None
    assert one.found((B,)) is None
    assert one.answered(B) == RingWon(winner=B, losers=())


def test_nobody_registered_is_480_at_once() -> None:
    one = Ringing(lookups=2, due=25.0)
    assert one.found(()) is None
    assert one.found(()) == RingLost(outcome="no_answer", status=480, pending=())
    assert one.tick(25.0) is None


def test_devices_found_after_the_end_do_not_ring_on() -> None:
    one = Ringing(lookups=2, due=25.0)
    one.found((A,))
    one.answered(A)
    assert one.found(()) is None
    assert one.deadline is None


@pytest.mark.parametrize(
    ("status", "told"),
    [(302, 480), (503, 500), (504, 504), (401, 480), (407, 480), (420, 480), (487, 480), (404, 404)],
)
def test_what_concerns_our_own_invite_is_not_passed_on(status: int, told: int) -> None:
    lost = ringing(A).refused(A, status)
    assert lost is not None
    assert (lost.status, lost.outcome) == (told, "no_answer")


def test_a_leg_that_failed_is_replaced_by_another() -> None:
    ringing = Ringing(lookups=1, due=30.0)
    ringing.found((LegId("a"),))
    ringing.replace(LegId("a"), LegId("b"))
    assert ringing.refused(LegId("a"), 503) is None
    assert ringing.answered(LegId("b")) == RingWon(winner=LegId("b"), losers=())
