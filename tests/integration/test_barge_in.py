"""A key cuts a question short with its first packet, and not when it is let go."""

import asyncio

import pytest

from pbx.core.ids import Token
from pbx.media.dtmf import event_packets
from pbx.media.effects import Play, StopPlay, ToneSource
from pbx.media.events import DigitReceived, PlayEnded
from pbx.media.rtp import RtpPacket, build
from tests.integration.media_parties import A, Party, Signalling, attach

QUESTION = ToneSource(country="gb", tone="dial", duration_ms=60_000)
PRESSES = 5
HELD_MS = 200
EVENT = 101


class Keys:
    """A party that holds a key down and lets it go."""

    def __init__(self, party: Party) -> None:
        self._party = party
        packets = event_packets("5", HELD_MS)
        self._down, self._up = [one.payload for one in packets[:-3]], packets[-1].payload

    def hold(self, n_packets: int) -> None:
        for payload in self._down[:n_packets]:
            self._send(payload)

    def let_go(self) -> None:
        for _ in range(3):
            self._send(self._up)
        self._party.time = (self._party.time + 8 * HELD_MS) % 2**32

    def _send(self, payload: bytes) -> None:
        party = self._party
        header = RtpPacket(EVENT, False, party.seq, party.time, party.ssrc, 0, 0)
        party.socket.sendto(build(header, payload), party.to)
        party.seq = (party.seq + 1) % 2**16


def n_waiting(party: Party) -> int:
    """Take what has come and return how much it was."""
    number = 0
    while not party.is_quiet():
        number += 1
    return number


@pytest.mark.requirement("MED-06")
async def test_the_first_packet_of_a_key_ends_a_question(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """Of several presses the best counts: who waits for a core sends what is due before it reads."""
    a, _ = parties
    await attach(pbx, A, a)
    keys, late = Keys(a), list[int]()
    for number in range(1, PRESSES + 1):
        pbx.send(Play(leg=A, token=Token(number), sources=(QUESTION,), until_key=True))
        for _ in range(3):
            await a.receive()
        a.drain()
        keys.hold(1)
        ended = await pbx.expect(PlayEnded, number)
        assert (ended.token, ended.completed) == (Token(number), False) and ended.played_ms > 0
        late.append(n_waiting(a))
        assert len([event for event in pbx.events if isinstance(event, DigitReceived)]) == number - 1
        keys.let_go()
        assert (await pbx.expect(DigitReceived, number)).digit.reveal() == "5"
        await pbx.settle()
        assert a.is_quiet()
    print(f"packets of the question after the first one of the key: {late}")
    assert min(late) <= 1


async def test_the_end_of_a_key_does_not_cut_what_is_played_because_of_it(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """Its last packet is sent three times (RFC 4733 §2.5.1.4)."""
    a, _ = parties
    await attach(pbx, A, a)
    keys = Keys(a)
    keys.hold(2)
    keys.let_go()
    await pbx.expect(DigitReceived)
    pbx.send(Play(leg=A, token=Token(1), sources=(QUESTION,), until_key=True))
    await a.receive()
    a.time = (a.time - 8 * HELD_MS) % 2**32
    keys.let_go()
    for _ in range(5):
        await a.receive()
    assert not [event for event in pbx.events if isinstance(event, PlayEnded)]


async def test_what_no_key_cuts_goes_on(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    pbx.send(Play(leg=A, token=Token(1), sources=(QUESTION,)))
    await a.receive()
    keys = Keys(a)
    keys.hold(2)
    keys.let_go()
    await pbx.expect(DigitReceived)
    a.drain()
    for _ in range(3):
        await a.receive()
    assert not [event for event in pbx.events if isinstance(event, PlayEnded)]
    pbx.send(StopPlay(leg=A))
    assert not (await asyncio.wait_for(pbx.expect(PlayEnded), 5)).completed
