"""Strangers at the RTP ports of a call: nothing of theirs is heard, nothing is sent to them."""

import asyncio
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from pbx.core.ids import LegId
from pbx.core.origins import Origins
from pbx.media.effects import BridgeLegs, CloseLeg, ConnectLeg
from pbx.media.events import AudioFault, LegClosed
from pbx.media.nat_rebind import AFTER_S
from pbx.media.rtp import RtpPacket, build
from pbx.media.source_lock import UNPROVED_PACKETS
from tests.integration.media_parties import (
    FRAME_S,
    MU,
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


@contextmanager
def at_host(host: str, port: int = 0) -> Iterator[Party]:
    """Somebody at another address of this machine."""
    party = Party(0xEEEE)
    party.socket.close()
    party.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    party.socket.bind((host, port))
    party.socket.setblocking(False)
    party.port = party.socket.getsockname()[1]
    yield party
    party.socket.close()


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
    """Under `nat: loose` he is taken for the party behind a NAT until it speaks from where it said."""
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


async def advertised(pbx: Signalling, host: str, port: int, origins: Origins) -> None:
    """The description of A names this place."""
    pbx.send(ConnectLeg(leg=A, host=host, port=port, format=MU, direction="sendrecv", origins=origins))
    await pbx.settle()


@pytest.mark.requirement("S-26")
async def test_a_sprayer_in_sequence_before_the_party_speaks_gets_nothing(pbx: Signalling) -> None:
    """He is at another host than signalling and description: nothing is sent to him, and he is not heard."""
    with two_parties() as (a, b), at_host("127.0.0.66") as sprayer:
        await bridged(pbx, (a, b))
        await advertised(pbx, "127.0.0.1", a.port, Origins(networks=("127.0.0.1",)))
        sprayer.to = a.to
        for n in range(50):
            sprayer.send(FOREIGN)
            b.send(frame(n))
        await pbx.settle()
        assert sprayer.is_quiet() and b.is_quiet()
        a.drain()
        a.send(frame(0))
        assert (await b.receive())[1] == frame(0)
        b.send(frame(1))
        assert (await a.receive())[1] == frame(1)
        assert sprayer.is_quiet()


@pytest.mark.requirement("S-26")
async def test_a_telephone_behind_a_nat_is_found_where_its_signalling_is(pbx: Signalling) -> None:
    """It names a private address, and a sprayer speaks between its packets."""
    with two_parties() as (a, b), at_host("127.0.0.7") as nat, at_host("127.0.0.66") as sprayer:
        await bridged(pbx, (a, b))
        await advertised(pbx, "192.168.77.7", 4000, Origins(networks=("127.0.0.7",), is_known=False))
        nat.to = sprayer.to = a.to
        for n in range(10):
            sprayer.send(FOREIGN)
            nat.send(frame(n))
        await pbx.settle()
        while (await b.receive())[1] != frame(9):
            pass
        b.send(frame(20))
        assert (await nat.receive())[1] == frame(20)
        assert sprayer.is_quiet()


@pytest.mark.requirement("S-35")
async def test_a_third_party_gets_a_few_packets_and_no_report_until_it_speaks(pbx: Signalling) -> None:
    """Whatever the same description says again; once a packet has come from there it is the party's place."""
    third = "127.0.0.77"
    with two_parties() as (a, b), at_host(third) as victim, at_host(third, victim.port + 1) as rtcp:
        await bridged(pbx, (a, b))
        for _ in range(3):
            await advertised(pbx, third, victim.port, Origins(networks=(), is_known=False))
            for n in range(20):
                b.send(frame(n))
            await pbx.settle()
        got = [await victim.receive() for _ in range(UNPROVED_PACKETS)]
        assert len(got) == UNPROVED_PACKETS and victim.is_quiet()
        victim.to = a.to
        victim.send(frame(1))
        await pbx.settle()
        b.drain()
        for n in range(20):
            b.send(frame(n))
            assert (await victim.receive())[1] == frame(n)
        await advertised(pbx, "127.0.0.66", 4000, Origins(networks=(), is_known=False))
        pbx.send(CloseLeg(leg=A))
        await pbx.settle()
        assert rtcp.is_quiet(), "a goodbye would have gone to where the audio went last"


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
