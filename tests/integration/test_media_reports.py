"""RTCP of a real worker: what is exchanged, what is measured, what is found wrong, what is not believed."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from pbx.core.address import Address
from pbx.media.effects import CloseLeg, ConnectLeg
from pbx.media.events import AudioFault, AudioFaultKind, LegClosed, LegStats, QualityReport
from pbx.media.rtcp import Goodbye, ReceiverReport, ReportBlock, RtcpPacket, SenderReport, parse
from pbx.media.rtcp_build import build
from pbx.media.rtcp_xr import ExtendedReport, VoipMetrics
from tests.integration.media_parties import MU, A, B, Party, Signalling, attach, bridged, frame
from tests.media import e_model

LONG_S = 12.0  # a report is due after 7.5 s at the latest
T = TypeVar("T")
BUFFER_MS = 40  # what a listener's receiver is taken to hold back


class ReportingParty(Party):
    """A phone with an RTCP port beside that of RTP."""

    def __init__(self, ssrc: int) -> None:
        while True:
            super().__init__(ssrc)
            self.rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtcp.setblocking(False)
            try:
                self.rtcp.bind(("127.0.0.1", self.port + 1))
                return
            except OSError:
                self.close()

    @property
    def rtcp_to(self) -> tuple[str, int]:
        return self.to[0], self.to[1] + 1

    async def reported(self) -> tuple[RtcpPacket, ...]:
        octets = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.rtcp, 2048), LONG_S)
        return parse(octets)

    def report(self, ssrc: int, *, lost: int = 0, last_sr: int = 0, delay: int = 0) -> None:
        block = ReportBlock(
            ssrc=ssrc,
            fraction_lost=0,
            cumulative_lost=lost,
            highest_seq=self.seq,
            jitter=16,
            last_sr=last_sr,
            delay_since_last_sr=delay,
        )
        self.rtcp.sendto(build(ReceiverReport(ssrc=self.ssrc, reports=(block,))), self.rtcp_to)

    def close(self) -> None:
        self.socket.close()
        self.rtcp.close()


@pytest.fixture
def parties() -> Iterator[tuple[ReportingParty, ReportingParty]]:
    both = ReportingParty(0xAAAA), ReportingParty(0xBBBB)
    yield both
    for party in both:
        party.close()


class Speech:
    """Says a frame each 20 ms for as long as it is open."""

    def __init__(self, say: Callable[[int], object], period_s: float = 0.02) -> None:
        self._say, self._period_s = say, period_s
        self._task: asyncio.Future[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.ensure_future(self._speak())

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _speak(self) -> None:
        n, began = 0, time.monotonic()
        while True:
            self._say(n)
            n += 1
            await asyncio.sleep(max(began + n * self._period_s - time.monotonic(), 0))


def lossy(party: Party) -> Callable[[int], object]:
    """Speech of which each tenth packet is lost."""

    def say(n: int) -> None:
        if n % 10 == 5:
            party.seq, party.time = (party.seq + 1) % 2**16, (party.time + 160) % 2**32
        else:
            party.send(frame(n))

    return say


async def wait_for(pbx: Signalling, find: Callable[[], T | None]) -> T:
    async with asyncio.timeout(LONG_S + 5):
        while (found := find()) is None:
            await pbx.next()
    return found


async def fault(pbx: Signalling, kind: AudioFaultKind) -> AudioFault:
    def find() -> AudioFault | None:
        return next((e for e in pbx.events if isinstance(e, AudioFault) and e.kind == kind), None)

    return await wait_for(pbx, find)


@pytest.mark.requirement("MED-10")
async def test_reports_are_exchanged_and_the_call_is_rated(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    async with Speech(lossy(a)), Speech(lambda n: b.send(frame(n))):
        sender, *rest = await a.reported()
        assert isinstance(sender, SenderReport)
        assert sender.packet_count > 20
        assert sender.octet_count == 160 * sender.packet_count
        [block] = sender.reports
        assert block.ssrc == a.ssrc
        assert block.fraction_lost == pytest.approx(25, abs=6)
        [extended] = [one for one in rest if isinstance(one, ExtendedReport)]
        [metrics] = [one for one in extended.blocks if isinstance(one, VoipMetrics)]
        assert metrics.loss_rate == pytest.approx(25, abs=6)

        await asyncio.sleep(0.3)  # the network and the party together; the party owns to 0.2 s of it
        middle = sender.ntp_time >> 16 & 0xFFFFFFFF
        a.report(sender.ssrc, lost=3, last_sr=middle, delay=int(0.2 * 65536))
        report = await wait_for(pbx, lambda: _rated(pbx))
        assert (await fault(pbx, "high_loss")).leg == A
    assert report.sent is not None
    assert report.sent.round_trip_ms == pytest.approx(100, abs=40)
    assert report.sent.jitter_ms == 2.0
    assert report.heard.loss == pytest.approx(0.1, abs=0.02)
    delay_ms = (report.heard.round_trip_ms or 0) / 2 + BUFFER_MS
    r = e_model.rating(ie=0, bpl=25.1, loss_percent=report.heard.loss * 100, burst=1, delay_ms=delay_ms)
    assert report.heard.mos == pytest.approx(e_model.opinion(r), abs=0.3)

    stats = await closed(pbx)
    assert stats.heard_quality is not None
    assert stats.sent_quality is not None
    assert stats.heard_quality.loss == pytest.approx(0.1, abs=0.02)
    assert stats.sent_quality.round_trip_ms == report.sent.round_trip_ms
    while not any(isinstance(one, Goodbye) for one in await a.reported()):
        pass


@pytest.mark.requirement("MED-10")
@pytest.mark.rfc("3605", "2.1")
async def test_reports_go_where_the_party_said(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as apart:
        apart.setblocking(False)
        apart.bind(("127.0.0.2", 0))
        rtcp = Address(*apart.getsockname())
        order = ConnectLeg(leg=A, host="127.0.0.1", port=a.port, format=MU, direction="sendrecv", rtcp=rtcp)
        pbx.send(order)
        await pbx.settle()
        b.send(frame(0))
        await a.receive()
        await closed(pbx)
        octets, source = await asyncio.wait_for(asyncio.get_running_loop().sock_recvfrom(apart, 2048), LONG_S)
    assert source == a.rtcp_to
    assert any(isinstance(one, Goodbye) for one in parse(octets))


async def closed(pbx: Signalling) -> LegStats:
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    [stats] = [e.stats for e in pbx.events if isinstance(e, LegClosed) and e.leg == A]
    return stats


def _rated(pbx: Signalling) -> QualityReport | None:
    reports = [e for e in pbx.events if isinstance(e, QualityReport) and e.leg == A]
    return next((one for one in reports if one.sent is not None), None)


async def test_a_party_that_falls_silent_is_told_during_the_call(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    await bridged(pbx, parties)
    async with Speech(lambda n: parties[1].send(frame(n))):
        told = await fault(pbx, "one_way_audio")
    assert told.leg == A
    assert "nothing is heard" in told.detail


async def test_a_party_that_reports_to_hear_nothing_is_told(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    deaf = build(ReceiverReport(ssrc=a.ssrc))
    async with (
        Speech(lambda n: a.send(frame(n))),
        Speech(lambda n: b.send(frame(n))),
        Speech(lambda _: a.rtcp.sendto(deaf, a.rtcp_to), 1.0),
    ):
        told = await fault(pbx, "one_way_audio")
    assert told.leg == A
    assert "reports" in told.detail


async def test_another_codec_and_another_packet_time_are_told(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    a, b = parties
    await attach(pbx, A, a)
    await attach(pbx, B, b)
    thirty_ms = bytes(240)
    async with Speech(lambda n: a.send(frame(n), 18)), Speech(lambda _: b.send(thirty_ms), 0.03):
        codec, ptime = await fault(pbx, "codec_mismatch"), await fault(pbx, "ptime_mismatch")
    assert (codec.leg, codec.detail) == (A, "payload type 18 was not agreed")
    assert (ptime.leg, ptime.detail) == (B, f"packets of 30 ms, agreed were {MU.ptime_ms}")


@pytest.mark.requirement("S-29")
async def test_forged_reports_end_and_change_nothing(
    pbx: Signalling, parties: tuple[ReportingParty, ReportingParty]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    forged = [build(ReceiverReport(ssrc=a.ssrc), Goodbye(ssrcs=(a.ssrc,))), b"", b"\x80", bytes(2000)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        async with Speech(lambda n: a.send(frame(n))), Speech(lambda n: b.send(frame(n))):
            sender, *_ = await a.reported()
            assert isinstance(sender, SenderReport)
            for octets in forged:
                stranger.sendto(octets, a.rtcp_to)
                a.rtcp.sendto(octets, a.rtcp_to)
            block = ReportBlock(
                ssrc=sender.ssrc,
                fraction_lost=255,
                cumulative_lost=9000,
                highest_seq=1,
                jitter=9,
                last_sr=0,
                delay_since_last_sr=0,
            )
            stranger.sendto(build(ReceiverReport(ssrc=a.ssrc, reports=(block,))), a.rtcp_to)
            await a.reported()
    b.drain()  # a full socket takes no more
    last = bytes(160)
    a.send(last)
    while (await b.receive())[1] != last:  # what was said before it may be on its way still
        pass
    stats = await closed(pbx)
    assert stats.received > 100
    assert stats.sent_quality is None
