"""Which URLs lead to a bot, and which of them a stranger can listen to."""

import pytest

from pbx.media.stream_url import MAX_URL, is_private, is_stream_url


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("wss://bot.example/", True),
        ("ws://localhost:1/", True),
        ("ws://127.0.0.2/", True),
        ("ws://[::1]/", True),
        ("ws://bot.example/", False),
        ("ws://192.0.2.1/", False),
        ("ws://localhost.example/", False),
    ],
)
def test_who_can_listen(url: str, private: bool) -> None:
    assert is_stream_url(url)
    assert is_private(url) is private


@pytest.mark.parametrize(
    "url",
    ["", "bot.example", "https://bot.example/", "wss://", "wss:///x", "wss://b:0/", "wss://b:99999/"]
    + ["wss://[b/", "wss://bé/", "wss://b/ x", "wss://b/\n", "wss://b/#x"],
)
def test_what_is_no_url_of_a_stream(url: str) -> None:
    assert not is_stream_url(url)


def test_it_has_a_limit() -> None:
    assert is_stream_url("wss://bot.example/".ljust(MAX_URL, "x"))
    assert not is_stream_url("wss://bot.example/".ljust(MAX_URL + 1, "x"))
