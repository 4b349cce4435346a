"""Replaces names a dialog by its Call-ID and both tags."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.transfer.replaces import MAX_REPLACES, Replaces, parse_replaces


def _named(call_id: str, to_tag: str, from_tag: str, *, early_only: bool = False) -> Replaces:
    return Replaces(call_id=call_id, to_tag=to_tag, from_tag=from_tag, early_only=early_only)


@pytest.mark.rfc("3891", "6.1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("98732@sip.example;from-tag=r33th;to-tag=ff87ff", _named("98732@sip.example", "ff87ff", "r33th")),
        ("a ; to-tag=1 ; from-tag=2 ; early-only", _named("a", "1", "2", early_only=True)),
        ("a;TO-TAG=1;From-Tag=2;other=x", _named("a", "1", "2")),
    ],
)
def test_values(text: str, expected: Replaces) -> None:
    assert parse_replaces(text) == expected
    assert parse_replaces(str(expected)) == expected
    assert expected.dialog == (expected.call_id, expected.to_tag, expected.from_tag)


@pytest.mark.rfc("3891", "6.1")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a;to-tag=1",
        "a;from-tag=1",
        "a;to-tag=;from-tag=1",
        "a;to-tag=1;to-tag=2;from-tag=3",
        "a b;to-tag=1;from-tag=2",
        ";to-tag=1;from-tag=2",
        "ä;to-tag=1;from-tag=2",
        "a;to-tag=1;from-tag=" + "2" * MAX_REPLACES,
    ],
)
def test_what_names_no_dialog(text: str) -> None:
    with pytest.raises(ParseError):
        parse_replaces(text)


def test_the_limit_holds_the_longest_call_id_with_tags() -> None:
    text = f"{'c' * 256};to-tag={'t' * 200};from-tag="
    value = text + "f" * (MAX_REPLACES - len(text))
    assert len(parse_replaces(value).from_tag) > 200
