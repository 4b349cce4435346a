"""Digits in INFO bodies."""

import pytest

from pbx.sip.in_dialog import DIGITS, HANDLERS, MAX_DURATION_MS, plain_digit, relay_digit


@pytest.mark.parametrize("digit", sorted(DIGITS))
def test_every_digit_in_both_bodies(digit: str) -> None:
    assert relay_digit(f"Signal={digit}\r\nDuration=100".encode()) == (digit, 100)
    assert plain_digit(f" {digit.lower()}\r\n".encode()) == (digit, 250)


@pytest.mark.parametrize("body", [b"", b"Signal=", b"Signal=12", b"Duration=100", b"Signal\xff=1", b"=1"])
def test_no_digit(body: bytes) -> None:
    assert relay_digit(body) is None


@pytest.mark.parametrize(
    ("duration", "duration_ms"),
    [("5000", 5000), ("5001", MAX_DURATION_MS), ("-1", 250), ("x", 250), ("9" * 40, 250), ("٣", 250)],
)
def test_durations_are_bounded(duration: str, duration_ms: int) -> None:
    assert relay_digit(f"Signal=1\nDuration={duration}".encode()) == ("1", duration_ms)


def test_the_methods_we_serve() -> None:
    assert set(HANDLERS) >= {"BYE", "INFO", "INVITE", "NOTIFY", "OPTIONS", "REFER", "UPDATE"}
