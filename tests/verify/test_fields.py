"""Typed fields: what counts as one, and how much of it is read back."""

from datetime import date

import pytest

from pbx.core.secret import Secret
from pbx.verify.fields import fields_of, parse_account_number, parse_phone_number, read_back
from pbx.verify.prompts import TEXTS

EN = TEXTS["en-GB"]
TODAY = date(2026, 11, 24)


@pytest.mark.requirement("V-08")
@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("07700900123", "GB", "+447700900123"),
        ("00447700900123", "GB", "+447700900123"),
        ("03012345678", "DE", "+493012345678"),
        ("004930123456", "AT", "+4930123456"),
        ("1234", "GB", None),
        ("077009001234567890", "GB", None),
        ("0770090012*", "GB", None),
        ("٠٧٧٠٠٩٠٠١٢٣", "GB", None),
        ("", "GB", None),
    ],
)
def test_a_number_is_read_as_dialled_at_home(typed: str, country: str, e164: str | None) -> None:
    parsed = parse_phone_number(Secret(typed), country)
    assert (parsed.reveal() if parsed is not None else None) == e164


@pytest.mark.requirement("V-08")
@pytest.mark.parametrize(
    ("typed", "fits"),
    [("0042", True), ("0" * 32, True), ("123", False), ("1" * 33, False), ("12A4", False), ("١٢٣٤", False)],
)
def test_an_account_number_keeps_its_zeros(typed: str, fits: bool) -> None:
    parsed = parse_account_number(Secret(typed))
    assert (parsed == Secret(typed)) if fits else (parsed is None)


def test_the_number_is_asked_for_first() -> None:
    asked = fields_of(("date_of_birth", "account_number", "typed_number"), TODAY, "GB", EN)
    assert [field.name for field in asked] == ["phone_number", "account_number", "date_of_birth"]
    assert fields_of(("phone_number",), TODAY, "GB", EN) == ()


@pytest.mark.parametrize(
    ("method", "said"),
    [("typed_number", "2 3"), ("account_number", "2 3"), ("date_of_birth", ""), ("one_time_code", "")],
)
def test_no_more_than_two_digits_are_read_back(method: str, said: str) -> None:
    [field] = fields_of((method,), TODAY, "GB", EN)
    assert read_back(field, Secret("19800123")) == said
