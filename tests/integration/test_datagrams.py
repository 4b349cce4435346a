"""A fax through the media worker: UDPTL passes as it came, both ways, and only the parties' (MED-15)."""

import asyncio

import pytest

from pbx.core.ids import LegId, SeededIds
from pbx.media.effects import CloseLeg, ConnectImage, ConnectLeg, OpenLeg, UnbridgeLeg
from pbx.media.events import LegClosed, LegFailed, LegStats, MediaTimedOut
from pbx.media.io.datagrams import SILENCE_S, UNHEARD_S, DatagramRelay
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.rtp import MAX_PACKET
from pbx.media.silence import SilenceRules
from pbx.sip.image_line import MAX_DATAGRAM
from tests.integration.media_parties import (
    CALL,
    MU,
    PATIENCE_S,
    A,
    B,
    Party,
    Signalling,
    bridged,
    frame,
)

pytestmark = pytest.mark.requirement("MED-15")

UDPTL = [bytes([n >> 8 & 255, n & 255, 6, 0, 0, 0, 1, 128]) + bytes(n % 300) for n in range(0, 65536, 1311)]


async def fax(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    for leg, party in zip((A, B), parties, strict=True):
        pbx.send(ConnectImage(leg=leg, host="127.0.0.1", port=party.port))
    await pbx.settle()


async def talk(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    for leg, party in zip((A, B), parties, strict=True):
        pbx.send(ConnectLeg(leg=leg, host="127.0.0.1", port=party.port, format=MU, direction="sendrecv"))
    await pbx.settle()


async def raw(party: Party) -> bytes:
    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.sock_recv(party.socket, 4096), PATIENCE_S)


async def test_datagrams_pass_unchanged_both_ways_and_audio_returns(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    a.send(frame(1))
    assert (await b.receive())[1] == frame(1)
    await fax(pbx, parties)
    for sender, receiver in ((a, b), (b, a)):
        for octets in UDPTL:
            sender.socket.sendto(octets, sender.to)
            assert await raw(receiver) == octets
    await talk(pbx, parties)
    for sender, receiver in ((b, a), (a, b)):
        sender.send(frame(2))
        assert (await receiver.receive())[1] == frame(2)
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert (closed.stats.received, closed.stats.sent) == (len(UDPTL) + 2, len(UDPTL) + 1)


async def test_a_stranger_is_neither_heard_nor_learnt(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    await fax(pbx, parties)
    stranger = Party(0xEEEE)
    for _ in range(20):
        stranger.socket.sendto(UDPTL[1], a.to)
    await pbx.settle()
    a.socket.sendto(UDPTL[2], a.to)
    assert await raw(b) == UDPTL[2]
    b.socket.sendto(UDPTL[3], b.to)
    assert await raw(a) == UDPTL[3]
    assert stranger.is_quiet() and b.is_quiet()
    stranger.socket.close()
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert closed.stats == LegStats(received=1, sent=1, dropped_source=20)


async def test_who_was_learnt_behind_a_nat_is_still_believed(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    behind = Party(0xCCCC)
    behind.to = a.to
    for n in range(5):
        behind.send(frame(n))
    assert (await b.receive())[1] == frame(4)
    await fax(pbx, parties)
    b.socket.sendto(UDPTL[4], b.to)
    assert await raw(behind) == UDPTL[4]
    behind.socket.sendto(UDPTL[5], behind.to)
    assert await raw(b) == UDPTL[5]
    behind.socket.close()


async def test_a_datagram_has_a_limit(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    assert MAX_DATAGRAM == MAX_PACKET - 1, "what is promised in SDP is what passes"
    a, b = parties
    await bridged(pbx, parties)
    await fax(pbx, parties)
    a.socket.sendto(bytes(MAX_DATAGRAM + 1), a.to)
    a.socket.sendto(bytes(MAX_DATAGRAM), a.to)
    assert await raw(b) == bytes(MAX_DATAGRAM)


async def test_nothing_passes_unless_both_have_a_fax_and_are_bridged(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    pbx.send(ConnectImage(leg=A, host="127.0.0.1", port=a.port))
    await pbx.settle()
    a.socket.sendto(UDPTL[1], a.to)
    b.send(frame(1))
    await fax(pbx, parties)
    b.socket.sendto(UDPTL[2], b.to)
    assert await raw(a) == UDPTL[2]
    pbx.send(UnbridgeLeg(leg=A))
    await pbx.settle()
    a.socket.sendto(UDPTL[3], a.to)
    await pbx.settle()
    assert a.is_quiet() and b.is_quiet()


async def test_a_fax_that_was_put_on_hold_is_silent(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    await fax(pbx, parties)
    pbx.send(ConnectImage(leg=A, host="0.0.0.0", port=a.port))
    await pbx.settle()
    b.socket.sendto(UDPTL[1], b.to)
    a.socket.sendto(UDPTL[1], a.to)
    await pbx.settle()
    assert a.is_quiet() and b.is_quiet()


async def test_a_fax_needs_audio_before_it(pbx: Signalling) -> None:
    pbx.send(ConnectImage(leg=A, host="127.0.0.1", port=4000))
    failed = await pbx.expect(LegFailed)
    assert failed.reason == "unknown leg"
    pbx.send(OpenLeg(leg=A, call=CALL), ConnectImage(leg=A, host="127.0.0.1", port=4000))
    failed = await pbx.expect(LegFailed, 2)
    assert failed.reason == "TransportError"


async def test_two_who_are_silent_for_too_long_are_told_once(parties: tuple[Party, Party]) -> None:
    failures: list[Exception] = []
    hooks = Hooks(
        emit=lambda _event: None,
        failed=lambda _leg, error: failures.append(error),
        changed=lambda _leg: None,
        identity=new_identity,
    )
    leg = RtpLeg(OpenLeg(leg=A, call=CALL), RtpSocket("127.0.0.1", 12500), SeededIds(), hooks)
    port = parties[0].port
    leg.connect(ConnectLeg(leg=A, host="127.0.0.1", port=port, format=MU, direction="sendrecv"))
    relay = DatagramRelay(leg)
    assert relay.silence(1e9, 30.0) is None, "it has audio"
    relay.start(ConnectImage(leg=A, host="127.0.0.1", port=port), 100.0)
    assert relay.silence(100.0 + SILENCE_S - 0.001, 30.0) is None
    assert relay.silence(100.0 + SILENCE_S, SILENCE_S + 1) is None
    told = relay.silence(100.0 + SILENCE_S, 30.0)
    assert told == MediaTimedOut(leg=A, silent_ms=int(SILENCE_S * 1000))
    assert relay.silence(100.0 + 2 * SILENCE_S, 30.0) is None
    leg.check_silence(1e9, SilenceRules())
    leg.close()
    assert not failures


@pytest.mark.requirement("S-35")
def test_a_place_that_says_nothing_gets_no_more_after_ten_seconds() -> None:
    """However often a re-INVITE names it; what it says itself lifts the bound."""
    legs = [doubted_leg(A, 12520), doubted_leg(B, 12522)]
    legs[0].peer, legs[1].peer = legs[1], legs[0]
    sender, place = Party(0xAAAA), Party(0xBBBB)
    relays = [DatagramRelay(leg) for leg in legs]
    for relay, leg, party in zip(relays, legs, (sender, place), strict=True):
        relay.start(ConnectImage(leg=leg.leg, host="127.0.0.1", port=party.port), 100.0)
        party.to = ("127.0.0.1", leg.socket.port)
    relays[0].to, relays[1].to = relays[1], relays[0]

    def passes(now: float) -> bool:
        sender.socket.sendto(UDPTL[1], sender.to)
        relays[0].on_readable(now)
        return not place.is_quiet()

    assert passes(200.0) and passes(200.0 + UNHEARD_S - 0.001)
    assert not passes(200.0 + UNHEARD_S)
    relays[1].start(ConnectImage(leg=B, host="127.0.0.1", port=place.port), 211.0)
    assert not passes(211.0), "it was named once more"
    place.socket.sendto(UDPTL[2], place.to)
    relays[1].on_readable(212.0)
    assert passes(212.0) and passes(900.0)
    for leg, party in zip(legs, (sender, place), strict=True):
        leg.close()
        party.socket.close()


def doubted_leg(name: LegId, port: int) -> RtpLeg:
    """A leg that had audio, with a party that was never heard."""
    hooks = Hooks(
        emit=lambda _event: None,
        failed=lambda _leg, error: pytest.fail(str(error)),
        changed=lambda _leg: None,
        identity=new_identity,
    )
    leg = RtpLeg(OpenLeg(leg=name, call=CALL), RtpSocket("127.0.0.1", port), SeededIds(), hooks)
    leg.connect(ConnectLeg(leg=name, host="127.0.0.1", port=9, format=MU, direction="sendrecv"))
    return leg
