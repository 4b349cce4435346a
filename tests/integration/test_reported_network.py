"""RTCP through a bad network: what the worker reports of loss, jitter and round trip, beside the truth."""

import asyncio
import time
from pathlib import Path as FilePath

import pytest

from pbx.media.effects import BridgeLegs
from pbx.media.rtcp import ReportBlock, SenderReport, parse
from pbx.media.rtcp_xr import ExtendedReport, VoipMetrics
from pbx.media.rtp import parse as parse_rtp
from tests.integration.impairment import Passage, Path, Weather, attach_through, network
from tests.integration.media_parties import MU, A, B, serving
from tests.integration.test_media_reports import ReportingParty, closed
from tests.integration.voices import speech_like, talk

SECONDS = 12.0  # the second report comes after 11.25 s at the latest
N_REPORTS = 2
DELAY_MS = 60
UP = Weather(loss=0.05, delay_ms=DELAY_MS, jitter_ms=40)
DOWN = Weather(delay_ms=DELAY_MS)
WAIT_S = 0.15  # what the party keeps a report before it answers


Said = tuple[ReportBlock, VoipMetrics]


def arrivals(passages: list[Passage], until: float) -> list[tuple[float, int, int]]:
    """Time, number from the first packet and RTP time of what had left the network by then."""
    [(first, _), *_] = headers = [_header(one.octets) for one in passages]
    found = [
        (left, (seq - first) % 2**16, rtp_time)
        for one, (seq, rtp_time) in zip(passages, headers, strict=True)
        for left in one.left
        if left <= until
    ]
    return sorted(found)


def _header(octets: bytes) -> tuple[int, int]:
    packet = parse_rtp(octets, len(octets))
    return packet.seq, packet.rtp_time


def true_jitter_ms(arrived: list[tuple[float, int, int]]) -> float:
    """RFC 3550 §6.4.1."""
    jitter, before = 0.0, arrived[0]
    for one in arrived[1:]:
        units = (one[2] - before[2] + 2**31) % 2**32 - 2**31
        jitter += (abs((one[0] - before[0]) * 1000 - units / 8) - jitter) / 16
        before = one
    return jitter


def true_lost(arrived: list[tuple[float, int, int]]) -> tuple[int, int]:
    """Return how many were lost, and how many expected."""
    expected = max(n for _, n, _ in arrived) + 1
    return expected - len(arrived), expected


async def answer(party: ReportingParty) -> list[Said]:
    """Answer each SR, and return what was said of the party."""
    loop, said = asyncio.get_running_loop(), list[Said]()
    while len(said) < N_REPORTS:
        octets = await loop.sock_recv(party.rtcp, 2048)
        came = time.monotonic()
        sender, *rest = parse(octets)
        assert isinstance(sender, SenderReport)
        blocks = [block for one in rest if isinstance(one, ExtendedReport) for block in one.blocks]
        [metrics] = [block for block in blocks if isinstance(block, VoipMetrics)]
        said.append((sender.reports[0], metrics))
        await asyncio.sleep(WAIT_S)
        delay = int((time.monotonic() - came) * 65536)
        party.report(sender.ssrc, last_sr=sender.ntp_time >> 16 & 0xFFFFFFFF, delay=delay)
    return said


@pytest.mark.requirement("MED-10")
async def test_reports_tell_the_truth_about_the_network(tmp_path: FilePath) -> None:
    """Bounds: a packet in 30 of loss, 3 ms of jitter, 25 ms of round trip."""
    a, b = ReportingParty(0xAAAA), ReportingParty(0xBBBB)
    with network() as net:
        path = net.path(UP, DOWN, seed="reports")
        async with serving(tmp_path) as pbx:
            await attach_through(path, pbx, a, A, reports=True)
            await attach_through(net.path(), pbx, b, B)
            pbx.send(BridgeLegs(a=A, b=B))
            voice = speech_like(1, SECONDS)
            talking = [asyncio.ensure_future(talk(party, MU, voice)) for party in (a, b)]
            said = await asyncio.wait_for(answer(a), SECONDS + 1)
            await net.until(lambda: sum(bool(one.left) for one in path.reports_up.passages) == N_REPORTS)
            for one in talking:
                one.cancel()
            await pbx.settle()
            stats = await closed(pbx)
    a.close()
    b.close()
    compare_reports(path, said)
    trips = [
        down.left[0] - down.came + up.left[0] - up.came
        for down, up in zip(path.reports_down.passages, path.reports_up.passages, strict=False)
    ]
    assert stats.sent_quality is not None
    assert stats.sent_quality.round_trip_ms == pytest.approx(trips[-1] * 1000, abs=25)
    assert 2 * DELAY_MS < trips[-1] * 1000 < 2 * DELAY_MS + 80


def compare_reports(path: Path, said: list[Said]) -> None:
    lost_before, expected_before = 0, 0
    for (block, metrics), sent in zip(said, path.reports_down.passages, strict=False):
        arrived = arrivals(path.up.passages, sent.came)
        lost, expected = true_lost(arrived)
        assert block.cumulative_lost == pytest.approx(lost, abs=2)
        fraction = (lost - lost_before) / (expected - expected_before)
        assert block.fraction_lost / 256 == pytest.approx(fraction, abs=0.03)
        assert metrics.loss_rate / 256 == pytest.approx(lost / expected, abs=0.03)
        assert block.jitter / 8 == pytest.approx(true_jitter_ms(arrived), abs=3)
        lost_before, expected_before = lost, expected
