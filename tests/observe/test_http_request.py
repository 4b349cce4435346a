"""What becomes of a request for the page."""

import pytest

from pbx.core.secret import Secret
from pbx.observe.http_request import (
    BAD,
    MAX_HEAD,
    NOT_ALLOWED,
    NOT_FOUND,
    PAGE,
    REASONS,
    TOO_LARGE,
    UNAUTHORIZED,
    Verdict,
    judge,
)

TOKEN = Secret(b"0123456789abcdef0123456789abcdef")
GET = "GET /metrics HTTP/1.1\r\nHost: pbx.example:9464\r\n"


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        (GET, PAGE),
        ("GET /metrics?x=1 HTTP/1.0\r\n", PAGE),
        (f"{GET}Content-Length: 0\r\n", PAGE),
        ("HEAD /metrics HTTP/1.1\r\n", NOT_ALLOWED),
        ("POST /metrics HTTP/1.1\r\n", NOT_ALLOWED),
        ("GET / HTTP/1.1\r\n", NOT_FOUND),
        ("GET /metrics/ HTTP/1.1\r\n", NOT_FOUND),
        ("GET /../metrics HTTP/1.1\r\n", NOT_FOUND),
        ("GET http://pbx.example/metrics HTTP/1.1\r\n", NOT_FOUND),
        ("GET /metrics HTTP/2\r\n", BAD),
        ("GET /metrics\r\n", BAD),
        ("GET  /metrics HTTP/1.1\r\n", BAD),
        ("", BAD),
        (f"{GET}no field\r\n", BAD),
        (f"{GET}Content-Length: 5\r\n", BAD),
        (f"{GET}Transfer-Encoding: chunked\r\n", BAD),
        ("\xff\xfe\r\n", BAD),
    ],
)
def test_without_a_token(head: str, verdict: Verdict) -> None:
    assert judge(f"{head}\r\n".encode("latin-1"), None) == verdict


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ("Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n", PAGE),
        ("authorization: bearer  0123456789abcdef0123456789abcdef \r\n", PAGE),
        ("", UNAUTHORIZED),
        ("Authorization: Bearer 0123456789abcdef0123456789abcdeg\r\n", UNAUTHORIZED),
        ("Authorization: Bearer 0123456789abcdef0123456789abcde\r\n", UNAUTHORIZED),
        ("Authorization: Bearer \r\n", UNAUTHORIZED),
        ("Authorization: Bearer \xfc\r\n", UNAUTHORIZED),
        ("Authorization: Basic 0123456789abcdef0123456789abcdef\r\n", UNAUTHORIZED),
        (2 * "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n", UNAUTHORIZED),
    ],
)
def test_with_a_token(fields: str, verdict: Verdict) -> None:
    assert judge(f"{GET}{fields}\r\n".encode("latin-1"), TOKEN) == verdict


def test_who_lacks_the_token_does_not_learn_what_there_is() -> None:
    for line in ("GET /other HTTP/1.1", "POST /metrics HTTP/1.1"):
        assert judge(f"{line}\r\n\r\n".encode(), TOKEN) == UNAUTHORIZED


def test_a_head_has_a_limit() -> None:
    room = MAX_HEAD - len(f"{GET}X: \r\n\r\n")
    assert judge(f"{GET}X: {'x' * room}\r\n\r\n".encode(), None) == PAGE
    assert judge(f"{GET}X: {'x' * (room + 1)}\r\n\r\n".encode(), None) == TOO_LARGE


def test_every_verdict_has_its_words() -> None:
    verdicts = (PAGE, BAD, UNAUTHORIZED, NOT_FOUND, NOT_ALLOWED, TOO_LARGE)
    assert {one.status for one in verdicts} == set(REASONS)
