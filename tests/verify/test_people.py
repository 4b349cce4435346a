"""A row of a source, checked."""

from datetime import UTC, date, datetime

import pytest

from pbx.core.secret import Secret
from pbx.verify.people import MAX_ACCOUNT, MAX_DELEGATES, MAX_ID, Delegation, PersonRefused, parse_person
from pbx.verify.pin import MAX_PIN

ANN = {"name": "Ann", "entity_type": "individual", "phone": "01632 960123", "date_of_birth": "1980-02-03"}


def test_what_is_not_given_is_empty() -> None:
    ann = parse_person(ANN, "GB")
    assert (ann.e164, ann.key, ann.language, ann.flags, ann.delegates) == (
        *("+441632960123", "", "", frozenset()),
        (),
    )
    assert ann.account_number is None
    assert "1980" not in repr(ann)


def test_the_same_customer_is_known_by_its_id_or_else_by_what_is_there() -> None:
    assert parse_person(ANN | {"name": "ann  EXAMPLE"}, "GB").identity == (
        *("line", "+441632960123", "individual", "ann example"),
    )
    assert parse_person(ANN | {"id": "7"}, "GB").identity == ("id", "7")


def test_since_when_somebody_is_reached_there() -> None:
    """By the end of that day: the hour is not known."""
    given = {
        "email": "ann@example.org",
        "phone_since": "2026-01-31",
        "email_since": "2026-02-01",
        "ported": "yes",
    }
    ann = parse_person(ANN | given, "GB")
    assert ann.phone_since == datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert ann.email_since == datetime(2026, 2, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert (ann.email, ann.flags) == (Secret("ann@example.org"), frozenset({"ported"}))
    assert "ann@example.org" not in repr(ann)


def test_flags_and_account_number() -> None:
    given = {"extra_security": "Yes", "vulnerable": "0", "minor": "true", "account_number": "12-34 56"}
    ann = parse_person(ANN | given, "GB")
    assert ann.flags == {"extra_security", "minor"}
    assert ann.account_number is not None and ann.account_number.reveal() == "123456"


def test_a_pin() -> None:
    ann = parse_person(ANN | {"pin": "258013"}, "GB")
    assert ann.pin == Secret("258013") and "258013" not in repr(ann)


def test_delegates() -> None:
    ann = parse_person(ANN | {"delegates": "1002; 1003 bills+forward 2027-12-31;"}, "GB")
    assert ann.delegates == (
        Delegation(delegate="1002"),
        Delegation(delegate="1003", scopes=("bills", "forward"), until=date(2027, 12, 31)),
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"id": "x" * (MAX_ID + 1)}, "id: "),
        ({"id": "a\x07b"}, "id: "),
        ({"language": "de DE"}, "language: "),
        ({"language": "x" * 17}, "language: "),
        ({"vulnerable": "perhaps"}, "vulnerable: "),
        ({"account_number": "12345x"}, "account_number: "),
        ({"pin": "123"}, "pin: "),
        ({"pin": "2580-1"}, "pin: "),
        ({"pin": "٢٥٨٠"}, "pin: "),
        ({"pin": "1980"}, "pin: "),
        ({"pin": "2" * (MAX_PIN + 1)}, "pin: "),
        ({"email": "ann"}, "email: "),
        ({"email": "ann@example.org, bob@example.org"}, "email: "),
        ({"email": "ann@example.org\r\nBcc: bob@example.org"}, "email: "),
        ({"email": "änn@example.org"}, "email: "),
        ({"phone_since": "1 January 2026"}, "phone_since: "),
        ({"email_since": "2026-02-30"}, "email_since: "),
        ({"sim_swapped": "perhaps"}, "sim_swapped: "),
        ({"account_number": "١٢٣"}, "account_number: "),
        ({"account_number": "1" * (MAX_ACCOUNT + 1)}, "account_number: "),
        ({"delegates": "1 2 2027-01-01 4"}, "delegates: "),
        ({"delegates": "1 all tomorrow"}, "delegates: "),
        ({"delegates": "1;" * (MAX_DELEGATES + 1)}, "delegates: "),
    ],
)
def test_refused_without_its_content(given: dict[str, str], problem: str) -> None:
    with pytest.raises(PersonRefused) as caught:
        parse_person(ANN | given, "GB")
    assert str(caught.value).startswith(problem)


def test_limits_are_reached() -> None:
    given = {"id": "x" * MAX_ID, "account_number": "1" * MAX_ACCOUNT, "delegates": "1;" * MAX_DELEGATES}
    assert len(parse_person(ANN | given, "GB").delegates) == MAX_DELEGATES
