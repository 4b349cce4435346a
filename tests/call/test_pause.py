"""A pause: who ordered it, and that it does not last for ever."""

import pytest

from pbx.call.pause import MAX_PAUSE_S, MAX_REASON, Pause, Paused

NOW = 1000.0


def test_the_first_order_counts_and_any_ends_it() -> None:
    pause = Pause()
    assert pause.begin("extension/1001", "record key", NOW)
    assert not pause.begin("flow", "card", NOW + 1)
    assert pause.end() == Paused(actor="extension/1001", reason="record key", since=NOW)
    assert (pause.end(), pause.deadline) == (None, None)


@pytest.mark.requirement("R-20")
def test_a_pause_is_overdue_after_five_minutes_and_not_before() -> None:
    pause = Pause()
    assert not pause.overdue(NOW)
    pause.begin("flow", "card", NOW)
    assert pause.deadline == NOW + MAX_PAUSE_S == NOW + 300
    assert not pause.overdue(NOW + MAX_PAUSE_S - 0.001)
    assert pause.overdue(NOW + MAX_PAUSE_S)


@pytest.mark.parametrize("length", [MAX_REASON, MAX_REASON + 1])
def test_a_reason_is_cut_at_its_limit(length: int) -> None:
    pause = Pause()
    pause.begin("flow", "r" * length, NOW)
    assert pause.running is not None
    assert pause.running.reason == "r" * MAX_REASON
