"""When reports are sent, what is in them, and what is believed of the party's."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import SeededIds
from pbx.core.wall import Wall
from pbx.media.reception import Reception
from pbx.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse,
)
from pbx.media.rtcp_build import build
from pbx.media.rtcp_session import INTERVAL_S, MAX_RATE, MAX_ROUND_TRIP_S, MAX_WRONG, LocalState, RtcpSession
from pbx.media.rtcp_xr import (
    DelaySinceLastRrtr,
    ExtendedReport,
    LastRrtr,
    ReceiverReferenceTime,
    VoipMetrics,
)
from pbx.media.stream import SenderInfo

pytestmark = pytest.mark.requirement("MED-10")

OURS, THEIRS = 1, 9
START = 1000.0
# 2036-02-07 06:28:06 UTC, ten seconds before the seconds of NTP wrap.
WALL = Wall(datetime(2036, 2, 7, 6, 28, 6, tzinfo=UTC), START)


def session(seed: str = "seed", ssrc: int = OURS) -> RtcpSession:
    return RtcpSession(ssrc=ssrc, ids=SeededIds(seed), wall=WALL, now=START)


def state(sent: int = 100, heard: Reception | None = None, metrics: VoipMetrics | None = None) -> LocalState:
    return LocalState(sender=SenderInfo(8000, sent, sent * 160), reception=heard, metrics=metrics)


def reception(expected: int, received: int, ssrc: int = THEIRS) -> Reception:
    return Reception(ssrc, 65536 + expected, expected, received, 40)


def due(rtcp: RtcpSession, local: LocalState) -> tuple[float, tuple[RtcpPacket, ...]]:
    """Return the time and the packets of the next report."""
    now = rtcp.deadline
    assert now is not None
    octets = rtcp.tick(local, now)
    assert octets is not None
    return now, parse(octets)


def answer(middle: int, waited_s: float) -> bytes:
    block = ReportBlock(
        ssrc=OURS, fraction_lost=64, jitter=80, last_sr=middle, delay_since_last_sr=int(waited_s * 65536)
    )
    return build(ReceiverReport(ssrc=THEIRS, reports=(block,)))


def middle_of(report: RtcpPacket) -> int:
    assert isinstance(report, SenderReport)
    return report.ntp_time >> 16 & 0xFFFFFFFF


@pytest.mark.rfc("3550", "6.2")
@given(st.text(max_size=5))
def test_reports_come_at_random_times_around_five_seconds(seed: str) -> None:
    rtcp, before = session(seed), START
    for shortest in (INTERVAL_S / 4, INTERVAL_S / 2, INTERVAL_S / 2):
        now, _ = due(rtcp, state())
        assert shortest <= now - before <= 3 * shortest
        before = now


def test_intervals_differ() -> None:
    assert len({session(str(n)).deadline for n in range(20)}) == 20


def test_nothing_is_sent_before_its_time() -> None:
    rtcp = session()
    assert rtcp.deadline is not None
    assert rtcp.tick(state(), math.nextafter(rtcp.deadline, 0)) is None
    assert rtcp.tick(state(), rtcp.deadline) is not None


@pytest.mark.rfc("3550", "6.4.1")
def test_a_sender_reports_time_counts_and_a_block() -> None:
    rtcp = session()
    _, (first, _) = due(rtcp, state(100, reception(100, 90)))
    now, (second, names) = due(rtcp, state(350, reception(200, 165)))
    assert isinstance(second, SenderReport)
    assert (second.ssrc, second.rtp_time, second.packet_count, second.octet_count) == (1, 8000, 350, 56_000)
    assert second.reports == (
        ReportBlock(ssrc=THEIRS, fraction_lost=64, cumulative_lost=35, highest_seq=65736, jitter=40),
    )
    assert isinstance(first, SenderReport)
    assert first.reports[0].fraction_lost == 25
    assert isinstance(names, SourceDescription)
    assert names.cnames == ((OURS, names.cnames[0][1]),)
    assert len(names.cnames[0][1]) == 24


@pytest.mark.rfc("3550", "4")
def test_the_time_of_a_report_wraps_with_ntp() -> None:
    rtcp = session()
    seconds: list[float] = []
    for _ in range(4):
        now, (report, _) = due(rtcp, state(100 + len(seconds)))
        assert isinstance(report, SenderReport)
        seconds.append(report.ntp_time / 2**32)
        assert seconds[-1] == pytest.approx((2**32 - 10 + now - START) % 2**32, abs=1e-5)
    assert seconds[0] > seconds[-1]


@pytest.mark.rfc("3550", "6.4")
def test_who_sends_nothing_any_more_sends_receiver_reports() -> None:
    rtcp = session()
    kinds = [type(due(rtcp, state(sent))[1][0]) for sent in (0, 50, 50, 50)]
    assert kinds == [ReceiverReport, SenderReport, SenderReport, ReceiverReport]


@pytest.mark.rfc("3550", "6.4")
def test_a_silent_source_is_not_reported_again() -> None:
    rtcp = session()
    counts = []
    for heard in (None, reception(10, 10), reception(10, 10), reception(20, 20)):
        _, (report, *_) = due(rtcp, state(0, heard))
        assert isinstance(report, ReceiverReport)
        counts.append(len(report.reports))
    assert counts == [0, 1, 0, 1]


@pytest.mark.rfc("3550", "6.4.1")
def test_round_trip() -> None:
    rtcp = session()
    sent_at, (report, _) = due(rtcp, state())
    (view,) = rtcp.handle(answer(middle_of(report), 2.0), sent_at + 2.08)
    assert view.round_trip_s == pytest.approx(0.08, abs=0.001)
    assert (view.loss, view.jitter) == (0.25, 80)
    assert rtcp.view == view


@pytest.mark.rfc("3550", "6.4.1")
def test_their_last_report_is_named_with_its_delay() -> None:
    rtcp = session()
    theirs = SenderReport(ssrc=THEIRS, ntp_time=0x1122334455667788, rtp_time=0, packet_count=1, octet_count=1)
    rtcp.handle(build(theirs), START + 1)
    now, (report, _) = due(rtcp, state(100, reception(10, 10)))
    assert isinstance(report, SenderReport)
    assert report.reports[0].last_sr == 0x33445566
    assert report.reports[0].delay_since_last_sr == int((now - START - 1) * 65536)


@pytest.mark.requirement("S-29")
def test_a_round_trip_is_measured_only_from_what_we_sent() -> None:
    rtcp = session()
    sent_at, (report, _) = due(rtcp, state())
    rtcp.handle(answer(middle_of(report) + 1, 0.0), sent_at + 1)
    assert rtcp.round_trip_s is None
    rtcp.handle(answer(middle_of(report), MAX_ROUND_TRIP_S), sent_at + 1)  # waited longer than it had
    assert rtcp.round_trip_s is None
    rtcp.handle(answer(middle_of(report), 0.0), sent_at + MAX_ROUND_TRIP_S + 0.001)
    assert rtcp.round_trip_s is None
    rtcp.handle(answer(middle_of(report), 0.0), sent_at + MAX_ROUND_TRIP_S - 0.001)
    assert rtcp.round_trip_s == pytest.approx(MAX_ROUND_TRIP_S, abs=0.01)


@pytest.mark.requirement("S-35")
def test_who_repeats_a_time_of_ours_has_got_our_report_unless_it_guesses() -> None:
    honest, guesser, new = session(), session(), session()
    for rtcp, n_wrong in ((honest, MAX_WRONG - 1), (guesser, MAX_WRONG)):
        sent_at, (report, _) = due(rtcp, state())
        for n in range(n_wrong):
            rtcp.handle(answer(middle_of(report) + 1 + n, 0.0), sent_at + n)
        assert not rtcp.is_echoed
        rtcp.handle(answer(middle_of(report), 0.0), sent_at + n_wrong)
    assert honest.is_echoed
    assert not guesser.is_echoed
    sent_at, (report, _) = due(new, state())
    new.begin_echo()
    new.handle(answer(middle_of(report), 0.0), sent_at + 1)
    assert not new.is_echoed, "that report went to where the party was before"


@pytest.mark.requirement("S-29")
def test_reports_about_others_are_ignored() -> None:
    rtcp = session()
    report = ReceiverReport(ssrc=THEIRS, reports=(ReportBlock(ssrc=OURS + 1),))
    assert rtcp.handle(build(report), START) == []
    assert rtcp.view is None


@pytest.mark.requirement("S-29")
def test_a_foreign_sender_report_does_not_displace_the_partys() -> None:
    rtcp = session()
    due(rtcp, state(1, reception(10, 10)))
    for ssrc, ntp_time in ((THEIRS, 0x55 << 16), (THEIRS + 1, 0x66 << 16)):
        report = SenderReport(ssrc=ssrc, ntp_time=ntp_time, rtp_time=0, packet_count=1, octet_count=1)
        rtcp.handle(build(report), START + 2)
    _, (ours, _) = due(rtcp, state(2, reception(20, 20)))
    assert isinstance(ours, SenderReport)
    assert ours.reports[0].last_sr == 0x55


@pytest.mark.requirement("S-29")
@pytest.mark.parametrize(
    "octets",
    [
        build(ReceiverReport(ssrc=THEIRS), Goodbye(ssrcs=(THEIRS, OURS))),
        build(ReceiverReport(ssrc=THEIRS), SourceDescription(cnames=((OURS, b"x"), (THEIRS, b"")))),
        b"",
        b"\x81",
        bytes.fromhex("81cb000100000009"),
    ],
    ids=["bye", "sdes", "empty", "short", "bye alone"],
)
def test_nothing_that_is_read_ends_the_session(octets: bytes) -> None:
    rtcp, plain = session(), session()
    assert rtcp.handle(octets, START) == []
    assert rtcp.deadline == plain.deadline
    assert due(rtcp, state()) == due(plain, state())


@pytest.mark.requirement("S-29")
def test_a_flood_is_read_in_part() -> None:
    rtcp = session()
    reports = [len(rtcp.handle(answer(0, 0), START + n / 100)) for n in range(MAX_RATE + 5)]
    assert reports == [1] * MAX_RATE + [0] * 5
    assert rtcp.excess == 5
    assert len(rtcp.handle(answer(0, 0), START + 1)) == 1
    assert rtcp.malformed == 0
    rtcp.handle(b"x", START + 1)
    assert rtcp.malformed == 1


@pytest.mark.requirement("MED-11")
def test_when_the_last_two_reports_came() -> None:
    rtcp = session()
    for n, octets in enumerate([answer(0, 0), answer(0, 0), b"x", answer(0, 0)]):
        rtcp.handle(octets, START + n)
    assert rtcp.came_at == (START + 1, START + 3)


@pytest.mark.rfc("3550", "6.3.7")
def test_goodbye_is_the_last_word() -> None:
    rtcp = session()
    octets = rtcp.goodbye(state(), START + 1)
    assert octets is not None
    report, _, bye = parse(octets)
    assert isinstance(report, SenderReport)
    assert bye == Goodbye(ssrcs=(OURS,))
    assert rtcp.deadline is None
    assert rtcp.tick(state(), START + 100) is None
    assert rtcp.goodbye(state(), START + 100) is None


@pytest.mark.rfc("3550", "6.3.7")
def test_who_never_sent_anything_does_not_say_goodbye() -> None:
    assert session().goodbye(state(0), START) is None
    rtcp = session()
    due(rtcp, state(0))
    assert rtcp.goodbye(state(0), START + 10) is not None


@pytest.mark.rfc("3611", "4.4")
@pytest.mark.rfc("3611", "4.5")
def test_extended_reports_tell_the_round_trip_to_who_only_receives() -> None:
    one, other = session("one"), session("other", THEIRS)
    quiet = LocalState(sender=SenderInfo(0, 0, 0), metrics=VoipMetrics(ssrc=OURS, r_factor=80))
    sent_at, packets = due(one, state(0, metrics=VoipMetrics(ssrc=THEIRS)))
    assert isinstance(packets[2], ExtendedReport)
    assert isinstance(packets[2].blocks[0], ReceiverReferenceTime)
    other.handle(build(*packets), sent_at + 0.05)
    answered_at = sent_at + 0.05 + INTERVAL_S * 2
    octets = other.tick(quiet, answered_at)
    assert octets is not None
    (extended,) = [packet for packet in parse(octets) if isinstance(packet, ExtendedReport)]
    (delays,) = [block for block in extended.blocks if isinstance(block, DelaySinceLastRrtr)]
    assert isinstance(delays.sub_blocks[0], LastRrtr)
    one.handle(octets, answered_at + 0.05)
    assert one.round_trip_s == pytest.approx(0.1, abs=0.001)


@pytest.mark.rfc("3611", "4.7")
def test_the_partys_metrics_come_with_its_next_report() -> None:
    rtcp, metrics = session(), VoipMetrics(ssrc=OURS, r_factor=80)
    extended = ExtendedReport(ssrc=THEIRS, blocks=(VoipMetrics(ssrc=OURS + 1), metrics))
    report = ReceiverReport(ssrc=THEIRS, reports=(ReportBlock(ssrc=OURS),))
    (view,) = rtcp.handle(build(report, extended), START)
    assert view.metrics == metrics


@given(st.binary(max_size=200), st.floats(0, 100))
def test_any_octets_are_survived(octets: bytes, after: float) -> None:
    rtcp = session()
    rtcp.handle(bytes.fromhex("80c9000100000009") + octets, START + after)
    assert rtcp.tick(state(), START + 200) is not None
