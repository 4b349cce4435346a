"""What an INVITE says about itself."""

from datetime import UTC, datetime

import pytest

from pbx.sip.message import Headers, Request
from pbx.sip.stir.signed_call import MAX_HEADERS, date_of, signed_call


def invite(*fields: tuple[str, str]) -> Request:
    headers = Headers()
    headers.add("To", "<sip:01632960100@pbx.example>")
    headers.add("From", "<sip:01632960001@carrier.example>;tag=1")
    for name, value in fields:
        headers.add(name, value)
    return Request("INVITE", "sip:+441632960200@10.0.0.1", headers)


@pytest.mark.rfc("8224", "8.3")
def test_numbers_are_made_canonical() -> None:
    call = signed_call(invite(("Identity", "a.b.c;info=<https://x>")), "01632 960001", "GB")
    assert (call.orig, call.to, call.called) == ("441632960001", "441632960100", "441632960200")
    assert call.identities == ("a.b.c;info=<https://x>",)
    assert call.date_at is None


def test_the_compact_name_counts_and_so_does_the_limit() -> None:
    many = tuple(("y", f"{n}") for n in range(MAX_HEADERS + 5))
    assert len(signed_call(invite(*many), "", "GB").identities) == MAX_HEADERS + 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 24 Nov 2026 09:00:00 GMT", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("Tue, 24 Nov 99999 09:00:00 GMT", None),
    ],
)
@pytest.mark.rfc("3261", "20.17")
def test_date(value: str, expected: datetime | None) -> None:
    assert date_of(invite(("Date", value))) == expected
