"""Refer-To: one target, of INVITE, by a scheme that we can call; nothing embedded but Replaces."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.message import Headers, Request
from pbx.sip.transfer.refer_to import ReferTo, refer_to
from pbx.sip.transfer.replaces import Replaces


def refer(*values: str) -> Request:
    headers = Headers()
    for value in values:
        headers.add("Refer-To", value)
    return Request("REFER", "sip:pbx@example.test", headers)


@pytest.mark.rfc("3515", "2.1")
@pytest.mark.parametrize(
    ("value", "user", "host"),
    [
        ("<sip:1003@Example.test>", "1003", "example.test"),
        ("sip:1003@example.test", "1003", "example.test"),
        ('"Carol" <sip:1003@example.test;method=INVITE;user=phone>;x=y', "1003", "example.test"),
        ("<tel:+44-1632-960101>", "+441632960101", ""),
    ],
)
def test_targets(value: str, user: str, host: str) -> None:
    assert refer_to(refer(value)) == ReferTo(user=user, host=host)


@pytest.mark.rfc("3515", "2.4.1")
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((), 400),
        (("<sip:1@a>", "<sip:2@a>"), 400),
        (("<sip:1@a>, <sip:2@a>",), 400),
        (("<sip:1@a",), 400),
        (("<sip:1@a;method=BYE>",), 403),
        (("<sips:1@a>",), 416),
        (("<http://a/b>",), 416),
        (("<sip:1@a?Replaces=x>",), 400),
        (("<sip:1@a?Replaces=%FF%3Bto-tag%3D1%3Bfrom-tag%3D2>",), 400),
        (("<sip:1@a?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=y>",), 400),
    ],
)
def test_refusals(values: tuple[str, ...], status: int) -> None:
    with pytest.raises(ParseError) as caught:
        refer_to(refer(*values))
    assert caught.value.status == status


@pytest.mark.requirement("S-10")
@pytest.mark.rfc("5589", "7")
def test_of_embedded_headers_only_replaces_is_looked_at() -> None:
    embedded = "c%40h%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bearly-only"
    value = f"<sip:1003@a?Authorization=Digest%20x&Replaces={embedded}&Route=x>"
    replaces = Replaces(call_id="c@h", to_tag="1", from_tag="2", early_only=True)
    assert refer_to(refer(value)) == ReferTo(user="1003", host="a", replaces=replaces)
