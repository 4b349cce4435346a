"""Telephone numbers: one normal form, one mask."""

import pytest

from pbx.core.phone import is_too_short, mask, region_of, to_e164


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [
        ("01632 960100", "GB", "+441632960100"),
        ("07700900123", "GB", "+447700900123"),  # reserved for fiction, so possible but not valid
        ("+44 1632 960100", "US", "+441632960100"),
        ("0041441234567", "GB", "+41441234567"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("", "GB", None),
        ("alice", "GB", None),
        ("01632 96O100", "GB", None),  # a letter, and no zero
        ("1800FLOWERS", "US", None),
        ("01632 960100 ext. 5", "GB", "+441632960100"),
        ("1", "GB", None),
        ("+0", "GB", None),
        ("\u0660\u0661\u0666\u0663\u0662 960100", "GB", None),
        ("0" * 31, "GB", None),
        ("01632960100", "ZZ", None),
    ],
)
def test_to_e164(number: str, region: str, e164: str | None) -> None:
    assert to_e164(number, region) == e164


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+441632960100", "GB"),
        ("+493012345678", "DE"),
        ("+12125550100", "US"),
        ("+80012345678", None),
        ("1001", None),
        ("", None),
    ],
)
def test_region_of(number: str, region: str | None) -> None:
    assert region_of(number) == region


@pytest.mark.parametrize(
    ("number", "masked"), [("+447700900123", "+447*******23"), ("1001", "1001"), ("", "")]
)
def test_mask(number: str, masked: str) -> None:
    assert mask(number) == masked


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("0163", True),
        ("+44163", True),
        ("01632960001", False),
        ("+441632960001", False),
        ("163", False),
        ("+", False),
        ("", False),
    ],
)
def test_a_number_that_ends_too_early(digits: str, expected: bool) -> None:
    assert is_too_short(digits, "GB") is expected
