"""Audio pulled away before its party speaks, and sent to somebody who never asked for it (S-26, S-35)."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pbx.media.claim import PER_PACKET, claimed
from pbx.media.rtp import RtpPacket, build
from pbx.media.source_lock import UNPROVED_PACKETS
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.attack.raw_call import ECHO, RawCall, dialled
from tests.attack.test_account import ROOM
from tests.attack.town import Town, device
from tests.attack.wire import ANSWER_S, EVE, SDP, Ask, Wire, status, tag_of, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARRIER, VICTIM, PHONE = "127.0.0.2", "127.0.0.91", "127.0.0.92"
TALK_S = 0.6  # thirty packets
TONE_HZ = 440.0
SILENCE = bytes([0xD5]) * 160  # in A-law


@contextmanager
def ear(host: str) -> Iterator[socket.socket]:
    """Where somebody would hear audio."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp:
        rtp.bind((host, 0))
        rtp.setblocking(False)
        yield rtp


def heard(rtp: socket.socket) -> int:
    """How many packets have come."""
    n_packets = 0
    while True:
        try:
            rtp.recv(2048)
        except BlockingIOError:
            return n_packets
        n_packets += 1


async def speak(rtp: socket.socket, to: tuple[str, int], ssrc: int) -> None:
    """Send audio in sequence, as a telephone would."""
    for number in range(int(TALK_S / 0.02)):
        rtp.sendto(build(RtpPacket(8, False, number, number * 160, ssrc, 0, 0), SILENCE), to)
        await asyncio.sleep(0.02)


@pytest.mark.requirement("S-26")
async def test_who_speaks_first_into_a_port_is_sent_nothing(town: Town) -> None:
    """The party is silent until then, and hears the announcement all the same."""
    async with town.under("S-26 in sequence, before the party speaks", "nothing is sent to him"):
        with ear(CARRIER) as party, ear(EVE) as eve:
            async with wire(town.pbx.port, CARRIER) as caller:
                async with dialled(caller, ECHO, party.getsockname()[1]) as call:
                    await speak(eve, call.media, 0xEEEE)
                    assert (heard(eve), heard(party) > UNPROVED_PACKETS) == (0, True)


@pytest.mark.requirement("S-35")
async def test_a_telephone_has_nobody_else_flooded(town: Town) -> None:
    """It has its audio sent to a victim, says so once more, and sends a packet in his name.

    At its own address it hears everything.
    """
    bob = device(town.pbx, "1002")
    async with town.under("S-35 SDP names a third party", "five packets, 60 for a forged one"):
        await bob.start()
        await bob.register()
        with ear(VICTIM) as victim, ear(PHONE) as phone:
            async with wire(town.pbx.port, PHONE) as mallory:
                call, at_bob = await answered(town, mallory, bob, victim)
                at_bob.talk(TONE_HZ)
                await asyncio.sleep(TALK_S)
                await reinvited(mallory, call, 10, victim)
                await asyncio.sleep(TALK_S)
                assert heard(victim) <= UNPROVED_PACKETS
                forged = RtpPacket(8, False, 1, 160, 0xEEEE, 0, 0)
                victim.sendto(build(forged, SILENCE), call.media)
                await asyncio.sleep(3 * TALK_S)
                assert UNPROVED_PACKETS < heard(victim) <= claimed(20) + PER_PACKET
                await reinvited(mallory, call, 11, phone)
                await asyncio.sleep(TALK_S)
                assert heard(phone) > UNPROVED_PACKETS
                mallory.send(mallory.text(call.request("BYE", 12)))
                await at_bob.wait_ended(ANSWER_S)
        await bob.close()


async def answered(town: Town, on: Wire, bob: Phone, rtp: socket.socket) -> tuple[RawCall, PhoneCall]:
    """1001 calls Bob, who answers; its audio is to go to `rtp`."""
    ask = invite("1002", rtp, call_id=f"third-{on.bound[1]}")
    ringing = asyncio.ensure_future(bob.incoming(ANSWER_S))
    calling = asyncio.ensure_future(on.proven(ask, town.pbx.secret("1001")))
    at_bob = await ringing
    at_bob.answer()
    answer = await calling
    assert status(answer) == 200, answer
    ask = replace(ask, cseq=2, to_tag=tag_of(answer))
    on.send(on.text(replace(ask, method="ACK", body="")))
    assert await at_bob.wait_answered(ANSWER_S) == 200
    return RawCall(ask=ask, answer=answer), at_bob


async def reinvited(on: Wire, call: RawCall, cseq: int, rtp: socket.socket) -> None:
    """The telephone offers anew."""
    ask = replace(call.ask, cseq=cseq, body=invite("1002", rtp).body)
    assert status(await on.final(ask)) == 200
    on.send(on.text(replace(ask, method="ACK", body="")))


def invite(user: str, rtp: socket.socket, call_id: str = "") -> Ask:
    """1001 calls somebody, and is to hear him there."""
    host, port = rtp.getsockname()
    body = SDP.format(host=host, port=port)
    contact = "Contact: <sip:1001@{host}:{port}>"
    return Ask(method="INVITE", user=user, caller="1001", call_id=call_id, lines=(ROOM, contact), body=body)
