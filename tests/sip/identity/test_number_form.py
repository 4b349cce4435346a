"""Numbers as a carrier wants them."""

import pytest

from pbx.sip.identity.number_form import formatted, number_uri
from pbx.sip.identity.profile import NumberFormat, TrunkProfile


@pytest.mark.parametrize(
    ("numbers", "number", "expected"),
    [
        ("e164", "+441632960001", "+441632960001"),
        ("plain", "+441632960001", "441632960001"),
        ("national", "+441632960001", "01632960001"),
        ("national", "+12155551212", "+12155551212"),
        ("national", "+x", "+x"),
        ("plain", "999", "999"),
        ("e164", "1001", "1001"),
    ],
)
def test_formats(numbers: NumberFormat, number: str, expected: str) -> None:
    assert formatted(number, TrunkProfile(country="GB", numbers=numbers)) == expected


@pytest.mark.rfc("3261", "19.1.6")
@pytest.mark.parametrize(
    ("number", "host", "expected"),
    [
        ("+441632960001", "192.0.2.1:5070", "sip:+441632960001@192.0.2.1:5070;user=phone"),
        ("999", "pbx.example", "sip:999@pbx.example;user=phone"),
        ("alice", "pbx.example", "sip:alice@pbx.example"),
        ("+441632960001", "[2001:db8::1]:5060", "sip:+441632960001@[2001:db8::1]:5060;user=phone"),
        ("+441632960001", "[2001:db8::1]", "sip:+441632960001@[2001:db8::1];user=phone"),
    ],
)
def test_uris(number: str, host: str, expected: str) -> None:
    assert number_uri(number, host, TrunkProfile(phone_uris=True)) == expected
    assert number_uri(number, host, TrunkProfile()) == expected.removesuffix(";user=phone")
