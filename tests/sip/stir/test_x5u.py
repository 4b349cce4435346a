"""A stranger's URL must not make our machine talk to our own network."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.stir.x5u import MAX_URL, CertificateUrl, parse_x5u


def test_a_plain_url() -> None:
    assert parse_x5u("https://Certs.example.org/a/b.pem?v=1") == CertificateUrl(
        host="certs.example.org", port=443, target="/a/b.pem?v=1"
    )
    assert parse_x5u("https://certs.example.org:8443").port == 8443


def test_a_list_of_hosts() -> None:
    hosts = ("example.org",)
    assert parse_x5u("https://certs.example.org/a", hosts).host == "certs.example.org"
    for url in ("https://badexample.org/a", "https://example.org.evil.test/a"):
        with pytest.raises(ParseError, match="not on the list"):
            parse_x5u(url, hosts)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://certs.example.org/a",
        "file:///etc/passwd",
        "https://certs.example.org:80/a",
        "https://certs.example.org:99999/a",
        "https://user@certs.example.org/a",
        "https://certs.example.org/a#b",
        "https://certs.example.org/a b",
        "https://[::1]/a",
        "https://certs..example.org/a",
        "https://-x.org/a",
        "https://x_y.org/a",
        "https:///a",
        "https://c\u00e9rts.org/a",
        "https://x.org/a\r\nHost: y",
        "https://x.org/" + "a" * MAX_URL,
    ],
)
@pytest.mark.rfc("8224", "6.2.2")
def test_what_is_not_fetched(url: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_x5u(url)
    assert caught.value.status == 436
