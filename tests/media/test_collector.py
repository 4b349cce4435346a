"""Digits collected for a menu, a PIN, an extension."""

import pytest

from pbx.core.secret import Secret
from pbx.media.collector import Collected, CollectorSettings, DigitCollector

PIN = CollectorSettings(min_digits=4, max_digits=6, first_digit_timeout_s=5.0, inter_digit_timeout_s=3.0)


def collected(digits: str, *, complete: bool = True, timed_out: bool = False) -> Collected:
    return Collected(digits=Secret(digits), complete=complete, timed_out=timed_out)


def pressed(keys: str, settings: CollectorSettings = PIN) -> tuple[DigitCollector, Collected | None]:
    collector, result = DigitCollector(settings, 0.0), None
    for n, key in enumerate(keys):
        assert result is None
        result = collector.press(key, float(n))
    return collector, result


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        ("1234#", collected("1234")),
        ("123456", collected("123456")),
        ("12345", None),
        ("12#", collected("12", complete=False)),
        ("#", collected("", complete=False)),
        ("99*1234#", collected("1234")),
        ("12x?٣34#", collected("1234")),
    ],
)
def test_keys(keys: str, result: Collected | None) -> None:
    assert pressed(keys)[1] == result


def test_without_special_keys_they_are_digits() -> None:
    settings = CollectorSettings(min_digits=1, max_digits=3, terminator="", clear="")
    assert pressed("*1#", settings)[1] == collected("*1#")


def test_first_digit_timeout() -> None:
    collector = DigitCollector(PIN, 10.0)
    assert collector.deadline == 15.0
    assert collector.tick(14.9) is None
    assert collector.tick(15.0) == collected("", complete=False, timed_out=True)
    assert collector.deadline is None
    assert collector.tick(99.0) is None


def test_inter_digit_timeout_and_completeness() -> None:
    collector, _ = pressed("1234")
    assert collector.deadline == 6.0
    assert collector.tick(6.0) == collected("1234", timed_out=True)
    assert collector.press("5", 7.0) is None


def test_clear_waits_for_a_first_digit_again() -> None:
    collector, _ = pressed("12*")
    assert collector.deadline == 2.0 + 5.0


def test_the_timer_restarts_after_a_prompt_only_before_a_key() -> None:
    collector = DigitCollector(PIN, 0.0)
    collector.restart_timer(20.0)
    assert collector.deadline == 25.0
    collector.press("1", 21.0)
    collector.restart_timer(30.0)
    assert collector.deadline == 24.0


def test_digits_are_not_shown() -> None:
    assert "1234" not in repr(pressed("1234#"))
