"""Where a webhook may be."""

import pytest

from pbx.core.errors import ParseError
from pbx.recording.webhook_url import MAX_URL, WebhookUrl, parse_webhook_url


@pytest.mark.parametrize(
    ("url", "place", "authority"),
    [
        ("https://Hooks.example", ("hooks.example", 443, "/", True), "hooks.example"),
        ("https://hooks.example:8443/a?t=1", ("hooks.example", 8443, "/a?t=1", True), "hooks.example:8443"),
        ("http://127.0.0.1:80/x", ("127.0.0.1", 80, "/x", False), "127.0.0.1"),
        ("https://[2001:db8::1]:444/", ("2001:db8::1", 444, "/", True), "[2001:db8::1]:444"),
    ],
)
def test_a_place(url: str, place: tuple[str, int, str, bool], authority: str) -> None:
    found = parse_webhook_url(url)
    assert found == WebhookUrl(host=place[0], port=place[1], target=place[2], is_encrypted=place[3])
    assert found.authority == authority


def test_the_longest_url() -> None:
    base = "https://hooks.example/"
    assert parse_webhook_url(base + "a" * (MAX_URL - len(base))).host == "hooks.example"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "https://ada" + "@hooks.example/",
        "https://hooks.example/#a",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://hooks.example/a\r\nHost: b",
        "https://h\u00f6oks.example/",
        "https://-/",
        "https://hooks_example/",
        "https://[::1/",
        "https://hooks.example/" + "a" * MAX_URL,
    ],
)
def test_no_place(url: str) -> None:
    with pytest.raises(ParseError):
        parse_webhook_url(url)
