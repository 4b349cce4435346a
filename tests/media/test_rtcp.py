"""Reading RTCP compound packets."""

import pytest

from pbx.core.errors import ParseError
from pbx.media.rtcp import (
    MAX_COMPOUND,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    parse,
)

RR = bytes.fromhex("80c9000100000007")
SR = bytes.fromhex(
    "81c8000c00000007e9000000800000000000038400000064000003e8"  # 7, NTP, RTP 900, 100 packets, 1000 octets
    "0000000940ffffff0001ffff0000000a0000000b0000000c"  # of 9: 64/256, -1, highest 1:65535, jitter 10
)


@pytest.mark.rfc("3550", "6.4.1")
def test_a_sender_report() -> None:
    report = ReportBlock(
        ssrc=9,
        fraction_lost=64,
        cumulative_lost=-1,
        highest_seq=0x1FFFF,
        jitter=10,
        last_sr=11,
        delay_since_last_sr=12,
    )
    assert parse(SR) == (
        SenderReport(
            ssrc=7,
            ntp_time=0xE900000080000000,
            rtp_time=900,
            packet_count=100,
            octet_count=1000,
            reports=(report,),
        ),
    )


@pytest.mark.rfc("3550", "6.1")
def test_a_compound_packet_with_description_and_goodbye() -> None:
    sdes = bytes.fromhex("81ca000400000007" + "0103616263" + "020144" + "00000000")
    bye = bytes.fromhex("81cb000200000007") + b"\x02ok\0"
    assert parse(RR + sdes + bye) == (
        ReceiverReport(ssrc=7),
        SourceDescription(cnames=((7, b"abc"),)),
        Goodbye(ssrcs=(7,)),
    )


@pytest.mark.rfc("3550", "6.5")
def test_a_chunk_without_cname_and_one_that_ends_on_a_boundary() -> None:
    sdes = bytes.fromhex("82ca0006" + "00000007" + "02024444" + "00000000" + "00000008" + "0102616200000000")
    assert parse(RR + sdes)[1] == SourceDescription(cnames=((8, b"ab"),))


@pytest.mark.rfc("3550", "6.7")
@pytest.mark.rfc("4585", "6.1")
@pytest.mark.parametrize("kind", [192, 204, 205, 206, 208, 223])
def test_what_is_skipped(kind: int) -> None:
    packet = bytes([0x81, kind, 0, 2]) + bytes(8)
    assert parse(RR + packet + RR) == (ReceiverReport(ssrc=7), ReceiverReport(ssrc=7))


@pytest.mark.rfc("3550", "A.2")
@pytest.mark.requirement("S-29")
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        RR[:3],
        RR[:7],
        RR + b"\0",
        b"\x40" + RR[1:],
        b"\xa0" + RR[1:],  # padding in the first packet
        bytes.fromhex("81cb000100000007"),  # begins with BYE
        bytes.fromhex("81ca000100000007"),  # begins with SDES
        bytes.fromhex("80c9000200000007"),  # longer than the datagram
        RR + bytes.fromhex("40c9000100000007"),  # the second one is of another version
        bytes.fromhex("81c9000100000007"),  # a report block is missing
        bytes.fromhex("80c80001") + bytes(4),  # sender information is missing
        bytes.fromhex("80c90000"),  # no SSRC
        RR + bytes.fromhex("81ca0000"),
        RR + bytes.fromhex("81ca000100000007"),  # a chunk without its end
        RR + bytes.fromhex("81ca00020000000701ff6161"),  # an item longer than its packet
        RR + bytes.fromhex("81ca00020000000702026161"),  # no null octet after the items
        RR + bytes.fromhex("82cb000100000007"),  # two sources, one SSRC
        RR + bytes.fromhex("81cb000200000007ff000000"),  # a reason longer than its packet
        RR + bytes.fromhex("a1cb000100000007") + RR,  # padding before the last packet
        RR + bytes.fromhex("a0cb000100000000"),  # padding of zero octets
        RR + bytes.fromhex("a0cb000100000003"),
        RR + bytes.fromhex("a0cb000100000008"),  # more padding than packet
        RR + bytes.fromhex("a0cb0000"),
    ],
)
def test_invalid_packets_are_dropped(octets: bytes) -> None:
    with pytest.raises(ParseError) as raised:
        parse(octets)
    assert raised.value.status == 0


@pytest.mark.rfc("3550", "6.4.1")
def test_padding_of_the_last_packet() -> None:
    assert parse(RR + bytes.fromhex("a1cb00020000000700000004"))[1] == Goodbye(ssrcs=(7,))
    assert parse(RR + bytes.fromhex("a0cb000100000004"))[1] == Goodbye(ssrcs=())


@pytest.mark.rfc("3550", "6.4.3")
def test_an_extension_of_the_profile_is_skipped() -> None:
    assert parse(bytes.fromhex("80c900020000000711223344")) == (ReceiverReport(ssrc=7),)


def test_the_size_limit() -> None:
    filler = bytes.fromhex("80cc0000")
    n_bytes = MAX_COMPOUND - len(RR)
    assert parse(RR + filler * (n_bytes // 4)) == (ReceiverReport(ssrc=7),)
    with pytest.raises(ParseError):
        parse(RR + filler * (n_bytes // 4) + b"\0")
    with pytest.raises(ParseError):
        parse(RR + filler * (n_bytes // 4 + 1))
