"""Dialled strings from Request-URIs."""

import pytest

from pbx.dialplan.numbers import MAX_DIALLED, dialled, full_number, spoken


@pytest.mark.rfc("3966", "5.1.1")
@pytest.mark.parametrize(
    ("called", "digits"),
    [
        ("+44-1632(960).100", "+441632960100"),
        ("01632 960100", "01632960100"),
        ("1001;phone-context=acme", "1001"),
        ("*97", "*97"),
        ("*21*1002#", "*21*1002#"),
        ("97*", None),
        ("++44", None),
        ("1001\n", None),
        ("alice", None),
        ("", None),
        ("1" * MAX_DIALLED, "1" * MAX_DIALLED),
        ("1" * (MAX_DIALLED + 1), None),
    ],
)
def test_dialled(called: str, digits: str | None) -> None:
    assert dialled(called) == digits


@pytest.mark.parametrize(
    ("digits", "country", "number"),
    [
        ("01632960100", "GB", "+441632960100"),
        ("0041441234567", "GB", "+41441234567"),
        ("+447700900123", "US", "+447700900123"),
        ("2125550100", "US", "+12125550100"),
        ("960100", "GB", None),
        ("999", "GB", None),
        ("0000000000000000", "GB", None),
    ],
)
def test_full_number(digits: str, country: str, number: str | None) -> None:
    assert full_number(digits, country) == number


@pytest.mark.requirement("CF-16")
def test_a_slot_is_said_digit_by_digit() -> None:
    assert spoken("Parked at {slot}.", "701") == "Parked at 7 0 1."
