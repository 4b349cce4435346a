"""The Privacy header."""

import pytest

from pbx.sip.identity.privacy import cannot_serve, hides_caller, wishes_of
from pbx.sip.message import Headers, Request


def invite(*values: str) -> Request:
    headers = Headers()
    for value in values:
        headers.add("Privacy", value)
    return Request("INVITE", "sip:a@b", headers)


@pytest.mark.rfc("3323", "4.2")
def test_values_of_every_header_count() -> None:
    assert wishes_of(invite("ID; critical", "history")) == {"id", "critical", "history"}
    assert hides_caller(wishes_of(invite("none", "id")))
    assert not hides_caller(wishes_of(invite("none")))
    assert not hides_caller(wishes_of(invite("history;session")))


@pytest.mark.rfc("3323", "5")
@pytest.mark.parametrize(
    ("value", "expected"),
    [("id;critical", False), ("header;user;session;critical", False), ("telepathy;critical", True)],
)
def test_a_critical_wish_that_cannot_be_served(value: str, expected: bool) -> None:
    assert cannot_serve(invite(value)) is expected
    assert not cannot_serve(invite(value.replace(";critical", "")))
