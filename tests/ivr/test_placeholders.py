"""What is filled in for a voice bot: names of a closed set, and values that stay what they are."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.ivr.placeholders import MAX_NAMES, MAX_VALUE, filled, filled_url, placeholders

pytestmark = pytest.mark.requirement("MED-14")
URL = "wss://bot.example:8443/call?token=8a61c0&from={caller}&to={called}&x=1"


def test_names_are_found_in_their_order() -> None:
    assert placeholders("{caller} of {tenant}, {caller}") == ("caller", "tenant", "caller")
    assert placeholders("{{caller}} {{}}") == ()


@pytest.mark.parametrize(
    "text", ["{", "}", "{}", "{Caller}", "{caller", "caller}", "{a.b}", "{a!r}", "{0}", "{{x}"]
)
def test_a_brace_alone_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="alone"):
        placeholders(text)


def test_there_is_a_limit_to_the_names() -> None:
    assert len(placeholders("{caller}" * MAX_NAMES)) == MAX_NAMES
    with pytest.raises(ValueError, match=f"at most {MAX_NAMES}"):
        placeholders("{caller}" * (MAX_NAMES + 1))


def test_what_is_not_known_is_empty_and_two_braces_are_one() -> None:
    assert filled("{caller}|{order}|{{caller}}", {"caller": "+441632960999"}) == "+441632960999||{caller}"
    assert filled_url("wss://b/?a={caller}&b={order}", {"caller": "+44"}) == "wss://b/?a=%2B44&b="


def test_a_value_is_no_pattern() -> None:
    assert filled("{caller}", {"caller": "{tenant}", "tenant": "acme"}) == "{tenant}"
    assert filled_url("wss://b/?a={caller}", {"caller": "{tenant}"}) == "wss://b/?a=%7Btenant%7D"


@pytest.mark.parametrize("length", [MAX_VALUE, MAX_VALUE + 1])
def test_a_value_is_cut_at_its_limit(length: int) -> None:
    assert filled("{called}", {"called": "9" * length}) == "9" * MAX_VALUE


@pytest.mark.parametrize(
    "evil", ["a&token=evil", "#x", "?y", "a/../b", "@evil.example", "\r\nX: y", "\ud800", "% 00"]
)
def test_no_value_leaves_its_place(evil: str) -> None:
    url = filled_url(URL, {"caller": evil, "called": "1"})
    assert url.isascii() and url.isprintable() and " " not in url and "#" not in url
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("wss", "bot.example:8443", "/call")
    assert [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)] == [
        "token",
        "from",
        "to",
        "x",
    ]
    assert "\n" not in filled("{caller}", {"caller": evil})


@given(st.text(max_size=MAX_VALUE), st.text(max_size=MAX_VALUE))
def test_a_bot_reads_what_was_meant(caller: str, called: str) -> None:
    parts = urlsplit(filled_url(URL, {"caller": caller, "called": called}))
    assert (parts.netloc, parts.path, parts.fragment) == ("bot.example:8443", "/call", "")
    meant = ["".join(char for char in value if char.isprintable()) for value in (caller, called)]
    assert parse_qsl(parts.query, keep_blank_values=True) == [
        ("token", "8a61c0"),
        ("from", meant[0]),
        ("to", meant[1]),
        ("x", "1"),
    ]
