"""Terminals of the SIP grammar."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.grammar import (
    MAX_LIST,
    MAX_PARAMS,
    find_param,
    format_params,
    parse_number,
    parse_params,
    parse_port,
    quote,
    replace_param,
    split_commas,
    unquote,
)


@pytest.mark.rfc("3261", "25.1")
@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("a", ["a"]),
        (" a , b ", ["a", "b"]),
        ('"x, y" <sip:a@h>, <sip:b@h>', ['"x, y" <sip:a@h>', "<sip:b@h>"]),
        ("<sip:a,b@h>,<sip:c@h>;p=1", ["<sip:a,b@h>", "<sip:c@h>;p=1"]),
        ('"a\\", b" <sip:a@h>, c:d', ['"a\\", b" <sip:a@h>', "c:d"]),
    ],
)
def test_split_commas_respects_quotes_and_brackets(text: str, elements: list[str]) -> None:
    assert split_commas(text) == elements


@pytest.mark.parametrize("text", ["a,,b", "a,", ",", '"a, b', "<a, b", '"a" <b, c', 'x, "'])
def test_split_commas_refuses_empty_elements_and_open_quotes(text: str) -> None:
    with pytest.raises(ParseError):
        split_commas(text)


@pytest.mark.parametrize("element", ["a", "<a>"])
def test_split_commas_at_the_limit(element: str) -> None:
    assert len(split_commas(",".join([element] * MAX_LIST))) == MAX_LIST
    with pytest.raises(ParseError, match="more than"):
        split_commas(",".join([element] * (MAX_LIST + 1)))


def test_parameters_keep_their_spelling_and_quotes() -> None:
    params = parse_params(' ; Tag = 1 ;lr;text="a;b=c\\"d"')
    assert params == (("Tag", "1"), ("lr", None), ("text", '"a;b=c\\"d"'))
    assert find_param(params, "tag") == "1"
    assert find_param(params, "lr") == ""
    assert find_param(params, "text") == 'a;b=c"d'
    assert find_param(params, "none") is None
    assert format_params(params) == ';Tag=1;lr;text="a;b=c\\"d"'


@pytest.mark.parametrize("text", [";", ";;a", "a", ";a=", ";=b", ';a="x', ";a b", ";a=1;A=2", ';a="\\'])
def test_malformed_parameters(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_params(text)
    assert caught.value.status == 400


def test_parameters_at_the_limit() -> None:
    text = "".join(f";p{index}" for index in range(MAX_PARAMS))
    assert len(parse_params(text)) == MAX_PARAMS
    with pytest.raises(ParseError):
        parse_params(text + ";one-more")


def test_replace_param_keeps_the_place() -> None:
    params = (("a", "1"), ("RPort", None), ("b", None))
    assert replace_param(params, "rport", "5060") == (("a", "1"), ("RPort", "5060"), ("b", None))
    assert replace_param((), "received", "::1") == (("received", "::1"),)


@pytest.mark.parametrize("text", ["", "plain", 'a "b" c', "back\\slash", '\\"', "ümlaut"])
def test_quoting_is_reversible(text: str) -> None:
    assert unquote(quote(text)) == text


@pytest.mark.parametrize(("text", "number"), [("0", 0), (" 0070\t", 70), ("255", 255)])
def test_numbers(text: str, number: int) -> None:
    assert parse_number(text, 255, "n") == number


@pytest.mark.parametrize("text", ["", "256", "-1", "+1", "1.0", "0x1", "१२", "²", "1 2", "9" * 5000, "1_0"])
def test_only_ascii_digits_up_to_the_limit_are_numbers(text: str) -> None:
    with pytest.raises(ParseError):
        parse_number(text, 255, "n")


def test_ports() -> None:
    assert parse_port("65535") == 65535
    for text in ("0", "65536"):
        with pytest.raises(ParseError):
            parse_port(text)
