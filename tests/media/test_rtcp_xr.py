"""Extended reports: the blocks that are kept, and those that are not."""

import pytest

from pbx.core.errors import ParseError
from pbx.media.rtcp_xr import (
    UNAVAILABLE,
    DelaySinceLastRrtr,
    ExtendedReport,
    LastRrtr,
    ReceiverReferenceTime,
    VoipMetrics,
    build_extended_report,
    parse_extended_report,
)

METRICS = (
    "07000008"
    "0000000905060708"  # of 9; loss, discards, burst and gap density
    "00780bb8002d0050"  # 120 ms bursts, 3000 ms gaps, 45 ms round trip, 80 ms end system
    "ecba7f10"  # -20 dBm signal, -70 dBm noise, no RERL, Gmin 16
    "5d7f2928"  # R 93, MOS 4.1 and 4.0
    "e000"
    "0014003c0078"
)

pytestmark = pytest.mark.requirement("MED-10")


@pytest.mark.rfc("3611", "4.7")
def test_voip_metrics() -> None:
    report = parse_extended_report(bytes.fromhex("00000007" + METRICS))
    metrics = VoipMetrics(
        ssrc=9,
        loss_rate=5,
        discard_rate=6,
        burst_density=7,
        gap_density=8,
        burst_duration=120,
        gap_duration=3000,
        round_trip_delay=45,
        end_system_delay=80,
        signal_level=-20,
        noise_level=-70,
        rerl=UNAVAILABLE,
        gmin=16,
        r_factor=93,
        ext_r_factor=UNAVAILABLE,
        mos_lq=41,
        mos_cq=40,
        rx_config=0xE0,
        jb_nominal=20,
        jb_maximum=60,
        jb_abs_max=120,
    )
    assert report == ExtendedReport(ssrc=7, blocks=(metrics,))
    assert build_extended_report(report) == bytes.fromhex("00000007" + METRICS)


@pytest.mark.rfc("3611", "4.4")
@pytest.mark.rfc("3611", "4.5")
def test_reference_time_and_its_answer() -> None:
    octets = bytes.fromhex("00000007" + "04000002e900000080000000" + "05000003000000090000000a0000000b")
    report = parse_extended_report(octets)
    assert report.blocks == (
        ReceiverReferenceTime(ntp_time=0xE900000080000000),
        DelaySinceLastRrtr(sub_blocks=(LastRrtr(ssrc=9, last_rr=10, delay_since_last_rr=11),)),
    )
    assert build_extended_report(report) == octets


@pytest.mark.rfc("3611", "3")
def test_other_blocks_are_skipped() -> None:
    octets = bytes.fromhex("00000007" + "0100000100000000" + "ff000000" + "05000000")
    assert parse_extended_report(octets).blocks == (DelaySinceLastRrtr(sub_blocks=()),)


@pytest.mark.rfc("3611", "3")
@pytest.mark.parametrize(
    "octets",
    [
        "",
        "000000",
        "0000000704",  # the block's header is cut off
        "0000000704000002e9000000",  # longer than the packet
        "0000000704000001e9000000",  # a reference time of one word
        "00000007050000020000000900000000",  # a DLRR block is three words
        "00000007" + "07000007" + METRICS[8:-8],
    ],
)
def test_wrong_lengths_are_dropped(octets: str) -> None:
    with pytest.raises(ParseError) as raised:
        parse_extended_report(bytes.fromhex(octets))
    assert raised.value.status == 0
