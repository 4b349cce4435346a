"""What a recorder gets of two parties, through the real worker: as it was said, and only what may be kept."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.address import Address
from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId
from pbx.core.srtp import SdesKeys
from pbx.media.effects import CloseLeg, OpenLeg, SetGate, SetSecure
from pbx.media.events import LegClosed, LegOpened
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.media.g711 import translation
from pbx.media.rtcp import SenderReport, SourceDescription, parse
from tests.integration.media_parties import (
    ALAW,
    PATIENCE_S,
    A,
    B,
    Party,
    Signalling,
    bridged,
    frame,
    two_parties,
)
from tests.integration.test_srtp import SecureParty

TO_A, TO_B = LegId("to-a"), LegId("to-b")
PLAIN_MU = AudioFormat(encoding="PCMU", payload_type=0)


@pytest.fixture
def recorders() -> Iterator[tuple[Party, Party]]:
    """Two sockets of a recorder, one for each stream."""
    with two_parties() as both:
        yield both


async def opened(pbx: Signalling, *legs: LegId) -> dict[LegId, int]:
    """Open legs for a recorder, each of a call of its own; return their ports."""
    pbx.send(*(OpenLeg(leg=leg, call=CallId(f"call-of-{leg}")) for leg in legs))
    await pbx.settle()
    return {event.leg: event.port for event in pbx.events if isinstance(event, LegOpened)}


def fork(leg: LegId, of: LegId, recorder: Party, keys: SdesKeys | None = None) -> ForkLeg:
    return ForkLeg(leg=leg, of=of, host="127.0.0.1", port=recorder.port, format=PLAIN_MU, security=keys)


@pytest.mark.requirement("R-29")
@pytest.mark.rfc("7866", "8.1.3")
async def test_each_stream_carries_what_its_party_says_with_numbers_of_its_own(
    pbx: Signalling, parties: tuple[Party, Party], recorders: tuple[Party, Party]
) -> None:
    await bridged(pbx, parties, ALAW)
    await opened(pbx, TO_A, TO_B)
    pbx.send(SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    pbx.send(fork(TO_A, A, recorders[0]), fork(TO_B, B, recorders[1]))
    await pbx.settle()
    for n in range(5):
        parties[0].send(frame(n))
        parties[1].send(frame(100 + n), 8)
        await asyncio.gather(parties[0].receive(), parties[1].receive())
    heard = [[await recorder.receive() for _ in range(5)] for recorder in recorders]
    assert [payload for _, payload in heard[0]] == [frame(n) for n in range(5)]
    table = translation("PCMA", "PCMU")  # the recorder has chosen the other law
    assert [payload for _, payload in heard[1]] == [frame(100 + n).translate(table) for n in range(5)]
    for packets, ssrc in zip(heard, (0xAAAA, 0xBBBB), strict=True):
        first = packets[0][0]
        assert {packet.payload_type for packet, _ in packets} == {0}
        assert {packet.ssrc for packet, _ in packets} == {first.ssrc} != {ssrc}
        assert [(packet.seq - first.seq) % 2**16 for packet, _ in packets] == list(range(5))
        assert [(packet.rtp_time - first.rtp_time) % 2**32 for packet, _ in packets] == [
            0,
            160,
            320,
            480,
            640,
        ]


@pytest.mark.requirement("R-29")
async def test_nothing_is_forked_without_consent_in_secure_entry_or_in_a_pause(
    pbx: Signalling, parties: tuple[Party, Party], recorders: tuple[Party, Party]
) -> None:
    """A pause leaves no gap in the numbers; a key of the party is not in the stream."""
    await bridged(pbx, parties)
    await opened(pbx, TO_A, TO_B)
    forked = fork(TO_A, A, recorders[0])
    pbx.send(forked, fork(TO_B, B, recorders[1]))
    kept = []

    async def say(n: int, *, is_kept: bool) -> None:
        parties[0].send(frame(n))
        await parties[1].receive()
        kept.extend([frame(n)] if is_kept else [])

    await pbx.settle()
    await say(1, is_kept=False)
    for effect, is_kept in (
        (SetGate(leg=A, open=True), True),
        (UnforkLeg(leg=TO_A), False),
        (forked, True),
    ):
        pbx.send(effect)
        await pbx.settle()
        await say(len(kept) + 2, is_kept=is_kept)
        await say(len(kept) + 3, is_kept=is_kept)
    parties[0].press("5")
    await say(77, is_kept=True)
    pbx.send(SetSecure(leg=A, on=True))
    await pbx.settle()
    await say(78, is_kept=False)
    heard = [await recorders[0].receive() for _ in kept]
    assert [payload for _, payload in heard] == kept
    first = heard[0][0].seq
    assert [(packet.seq - first) % 2**16 for packet, _ in heard] == list(range(len(kept)))
    assert recorders[0].is_quiet() and recorders[1].is_quiet()


@pytest.mark.rfc("7866", "12.2")
@pytest.mark.parametrize("is_secret", [True, False])
async def test_a_stranger_cannot_pull_a_stream_away(
    pbx: Signalling, parties: tuple[Party, Party], recorders: tuple[Party, Party], is_secret: bool
) -> None:
    """With keys or without, nobody but the recorder gets it."""
    await bridged(pbx, parties)
    ports = await opened(pbx, TO_A)
    recorder, stranger = recorders
    keys = SecureParty(recorder, "AES_CM_128_HMAC_SHA1_80", "keys").keys if is_secret else None
    pbx.send(SetGate(leg=A, open=True), fork(TO_A, A, recorder, keys))
    await pbx.settle()
    stranger.to = ("127.0.0.1", ports[TO_A])
    for n in range(10):
        stranger.send(frame(n))
    await pbx.settle()
    parties[0].send(frame(1))
    assert (await recorder.receive())[1] == frame(1)
    assert stranger.is_quiet()


@pytest.mark.rfc("7866", "8.1.1")
@pytest.mark.rfc("7866", "8.1.5.1")
async def test_reports_tie_both_streams_to_one_clock(
    pbx: Signalling, parties: tuple[Party, Party], recorders: tuple[Party, Party]
) -> None:
    await bridged(pbx, parties)
    await opened(pbx, TO_A, TO_B)
    pbx.send(SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
        reports.bind(("127.0.0.1", 0))
        reports.setblocking(False)
        rtcp = Address("127.0.0.1", reports.getsockname()[1])
        for leg, of, recorder in ((TO_A, A, recorders[0]), (TO_B, B, recorders[1])):
            host, port = "127.0.0.1", recorder.port
            where = ForkLeg(leg=leg, of=of, host=host, port=port, format=PLAIN_MU, rtcp=rtcp)
            pbx.send(replace(where, session=CallId("room")))
        await pbx.settle()
        parties[0].send(frame(1))
        parties[1].send(frame(2))
        heard = [(await recorder.receive())[0] for recorder in recorders]
        pbx.send(CloseLeg(leg=TO_A), CloseLeg(leg=TO_B))
        loop = asyncio.get_running_loop()
        compound = [
            parse(await asyncio.wait_for(loop.sock_recv(reports, 2048), PATIENCE_S)) for _ in recorders
        ]
    sender = [one for packets in compound for one in packets if isinstance(one, SenderReport)]
    names = [one.cnames for packets in compound for one in packets if isinstance(one, SourceDescription)]
    assert [one.ssrc for one in sender] == [packet.ssrc for packet in heard]
    assert len({cname for ((_, cname),) in names}) == 1
    assert abs(sender[0].ntp_time - sender[1].ntp_time) < 1 << 32
    for report, packet in zip(sender, heard, strict=True):
        assert (report.packet_count, (report.rtp_time - packet.rtp_time) % 2**32 < 8000) == (1, True)


async def test_legs_may_end_in_any_order_and_a_fork_of_nobody_is_none(
    pbx: Signalling, parties: tuple[Party, Party], recorders: tuple[Party, Party]
) -> None:
    await bridged(pbx, parties)
    await opened(pbx, TO_A, TO_B)
    pbx.send(SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    pbx.send(fork(TO_A, A, recorders[0]), fork(TO_B, B, recorders[1]))
    pbx.send(fork(LegId("none"), A, recorders[0]), fork(TO_B, LegId("none"), recorders[1]))
    pbx.send(CloseLeg(leg=TO_A), UnforkLeg(leg=TO_A))
    await pbx.settle()
    parties[0].send(frame(1))
    parties[1].send(frame(2))
    assert (await parties[1].receive())[1] == frame(1)
    assert (await parties[0].receive())[1] == frame(2)
    pbx.send(CloseLeg(leg=B), UnforkLeg(leg=TO_B), CloseLeg(leg=TO_B), CloseLeg(leg=A))
    await pbx.settle()
    ended = {event.leg for event in pbx.events if isinstance(event, LegClosed)}
    assert {A, B, TO_A, TO_B} <= ended
    assert recorders[0].is_quiet() and recorders[1].is_quiet()
