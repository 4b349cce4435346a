"""Which PINs there are, and which are tried first."""

import pytest

from pbx.core.secret import Secret
from pbx.verify.pin import MAX_PIN, MIN_PIN, NONE, is_guessed, is_pin, parse_pin

BORN = Secret("19800203")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("2" * MIN_PIN, True),
        ("2" * (MIN_PIN - 1), False),
        ("2" * MAX_PIN, True),
        ("2" * (MAX_PIN + 1), False),
        ("25*0", False),
        ("٢٥٨٠", False),
        ("", False),
    ],
)
def test_its_form(text: str, *, fits: bool) -> None:
    assert is_pin(text) is fits


@pytest.mark.parametrize(
    "pin",
    ["1234", "4321", "7890", "8901", "7777", "1212", "123123", "121212", "12121", "012345678901"]
    + ["1980", "0302", "0203", "030280", "800203", "02031980", "9800"],
)
def test_those_that_are_tried_first(pin: str) -> None:
    assert is_guessed(pin, BORN)


@pytest.mark.parametrize("pin", ["2580", "1357", "1981", "0204", "1243", "112233"])
def test_those_that_are_not(pin: str) -> None:
    assert not is_guessed(pin, BORN)
    assert not is_guessed(pin, None)


def test_who_has_none_presses_hash() -> None:
    assert parse_pin(Secret("")) == NONE
    assert parse_pin(Secret("2580")) == Secret("2580")
    assert parse_pin(Secret("258")) is None
