"""The numbers a certificate speaks for."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.stir.tn_auth_list import MAX_ENTRIES, TnAuthList, parse_tn_auth_list, tn_auth_list
from tests.sip.stir.conftest import CARRIER, ROOT, SPC, number_list


@pytest.mark.rfc("8226", "9")
def test_the_three_kinds_of_entry() -> None:
    assert parse_tn_auth_list(SPC) == TnAuthList(codes=("709J",))
    assert parse_tn_auth_list(number_list("441632960001")) == TnAuthList(ranges=(("441632960001", 1),))
    assert parse_tn_auth_list(number_list("441632960000", 1000)) == TnAuthList(
        ranges=(("441632960000", 1000),)
    )


@pytest.mark.parametrize(
    ("numbers", "number", "expected"),
    [
        (TnAuthList(codes=("709J",)), "1", True),
        (TnAuthList(ranges=(("441632960000", 1000),)), "441632960000", True),
        (TnAuthList(ranges=(("441632960000", 1000),)), "441632960999", True),
        (TnAuthList(ranges=(("441632960000", 1000),)), "441632961000", False),
        (TnAuthList(ranges=(("441632960000", 1000),)), "441632959999", False),
        (TnAuthList(ranges=(("44163296000", 1000),)), "441632960001", False),
    ],
)
def test_covers(numbers: TnAuthList, number: str, expected: bool) -> None:
    assert numbers.covers(number) is expected


def test_of_a_certificate() -> None:
    assert tn_auth_list(CARRIER.certificate) == TnAuthList(codes=("709J",))
    assert tn_auth_list(ROOT.certificate) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        SPC[:-1],
        SPC + b"\x00",
        b"\x31" + SPC[1:],
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x81",
        b"\x30\x82\x00\x02\x05\x00",
        b"\x30\x04\xa3\x02\x05\x00",
        b"\x30\x06\xa0\x04\x0c\x02ab",
        b"\x30\x04\xa0\x02\x16\x00",
        b"\x30\x07\xa2\x05\x16\x03+44",
        number_list("441632960000", 1),
        b"\x30\x09\xa1\x07\x30\x05\x16\x03440",
        b"\x30\x83\x01\x00\x00" + b"\xa0\x03\x16\x01a" * (MAX_ENTRIES + 1),
    ],
)
@pytest.mark.rfc("8226", "9")
def test_malformed_lists(octets: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse_tn_auth_list(octets)
    assert caught.value.status == 437
