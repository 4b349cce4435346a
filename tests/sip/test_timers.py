"""Table 4 of RFC 3261."""

import pytest

from pbx.sip.timers import Timer, Timers


@pytest.mark.rfc("3261", "17.1.1.1")
@pytest.mark.parametrize(
    ("timer", "unreliable", "reliable"),
    [
        ("A", 0.5, None),
        ("B", 32, 32),
        ("D", 32, 0),
        ("E", 0.5, None),
        ("F", 32, 32),
        ("G", 0.5, None),
        ("H", 32, 32),
        ("I", 5, 0),
        ("J", 32, 0),
        ("K", 5, 0),
        ("L", 32, 32),
        ("M", 32, 32),
    ],
)
def test_first_duration(timer: Timer, unreliable: float, reliable: float | None) -> None:
    assert Timers().first(timer, reliable=False) == unreliable
    assert Timers().first(timer, reliable=True) == reliable


def test_only_timer_a_doubles_without_bound() -> None:
    assert Timers().next("A", 4.0) == 8.0
    assert Timers().next("E", 4.0) == 4.0
    assert Timers().next("G", 1.0) == 2.0
