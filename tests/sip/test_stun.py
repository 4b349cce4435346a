"""STUN on the SIP port, with the vectors of RFC 5769."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.stun import MAX_REQUEST, binding_answer, is_stun

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
MINIMAL = bytes.fromhex("00010000 2112a442") + TRANSACTION
SOFTWARE = bytes.fromhex("80220010") + b"STUN test client"


def request(*attributes: bytes) -> bytes:
    body = b"".join(attributes)
    return struct.pack("!HHI", 1, len(body), 0x2112A442) + TRANSACTION + body


@pytest.mark.rfc("5769", "2.2")
def test_the_mapped_address_over_ipv4() -> None:
    answer = binding_answer(MINIMAL, "192.0.2.1", 32853)
    assert answer == bytes.fromhex("0101000c 2112a442") + TRANSACTION + bytes.fromhex(
        "00200008 0001a147 e112a643"
    )


@pytest.mark.rfc("5769", "2.3")
def test_the_mapped_address_over_ipv6() -> None:
    answer = binding_answer(MINIMAL, "2001:db8:1234:5678:11:2233:4455:6677", 32853)
    assert answer is not None
    assert answer[20:] == bytes.fromhex("00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9")


@pytest.mark.rfc("5389", "15.5")
def test_a_fingerprint_is_answered_with_one() -> None:
    fingerprint = bytes.fromhex("80280004 00000000")
    answer = binding_answer(request(SOFTWARE, fingerprint), "192.0.2.1", 5060)
    assert answer is not None
    assert answer[-8:-4] == bytes.fromhex("80280004")
    assert len(answer) == 20 + struct.unpack_from("!H", answer, 2)[0]


@pytest.mark.rfc("5389", "7.3.1")
def test_what_must_be_understood_and_is_not_gets_420() -> None:
    answer = binding_answer(request(bytes.fromhex("77770000"), bytes.fromhex("00060000")), "192.0.2.1", 5060)
    assert answer is not None
    assert answer[:2] == bytes.fromhex("0111") and b"\0\0\4\x14Unknown Attribute" in answer
    assert answer[-8:] == bytes.fromhex("000a0002 77770000")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        MINIMAL[:-1],
        MINIMAL + b"\0",
        MINIMAL.replace(b"\x21\x12", b"\x21\x13"),
        b"\1" + MINIMAL[1:],
        request(bytes.fromhex("80220010")),
        request(SOFTWARE)[:-4],
        request(bytes.fromhex("8022") + struct.pack("!H", MAX_REQUEST) + bytes(MAX_REQUEST)),
        b"REGISTER sip:example.com SIP/2.0\r\n",
    ],
)
def test_anything_else_gets_no_answer(octets: bytes) -> None:
    assert binding_answer(octets, "192.0.2.1", 5060) is None


@given(st.binary(max_size=MAX_REQUEST + 40))
def test_no_octets_raise_and_no_answer_is_much_longer(octets: bytes) -> None:
    for tried in (octets, MINIMAL[:20] + octets):
        answer = binding_answer(tried, "2001:db8::1", 65535)
        assert answer is None or len(answer) <= 2 * len(tried) + 32
    assert not is_stun(octets) or octets[0] < 4
