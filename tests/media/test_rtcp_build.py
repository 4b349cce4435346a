"""Writing RTCP: what is written reads the same, and limits hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import MisuseError
from pbx.media.rtcp import (
    MAX_COMPOUND,
    MAX_REPORTS,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse,
)
from pbx.media.rtcp_build import MAX_CNAME, build
from pbx.media.rtcp_xr import DelaySinceLastRrtr, ExtendedReport, LastRrtr, ReceiverReferenceTime, VoipMetrics

u8, u16, u32, u64 = (st.integers(0, 2**n - 1) for n in (8, 16, 32, 64))
s8 = st.integers(-128, 127)
reports = st.lists(
    st.builds(
        ReportBlock,
        ssrc=u32,
        fraction_lost=u8,
        cumulative_lost=st.integers(-(2**23), 2**23 - 1),
        highest_seq=u32,
        jitter=u32,
        last_sr=u32,
        delay_since_last_sr=u32,
    ),
    max_size=4,
).map(tuple)
senders = st.builds(
    SenderReport, ssrc=u32, ntp_time=u64, rtp_time=u32, packet_count=u32, octet_count=u32, reports=reports
)
receivers = st.builds(ReceiverReport, ssrc=u32, reports=reports)
descriptions = st.builds(
    SourceDescription, cnames=st.lists(st.tuples(u32, st.binary(max_size=40)), max_size=3).map(tuple)
)
goodbyes = st.builds(Goodbye, ssrcs=st.lists(u32, max_size=3).map(tuple))
blocks = st.one_of(
    st.builds(ReceiverReferenceTime, ntp_time=u64),
    st.builds(
        DelaySinceLastRrtr,
        sub_blocks=st.lists(
            st.builds(LastRrtr, ssrc=u32, last_rr=u32, delay_since_last_rr=u32), max_size=3
        ).map(tuple),
    ),
    st.builds(VoipMetrics, ssrc=u32, loss_rate=u8, burst_duration=u16, signal_level=s8, jb_abs_max=u16),
)
extended = st.builds(ExtendedReport, ssrc=u32, blocks=st.lists(blocks, max_size=3).map(tuple))


@pytest.mark.rfc("3550", "6.1")
@given(st.one_of(senders, receivers), st.lists(st.one_of(descriptions, goodbyes, extended), max_size=3))
def test_what_is_written_reads_the_same(first: RtcpPacket, others: list[RtcpPacket]) -> None:
    octets = build(first, *others)
    assert len(octets) % 4 == 0
    assert parse(octets) == (first, *others)


def test_a_literal_report_with_its_cname() -> None:
    octets = build(ReceiverReport(ssrc=7), SourceDescription(cnames=((7, b"abcdef"),)))
    assert octets.hex() == "80c9000100000007" + "81ca0004" + "00000007" + "0106616263646566" + "00000000"


@pytest.mark.rfc("3550", "A.3")
@pytest.mark.parametrize(
    ("lost", "written"), [(2**23, 2**23 - 1), (-(2**23) - 1, -(2**23)), (2**23 - 1, 2**23 - 1)]
)
def test_the_count_of_losses_stays_at_its_ends(lost: int, written: int) -> None:
    block = ReportBlock(ssrc=1, cumulative_lost=lost)
    (read,) = parse(build(ReceiverReport(ssrc=7, reports=(block,))))
    assert isinstance(read, ReceiverReport)
    assert read.reports[0].cumulative_lost == written


@pytest.mark.parametrize("packets", [(), (Goodbye(ssrcs=(7,)),)])
def test_a_compound_packet_begins_with_a_report(packets: tuple[RtcpPacket, ...]) -> None:
    with pytest.raises(MisuseError):
        build(*packets)


def test_limits() -> None:
    full = ReceiverReport(ssrc=7, reports=(ReportBlock(ssrc=1),) * MAX_REPORTS)
    name = b"x" * MAX_CNAME
    assert len(build(full, SourceDescription(cnames=((7, name),)))) < MAX_COMPOUND
    with pytest.raises(MisuseError, match="32 reports"):
        build(ReceiverReport(ssrc=7, reports=(ReportBlock(ssrc=1),) * (MAX_REPORTS + 1)))
    with pytest.raises(MisuseError, match="CNAME of 256"):
        build(full, SourceDescription(cnames=((7, name + b"x"),)))
    spare = (MAX_COMPOUND - len(build(ReceiverReport(ssrc=7)))) // 8
    assert len(build(*(ReceiverReport(ssrc=7),) * (1 + spare))) == MAX_COMPOUND - 4
    with pytest.raises(MisuseError, match="1504 octets"):
        build(*(ReceiverReport(ssrc=7),) * (2 + spare))
