"""SRTP through the worker: every suite heard both ways, and what strangers and forgers achieve."""

import base64
from typing import cast

import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, SeededIds
from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.media.effects import BridgeLegs, CloseLeg, ConnectLeg
from pbx.media.events import LegClosed
from pbx.media.srtp import SrtpSession
from pbx.media.srtp_refusal import Refused
from tests.integration.media_parties import MU, A, B, Party, Signalling, attach, frame, two_parties
from tests.integration.test_transcoding import FORMATS, LIKENESS, conversations


class SecureParty:
    """A phone's socket that protects what is sent and opens what comes; `keys` are the worker's view."""

    def __init__(self, party: Party, suite: Suite, seed: str) -> None:
        ids = SeededIds(seed)
        ours, theirs = (ids.octets(SUITES[suite].master_bytes) for _ in "ab")
        self.keys = SdesKeys(suite=suite, local=_text(theirs), remote=_text(ours))
        self._srtp = SrtpSession(suite, ours, theirs)
        self._party, self._socket = party, party.socket
        party.socket = self  # type: ignore[assignment]

    def sendto(self, octets: bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(self._srtp.protect(octets), to)

    def forge(self, octets: bytes, to: tuple[str, int]) -> None:
        """Send as it is."""
        self._socket.sendto(octets, to)

    def recv(self, size: int) -> bytes:
        while True:
            octets = self._socket.recv(size)
            try:
                return self._srtp.unprotect(octets)
            except Refused:
                continue

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


def _text(octets: bytes) -> Secret[str]:
    return Secret(base64.b64encode(octets).decode())


async def secured(pbx: Signalling, leg: LegId, party: Party, keys: SdesKeys, fmt: AudioFormat = MU) -> None:
    await attach(pbx, leg, party, fmt)
    await connected_again(pbx, leg, party, keys, fmt)


async def connected_again(
    pbx: Signalling, leg: LegId, party: Party, keys: SdesKeys, fmt: AudioFormat = MU
) -> None:
    order = ConnectLeg(
        leg=leg, host="127.0.0.1", port=party.port, format=fmt, direction="sendrecv", security=keys
    )
    pbx.send(order)
    await pbx.settle()


@pytest.mark.requirement("MED-07")
@pytest.mark.parametrize("other", ["PCMU", "opus"])
async def test_every_suite_is_heard_both_ways(pbx: Signalling, other: str) -> None:
    """One leg is protected, the other plain; relayed and transcoded."""

    async def protect(suite: str, leg: LegId, party: Party) -> None:
        secure = SecureParty(party, cast(Suite, suite), "keys")
        await connected_again(pbx, leg, party, secure.keys)

    pairs = dict.fromkeys(map(str, SUITES), (MU, FORMATS[other]))
    for suite, both in (await conversations(pbx, pairs, protect)).items():
        for heard in both:
            assert heard.likeness > LIKENESS, suite


@pytest.mark.requirement("S-30")
async def test_forged_packets_end_nothing_and_are_counted(pbx: Signalling) -> None:
    with two_parties() as (secure_party, plain):
        secure = SecureParty(secure_party, "AES_CM_128_HMAC_SHA1_80", "keys")
        await secured(pbx, A, secure_party, secure.keys)
        await attach(pbx, B, plain)
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        secure_party.send(frame(0))
        await plain.receive()
        stranger = Party(0xCCCC)
        stranger.to = secure_party.to
        for n in range(2000):
            secure.forge(bytes([0x80, 0]) + n.to_bytes(2) + bytes(190), secure_party.to)
            stranger.send(frame(n))
            if n % 100 == 99:
                await pbx.settle()  # no more than the socket's buffer holds
        stranger.socket.close()
        for n in range(1, 30):
            secure_party.send(frame(n))
            assert (await plain.receive())[1] == frame(n)
            plain.send(frame(n))
        pbx.send(CloseLeg(leg=A))
        await pbx.settle()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert closed.stats.received == 30
    assert closed.stats.refused == 2000  # the stranger's never get past the kernel


@pytest.mark.requirement("MED-07")
async def test_a_re_invite_with_the_same_keys_keeps_the_rollover_counter(pbx: Signalling) -> None:
    """The party's sequence numbers wrap before the re-INVITE and go on after it."""
    with two_parties() as (secure_party, plain):
        secure = SecureParty(secure_party, "AES_CM_128_HMAC_SHA1_80", "keys")
        await secured(pbx, A, secure_party, secure.keys)
        await attach(pbx, B, plain)
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        for n in range(60):
            if n == 30:
                await secured_again(pbx, secure_party, secure.keys)
            secure_party.send(frame(n))
            assert (await plain.receive())[1] == frame(n)
            plain.send(frame(n))
            assert (await secure_party.receive())[1] == frame(n)


async def secured_again(pbx: Signalling, party: Party, keys: SdesKeys) -> None:
    for direction in ("sendonly", "sendrecv"):
        pbx.send(
            ConnectLeg(
                leg=A,
                host="127.0.0.1",
                port=party.port,
                format=MU,
                direction=direction,
                security=keys,
            )
        )
    await pbx.settle()


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("8643", "3.3")
async def test_an_answer_without_keys_after_one_with_them_is_heard_both_ways(pbx: Signalling) -> None:
    """Another device of the callee answers than the one that had taken the keys; then keys come again."""
    with two_parties() as (party, plain):
        unprotected = party.socket
        secure = SecureParty(party, "AES_CM_128_HMAC_SHA1_80", "keys")
        await secured(pbx, A, party, secure.keys)
        await attach(pbx, B, plain)
        pbx.send(BridgeLegs(a=A, b=B))
        orders = [
            ConnectLeg(
                leg=A, host="127.0.0.1", port=party.port, format=MU, direction="sendrecv", security=keys
            )
            for keys in (secure.keys, None, secure.keys)
        ]
        for n, order in enumerate(orders):
            pbx.send(order)
            await pbx.settle()
            party.socket = unprotected if order.security is None else secure  # type: ignore[assignment]
            party.send(frame(n))
            assert (await plain.receive())[1] == frame(n)
            plain.send(frame(n))
            assert (await party.receive())[1] == frame(n)
