"""Strangers at the RTP ports of a call: nothing of theirs is heard, nothing is sent to them."""

import asyncio
import statistics
import time
from itertools import pairwise

import pytest

from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, CloseLeg
from pbx.media.events import AudioFault, LegClosed
from pbx.media.nat_rebind import AFTER_S
from pbx.media.rtp import RtpPacket, build
from tests.integration.media_parties import (
    FRAME_S,
    PATIENCE_S,
    A,
    B,
    Party,
    Signalling,
    attach,
    bridged,
    frame,
    two_parties,
)

C, D = LegId("c"), LegId("d")
FOREIGN = bytes([0x55]) * 160
FLOOD = 40_000
CALM = 60  # packets before the flood
MAX_JITTER_S = 0.005  # more than before the flood
MAX_GAP_S = 0.1  # of another call under the flood, on a machine that also makes the flood


def quiet(party: Party) -> bool:
    try:
        return party.socket.recv(2048) == b""
    except BlockingIOError:
        return True


@pytest.mark.requirement("S-26")
@pytest.mark.parametrize("n_packets", [4, 1000])
async def test_a_sprayer_gets_nothing_and_is_not_heard(pbx: Signalling, n_packets: int) -> None:
    """Before the party speaks and after; five in sequence would be learnt, so the sprayer is at random."""
    sprayer = Party(0xEEEE)
    with two_parties() as (a, b):
        await bridged(pbx, (a, b))
        sprayer.to = a.to
        for n in range(n_packets):
            sprayer.seq = n * 7919 % 65536
            sprayer.send(FOREIGN)
        await pbx.settle()
        a.send(frame(0))
        assert (await b.receive())[1] == frame(0)
        for n in range(n_packets):
            sprayer.seq = n * 7919 % 65536
            sprayer.send(FOREIGN)
        for n in range(1, 20):
            b.send(frame(n))
            a.send(frame(n))
            assert (await b.receive())[1] == frame(n)
        assert quiet(sprayer)
    sprayer.socket.close()


@pytest.mark.requirement("S-26")
async def test_a_sprayer_in_sequence_loses_the_leg_to_the_party(pbx: Signalling) -> None:
    """He is taken for the party behind a NAT until it speaks from where it said."""
    sprayer = Party(0xEEEE)
    with two_parties() as (a, b):
        await bridged(pbx, (a, b))
        sprayer.to = a.to
        for _ in range(20):
            sprayer.send(FOREIGN)
        await pbx.settle()
        a.send(frame(0))
        while (await b.receive())[1] != frame(0):  # what the sprayer said before
            pass
        for n in range(1, 20):
            sprayer.send(FOREIGN)
            b.send(frame(n))
            a.send(frame(n))
            assert (await b.receive())[1] == frame(n)
            assert (await a.receive())[1] == frame(n)
        assert quiet(sprayer)
    sprayer.socket.close()


@pytest.mark.requirement("S-27")
async def test_who_guesses_everything_but_the_address_is_not_heard(pbx: Signalling) -> None:
    injector = Party(0xAAAA)
    with two_parties() as (a, b):
        await bridged(pbx, (a, b))
        for n in range(10):
            a.send(frame(n))
            assert (await b.receive())[1] == frame(n)
            header = RtpPacket(0, False, a.seq, a.time, a.ssrc, 0, 0)
            injector.socket.sendto(build(header, FOREIGN), a.to)
        await pbx.settle()
        assert quiet(b)
        assert quiet(injector)
        pbx.send(CloseLeg(leg=A))
        await pbx.settle()
    injector.socket.close()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert closed.stats.received == 10


@pytest.mark.requirement("S-26")
@pytest.mark.rfc("4787", "4.3")
async def test_a_party_whose_nat_forgot_it_is_heard_again_and_a_sprayer_is_not(pbx: Signalling) -> None:
    """Both ways, some three seconds after its packets began to come from another port."""
    sprayer = Party(0xEEEE)
    with two_parties() as (a, b), two_parties() as (elsewhere, _):
        await bridged(pbx, (a, b))
        for n in range(10):
            a.send(frame(n))
            assert (await b.receive())[1] == frame(n)
        sprayer.to = a.to
        moved_at = time.monotonic()
        while b.is_quiet():
            assert time.monotonic() < moved_at + PATIENCE_S
            sprayer.send(FOREIGN)
            header = RtpPacket(0, False, a.seq, a.time, a.ssrc, 0, 0)
            elsewhere.socket.sendto(build(header, frame(a.seq)), a.to)
            a.seq, a.time = (a.seq + 1) % 2**16, (a.time + 160) % 2**32
            await asyncio.sleep(FRAME_S)
        assert time.monotonic() - moved_at > AFTER_S
        b.send(frame(77))
        assert (await elsewhere.receive())[1] == frame(77)
        assert quiet(sprayer)
        assert a.is_quiet()
        fault = await pbx.expect(AudioFault)
        assert (fault.leg, fault.kind) == (A, "nat_rebind")
        pbx.send(CloseLeg(leg=A))
        closed = await pbx.expect(LegClosed, 1 + sum(isinstance(e, LegClosed) for e in pbx.events))
        assert closed.stats.rebinds == 1
    sprayer.socket.close()


def jitter(delays: list[float]) -> float:
    """Mean change from one packet to the next, which RFC 3550 §6.4.1 averages over sixteen."""
    return statistics.mean(abs(one - before) for before, one in pairwise(delays))


@pytest.mark.requirement("S-28")
@pytest.mark.parametrize("n_sources", [1, 1000])
async def test_a_flood_on_one_port_leaves_other_calls_alone(pbx: Signalling, n_sources: int) -> None:
    with two_parties() as victims, two_parties() as others:
        await bridged(pbx, victims)
        await attach(pbx, C, others[0])
        await attach(pbx, D, others[1])
        pbx.send(BridgeLegs(a=C, b=D))
        await pbx.settle()
        others[0].send(frame(0))
        await others[1].receive()
        flooders = [Party(n) for n in range(n_sources)]
        delays = []
        for n in range(1, CALM + 60):
            for at in range(FLOOD // 60 if n >= CALM else 0):
                flooders[at % n_sources].socket.sendto(FOREIGN * 2, victims[0].to)
            sent = time.monotonic()
            others[0].send(frame(n))
            assert (await others[1].receive())[1] == frame(n)
            delays.append(time.monotonic() - sent)
            await asyncio.sleep(max(0.02 - (time.monotonic() - sent), 0))
        for flooder in flooders:
            flooder.socket.close()
        calm, flooded = delays[: CALM - 1], delays[CALM - 1 :]
        assert statistics.median(flooded) < 0.01
        assert jitter(flooded) < jitter(calm) + MAX_JITTER_S
        assert max(delays) < MAX_GAP_S
        pbx.send(CloseLeg(leg=B))
        await pbx.settle()  # and the worker takes orders
