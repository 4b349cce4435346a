"""The checks at the door, without a door: which one refuses what, and in which order."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.sip.message import Request, parse_message
from pbx.sip.request_checks import CHECKS, Candidate, Reply, unsupported
from pbx.sip.uri import parse_uri


def request(method: str, *lines: str, hops: int = 70, body: bytes = b"") -> Request:
    head = (
        f"{method} sip:200@example.test SIP/2.0",
        "Via: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKa",
        "From: <sip:alice@example.test>;tag=f",
        "To: <sip:200@example.test>",
        "Call-ID: by-hand",
        f"CSeq: 1 {method}",
        f"Max-Forwards: {hops}",
        *lines,
        f"Content-Length: {len(body)}",
        "\r\n",
    )
    message = parse_message("\r\n".join(head).encode() + body)
    if not isinstance(message, Request):
        raise MisuseError("a response")
    return message


def verdict(asked: Request) -> int | None:
    """The status of the first check that has something to say, None = all let it pass."""
    uri, from_uri, to_uri = (parse_uri(text) for text in (asked.uri, asked.from_.uri, asked.to.uri))
    candidate = Candidate(asked, Remote("udp", "10.1.1.1", 5060), uri, from_uri, to_uri, 0.0)
    found = next((one for check in CHECKS if (one := check(candidate)) is not None), None)
    return found.status if isinstance(found, Reply) else None


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request("INVITE"), None),
        (request("REGISTER"), None),
        (request("REFER"), 403),
        (request("MESSAGE"), 405),
        (request("NONSENSE"), 405),
        (request("INVITE", hops=0), 483),
        (request("INVITE", "Require: nonsense"), 420),
        (request("INVITE", "Require: nonsense", hops=0), 483),
        (request("INVITE", "Content-Type: text/plain", body=b"hello"), 415),
        (request("INVITE", "Content-Encoding: gzip"), 415),
        (request("INVITE", "Accept: text/html"), 406),
        (request("INVITE", "Accept: text/html", "Content-Encoding: gzip"), 415),
        (request("INVITE", "Privacy: unheard-of;critical"), 500),
        (request("OPTIONS"), 200),
    ],
)
def test_the_first_check_that_refuses_decides(asked: Request, status: int | None) -> None:
    assert verdict(asked) == status


def test_what_is_unsupported_is_named() -> None:
    refusal = unsupported(request("INVITE", "Require: 100rel, nonsense"))
    assert refusal is not None
    assert dict(refusal.fields)["Unsupported"] == "nonsense"
