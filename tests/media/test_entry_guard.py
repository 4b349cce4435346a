"""For how long nobody hears a party that has entered a secret: 300 ms, or while a key is still down."""

import pytest

from pbx.media.entry_guard import HELD_STEP_S, MAX_HELD_S, TAIL_S, EntryGuard

pytestmark = pytest.mark.requirement("R-21")
NOW = 1000.0


def ended() -> EntryGuard:
    guard = EntryGuard()
    guard.begin()
    guard.end(NOW)
    return guard


def is_over(guard: EntryGuard, now: float, *, is_key_down: bool = False, waiting_s: float = 0.0) -> bool:
    return guard.tick(now, is_key_down=is_key_down, waiting_s=waiting_s)


def test_an_entry_has_no_end_of_its_own() -> None:
    guard = EntryGuard()
    guard.begin()
    assert guard.deadline is None
    assert not is_over(guard, NOW + 1e6)


def test_it_lasts_300_ms_longer_than_the_entry() -> None:
    guard = ended()
    assert TAIL_S == 0.3
    assert guard.deadline == NOW + TAIL_S
    assert not is_over(guard, NOW + TAIL_S - 0.001)
    assert is_over(guard, NOW + TAIL_S)


def test_a_second_end_does_not_make_it_longer() -> None:
    guard = ended()
    guard.end(NOW + 0.2)
    assert is_over(guard, NOW + TAIL_S)


def test_another_entry_within_the_tail_goes_on() -> None:
    guard = ended()
    guard.begin()
    assert guard.deadline is None
    assert not is_over(guard, NOW + 60)
    guard.end(NOW + 60)
    assert guard.deadline == NOW + 60 + TAIL_S


def test_a_key_that_is_still_down_is_waited_for() -> None:
    guard = ended()
    now = NOW + TAIL_S
    for _ in range(50):
        assert not is_over(guard, now, is_key_down=True)
        assert guard.deadline == now + HELD_STEP_S
        now += HELD_STEP_S
    assert is_over(guard, now)


def test_what_lasts_longer_than_any_key_is_none() -> None:
    guard = ended()
    assert not is_over(guard, NOW + MAX_HELD_S - 0.001, is_key_down=True)
    assert is_over(guard, NOW + MAX_HELD_S + HELD_STEP_S, is_key_down=True)


def test_what_has_come_before_the_end_is_played_to_nobody() -> None:
    guard = ended()
    now = NOW + TAIL_S
    assert not is_over(guard, now, waiting_s=0.22)
    assert guard.deadline == now + 0.22
    assert not is_over(guard, now + 0.21, waiting_s=0.22)
    assert is_over(guard, now + 0.22, waiting_s=0.22), "what waits now came later"
