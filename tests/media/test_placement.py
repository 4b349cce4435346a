"""Which worker gets a leg."""

import pytest

from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.overload import CALM_REPORTS, LATE_REPORTS, MAX_LATE_MS
from pbx.media.placement import Placement

A, B, C, D = (LegId(name) for name in "abcd")
ONE, TWO, THREE = (CallId(name) for name in ("one", "two", "three"))
REC = RecordingId("rec")


@pytest.fixture
def placement() -> Placement:
    """Two workers that serve."""
    made = Placement()
    made.up(0)
    made.up(1)
    return made


def test_load_is_counted_in_legs(placement: Placement) -> None:
    assert placement.place(A, ONE) == 0
    assert placement.place(B, ONE) == 0
    assert placement.place(C, TWO) == 1
    assert placement.place(D, THREE) == 1  # one call each, but one leg against two
    placement.forget(C)
    placement.forget(D)
    assert (placement.n_legs(0), placement.n_legs(1)) == (2, 0)


def test_a_leg_goes_to_its_call_or_to_the_call_beside(placement: Placement) -> None:
    placement.place(A, ONE)
    assert placement.place(B, TWO, beside=ONE) == 0
    assert placement.place(C, TWO) == 0
    assert placement.place(D, THREE, beside=CallId("ended")) == 1
    placement.drains(0)  # it would refuse a call that it does not have
    assert placement.place(LegId("e"), CallId("four"), beside=ONE) == 1


def test_a_leg_stays_where_it_is(placement: Placement) -> None:
    placement.place(A, ONE)
    assert placement.place(A, TWO) == 0
    assert placement.worker(B) is None
    placement.forget(B)


@pytest.mark.requirement("MED-16")
def test_a_draining_or_slow_worker_gets_no_new_calls(placement: Placement) -> None:
    placement.place(A, ONE)
    placement.drains(0)
    assert placement.place(B, ONE) == 0  # of a call that it has
    assert [placement.place(LegId(f"n{n}"), CallId(f"n{n}")) for n in range(5)] == [1] * 5
    placement.slow(1, is_slow=True)
    assert placement.place(C, TWO) is None
    assert placement.worker(C) is None
    placement.slow(1, is_slow=False)
    assert placement.place(C, TWO) == 1


def test_a_dead_worker_has_nothing_and_its_successor_begins_anew(placement: Placement) -> None:
    placement.place(A, ONE)
    placement.place(B, ONE)
    placement.record(REC, A)
    placement.drains(0)
    assert placement.down(0) == {A: ONE, B: ONE}
    assert placement.worker(A) is None and placement.recorder(REC) is None
    assert placement.place(A, ONE) == 1
    placement.down(1)
    assert placement.place(B, ONE) is None
    placement.up(0)
    assert placement.place(B, ONE) == 0


def test_a_process_that_ends_late_takes_nothing_with_it(placement: Placement) -> None:
    """It gave its legs up before; its orders and its end come when another one has them."""
    placement.place(A, ONE)
    placement.down(0)
    placement.drains(0)
    placement.slow(0, is_slow=True)
    assert placement.place(A, ONE) == 1
    assert placement.down(0) == {}
    assert placement.worker(A) == 1


def test_recordings_are_found_by_their_leg_once(placement: Placement) -> None:
    placement.place(A, ONE)
    assert placement.record(REC, B) is None
    assert placement.record(REC, A) == placement.recorder(REC) == 0
    placement.recorded(REC)
    assert placement.recorder(REC) is None


def test_a_call_that_stays_goes_to_no_other_machine() -> None:
    placement = Placement()
    for worker in range(3):
        placement.up(worker, is_remote=worker == 2)
    assert [placement.place(LegId(f"k{n}"), CallId(f"k{n}"), stays=True) for n in range(4)] == [0, 1, 0, 1]
    assert placement.place(A, ONE) == 2
    assert placement.place(B, ONE, stays=True) == 2  # legs are bridged within one worker only
    placement.down(0)
    placement.down(1)
    assert placement.place(C, TWO, stays=True) is None
    assert placement.place(C, TWO) == 2


def test_what_is_known_of_a_worker(placement: Placement) -> None:
    assert (placement.is_slow(0), placement.is_draining(0)) == (False, False)
    placement.slow(0, is_slow=True)
    placement.drains(0)
    assert (placement.is_slow(0), placement.is_draining(0)) == (True, True)
    assert (placement.is_slow(1), placement.is_draining(1)) == (False, False)


def overload(placement: Placement, worker: int) -> None:
    changed = [placement.pace(worker, MAX_LATE_MS + 1) for _ in range(LATE_REPORTS)]
    assert changed == [False] * (LATE_REPORTS - 1) + [True]


@pytest.mark.requirement("MED-16")
def test_an_overloaded_worker_gets_new_calls_for_help_only(placement: Placement) -> None:
    placement.place(A, ONE)
    overload(placement, 0)
    assert (
        placement.is_shut(0) and placement.is_overloaded(0) and not placement.is_only_overloaded(stays=False)
    )
    assert placement.place(B, ONE) == 0  # of a call that it has
    assert placement.place(C, TWO) == 1
    assert placement.place(LegId("e1"), CallId("e1"), urgent=True) == 1  # not late, and has as many legs
    overload(placement, 1)
    assert placement.is_only_overloaded(stays=True)
    assert placement.place(D, THREE) is None
    assert placement.place(LegId("e2"), CallId("e2"), urgent=True) == 0
    placement.drains(0)
    placement.slow(1, is_slow=True)
    assert placement.place(LegId("e3"), CallId("e3"), urgent=True) is None
    assert not placement.is_only_overloaded(stays=False)  # nobody could take it if it were in time


@pytest.mark.requirement("MED-16")
def test_a_calm_worker_gets_calls_again_but_not_as_many(placement: Placement) -> None:
    placement.down(1)
    for n in range(20):
        placement.place(LegId(f"n{n}"), CallId(f"n{n}"))
    overload(placement, 0)
    assert placement.late_ms(0) == MAX_LATE_MS + 1
    assert [placement.pace(0, 0.0) for _ in range(CALM_REPORTS)][-1]
    assert not placement.is_shut(0) and placement.is_overloaded(0)  # 20 legs made it late
    for n in range(3):
        placement.forget(LegId(f"n{n}"))
    assert not placement.is_overloaded(0)
    assert placement.place(A, ONE) == 0
    assert placement.place(B, TWO) is None


def test_only_workers_that_a_call_may_have_count(placement: Placement) -> None:
    placement.up(2, is_remote=True)
    overload(placement, 0)
    overload(placement, 1)
    assert placement.is_only_overloaded(stays=True) and not placement.is_only_overloaded(stays=False)
    assert placement.place(A, ONE, stays=True) is None
    assert placement.place(A, ONE) == 2


def test_a_successor_is_not_late_and_a_stranger_says_nothing(placement: Placement) -> None:
    overload(placement, 0)
    placement.down(0)
    assert not placement.pace(0, MAX_LATE_MS + 1)
    assert (placement.is_shut(0), placement.is_overloaded(0), placement.late_ms(0)) == (False, False, 0.0)
    placement.up(0)
    assert not placement.is_overloaded(0)
    assert Placement().is_only_overloaded(stays=False) is False
