"""Legs on their way from one worker to another."""

import pytest

from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg, CloseStream, LeaveRoom, SetMusic, StopPlay
from pbx.media.moves import Moves, Orders

A, B, C = (LegId(name) for name in "abc")
ONE, TWO = CallId("one"), CallId("two")
OLD = 7


def closed(*legs: LegId) -> Orders:
    return [(OLD, CloseLeg(leg=leg, moves=True)) for leg in legs]


@pytest.fixture
def moves() -> Moves:
    """Two parties of one call, and one of another, leave a worker."""
    made = Moves()
    assert made.begin(OLD, {A: ONE, B: ONE, C: TWO}) == []
    return made


def test_both_parties_are_heard_before_either_is_released(moves: Moves) -> None:
    assert moves.arrived(A) == []
    assert moves.arrived(A) == []
    assert moves.is_former(OLD, A)
    assert moves.arrived(B) == closed(A, B)
    assert moves.arrived(B) == []
    assert moves.arrived(C) == closed(C)


def test_the_last_word_of_the_former_worker_is_about_the_past(moves: Moves) -> None:
    moves.ended(A)
    assert moves.is_former(OLD, A)
    moves.closed(OLD, A)
    assert not moves.is_former(OLD, A)
    moves.closed(OLD, B)  # which had not moved
    assert not moves.is_former(OLD, B)
    assert moves.ended(B) == []


def test_two_voices_never_speak_at_once(moves: Moves) -> None:
    quiet = [StopPlay(leg=A), SetMusic(leg=A, music=None), LeaveRoom(leg=A), CloseStream(leg=A)]
    assert moves.opened(A) == [(OLD, order) for order in quiet]
    assert moves.is_former(OLD, A)


def test_a_leg_that_ends_is_released_alone(moves: Moves) -> None:
    assert moves.ended(A) == closed(A)
    assert moves.ended(A) == []
    assert moves.arrived(B) == closed(B)


def test_only_the_former_worker_speaks_of_the_past(moves: Moves) -> None:
    assert moves.is_former(OLD, A)
    assert not moves.is_former(OLD + 1, A)
    assert not moves.is_former(OLD, LegId("new"))


def test_who_does_not_move_is_left_alone() -> None:
    moves = Moves()
    assert moves.opened(A) == moves.arrived(A) == moves.ended(A) == []


def test_the_next_worker_may_have_to_give_it_up_too(moves: Moves) -> None:
    assert moves.begin(OLD + 1, {A: ONE}) == closed(A)
    assert moves.is_former(OLD + 1, A)
    assert moves.arrived(B) == closed(B)


def test_nothing_is_left_of_a_worker_that_has_ended(moves: Moves) -> None:
    moves.arrived(A)
    moves.gone(OLD)
    assert not any(moves.is_former(OLD, leg) for leg in (A, B, C))
    assert moves.ended(A) == moves.arrived(B) == []
