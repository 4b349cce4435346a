"""RTP headers from the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.media.rtp import MAX_PACKET, RtpPacket, build, parse

HEADER = bytes.fromhex("80801234000000a0deadbeef")


def with_first(first: int, rest: bytes) -> bytes:
    return bytes([first]) + HEADER[1:] + rest


@pytest.mark.rfc("3550", "5.1")
def test_fixed_header() -> None:
    packet = parse(HEADER + b"abc", 15)
    assert packet == RtpPacket(0, True, 0x1234, 160, 0xDEADBEEF, 12, 15)


@pytest.mark.rfc("3550", "5.1")
@pytest.mark.parametrize(
    ("first", "rest", "payload"),
    [
        (0x82, bytes(8) + b"xy", b"xy"),
        (0x90, b"\xbe\xde\x00\x01abcd" + b"xy", b"xy"),
        (0xA0, b"xy\x00\x02", b"xy"),
        (0xB1, bytes(4) + b"\xbe\xde\x00\x00" + b"xy\x01", b"xy"),
        (0xA0, b"\x01", b""),
    ],
)
def test_csrc_extension_and_padding_are_skipped(first: int, rest: bytes, payload: bytes) -> None:
    octets = with_first(first, rest)
    packet = parse(octets, len(octets))
    assert octets[packet.start : packet.end] == payload


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        HEADER[:11],
        with_first(0x00, b"xy"),
        with_first(0x40, b"xy"),
        with_first(0xC0, b"xy"),
        with_first(0x8F, bytes(8)),
        with_first(0x90, b"\xbe\xde\x00"),
        with_first(0x90, b"\xbe\xde\x00\x02abcd"),
        with_first(0xA0, b"xy\x00"),
        with_first(0xA0, b"xy\x04"),
        bytes.fromhex("80c8000600000000deadbeef"),
        HEADER + bytes(MAX_PACKET - 12),
    ],
)
def test_what_is_not_rtp_is_dropped(octets: bytes) -> None:
    with pytest.raises(ParseError) as error:
        parse(octets, len(octets))
    assert error.value.status == 0


def test_longest_packet() -> None:
    assert parse(HEADER + bytes(MAX_PACKET - 13), MAX_PACKET - 1).end == MAX_PACKET - 1


@given(st.binary(max_size=64))
def test_any_octets_parse_or_are_dropped(octets: bytes) -> None:
    try:
        packet = parse(octets, len(octets))
    except ParseError:
        return
    assert 12 <= packet.start <= packet.end <= len(octets)


@given(
    st.integers(0, 63),
    st.booleans(),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=200),
)
def test_parse_undoes_build(kind: int, marker: bool, seq: int, rtp_time: int, payload: bytes) -> None:
    header = RtpPacket(kind, marker, seq, rtp_time, 7, 12, 12 + len(payload))
    octets = build(header, payload)
    assert parse(octets, len(octets)) == header
    assert octets[12:] == payload
