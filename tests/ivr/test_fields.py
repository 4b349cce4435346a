"""Typed fields: what is kept of the keys, and what cannot be one."""

import pytest

from pbx.ivr.fields import FIELDS, MAX_CARD, MIN_CARD, FieldKind

pytestmark = pytest.mark.requirement("IVR-03")


@pytest.mark.parametrize(
    ("kind", "keys", "kept"),
    [
        ("date_dmy", "29022028", "2028-02-29"),
        ("date_dmy", "29022027", None),
        ("date_dmy", "00012027", None),
        ("date_dmy", "01010000", None),
        ("date_mdy", "02292028", "2028-02-29"),
        ("date_mdy", "29022028", None),
        ("date_ymd", "20280229", "2028-02-29"),
        ("time", "930", "09:30"),
        ("time", "0930", "09:30"),
        ("time", "2359", "23:59"),
        ("time", "2400", "00:00"),
        ("time", "2401", None),
        ("time", "1260", None),
        ("card", "4242424242424242", "4242424242424242"),
        ("card", "4242424242424241", None),
        ("card", "378282246310005", "378282246310005"),
        ("card", "4242424242422424", None),
        ("amount", "1250", "12.50"),
        ("amount", "050", "0.50"),
        ("amount", "999999999", "9999999.99"),
        ("amount", "000", None),
        ("amount", "12.50", "12.50"),
        ("phone", "01632960123", "+441632960123"),
        ("phone", "00493012345678", "+493012345678"),
        ("phone", "960123", None),
        ("phone", "999", None),
    ],
)
def test_what_is_kept(kind: FieldKind, keys: str, kept: str | None) -> None:
    assert FIELDS[kind].read(keys, "GB") == kept


@pytest.mark.parametrize("place", range(16))
def test_a_wrong_digit_of_a_card_is_found(place: int) -> None:
    card = "4242424242424242"
    wrong = str((int(card[place]) + 1) % 10)
    assert FIELDS["card"].read(card[:place] + wrong + card[place + 1 :], "GB") is None


@pytest.mark.parametrize("kind", FIELDS)
def test_a_sample_is_taken_and_fits(kind: FieldKind) -> None:
    field = FIELDS[kind]
    assert field.read(field.sample, "GB") is not None
    assert field.min_digits <= len(field.sample) <= field.max_digits


@pytest.mark.parametrize(("country", "kept"), [("GB", "+443012345678"), ("DE", "+493012345678")])
def test_a_telephone_number_is_that_of_the_country(country: str, kept: str) -> None:
    assert FIELDS["phone"].read("03012345678", country) == kept


def test_a_card_is_always_secret_and_has_a_length() -> None:
    assert [kind for kind, field in FIELDS.items() if field.is_secret] == ["card"]
    assert (FIELDS["card"].min_digits, FIELDS["card"].max_digits) == (MIN_CARD, MAX_CARD)


@pytest.mark.parametrize(
    ("kind", "text", "may"),
    [
        ("date_mdy", "2028-", True),
        ("date_mdy", "2028-02-29", True),
        ("date_mdy", "2028-02-290", False),
        ("date_mdy", "20280", False),
        ("time", "09:", True),
        ("time", "093", False),
        ("amount", "12", True),
        ("amount", "12.", True),
        ("amount", "12.500", False),
        ("amount", "01", False),
        ("phone", "+44", True),
        ("phone", "44+", False),
    ],
)
def test_how_what_is_kept_may_begin(kind: FieldKind, text: str, may: bool) -> None:
    assert FIELDS[kind].may_begin(text) is may
