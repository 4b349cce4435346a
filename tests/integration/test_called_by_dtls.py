"""A telephone that we call by DTLS-SRTP: our offer, its answer, the handshake, and audio in a real worker."""

import asyncio
import time

import pytest

from pbx.call.descriptions import connect_leg
from pbx.core.ids import SeededIds
from pbx.core.srtp import DtlsParameters, Fingerprint, SetupRole
from pbx.media.demultiplex import KINDS, Kind
from pbx.media.dtls import DtlsAssociation
from pbx.media.effects import BridgeLegs, ConnectLeg, OpenLeg
from pbx.media.events import LegOpened
from pbx.media.srtp import SrtpSession
from pbx.media.srtp_refusal import Refused
from pbx.sip.fingerprint import fingerprints, format_fingerprint
from pbx.sip.negotiation import MediaProfile, Negotiation
from pbx.sip.sdp import parse_sdp
from tests.integration.media_parties import (
    CALL,
    PATIENCE_S,
    A,
    B,
    Party,
    Signalling,
    attach,
    frame,
)
from tests.media.browser_end import BROWSERS

CALLED = MediaProfile(codecs=("PCMU",), srtp="required", offers="dtls")


class DtlsPhone:
    """The half of a telephone: it answers an offer in a role, shakes hands, and protects what it says."""

    def __init__(self, party: Party, role: SetupRole) -> None:
        self._party, self._socket, self._role = party, party.socket, role
        self._srtp: SrtpSession | None = None
        self._dtls: DtlsAssociation | None = None

    def answer(self, offer: bytes, host: str = "127.0.0.1") -> bytes:
        """Take our fingerprint; say where it is and who."""
        description = parse_sdp(offer)
        theirs = fingerprints(description, description.media[0])
        self._dtls = DtlsAssociation(BROWSERS, DtlsParameters(role=self._role, remote_fingerprints=theirs))
        lines = (
            *("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"),
            f"m=audio {self._party.port} UDP/TLS/RTP/SAVP 0 101",
            *("a=rtpmap:101 telephone-event/8000", "a=rtcp-mux", f"a=setup:{self._role}"),
            "a=fingerprint:" + format_fingerprint(BROWSERS.fingerprint),
        )
        return "\r\n".join((*lines, "")).encode()

    async def shake_hands(self) -> None:
        dtls = self._dtls
        assert dtls is not None, "after the answer"
        loop = asyncio.get_running_loop()
        flight = dtls.start(time.monotonic())
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for octets in flight:
                    self._socket.sendto(octets, self._party.to)
                if dtls.keys is not None:
                    break
                octets = await loop.sock_recv(self._socket, 2048)
                flight = dtls.handle(octets, time.monotonic()) if KINDS[octets[0]] is Kind.DTLS else []
        self._srtp = SrtpSession(dtls.keys.suite, dtls.keys.local, dtls.keys.remote)
        self._party.socket = self  # type: ignore[assignment]

    def sendto(self, octets: bytes, to: tuple[str, int]) -> None:
        assert self._srtp is not None
        self._socket.sendto(self._srtp.protect(octets), to)

    def recv(self, size: int) -> bytes:
        assert self._srtp is not None
        while True:
            octets = self._socket.recv(size)
            try:
                return self._srtp.unprotect(octets)
            except Refused:
                continue  # the last flight, which came twice

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


async def called(pbx: Signalling, party: Party, phone: DtlsPhone, host: str = "127.0.0.1") -> ConnectLeg:
    """Offer, be answered, and tell the worker."""
    pbx.send(OpenLeg(leg=A, call=CALL))
    opened = await pbx.expect(LegOpened)
    party.to = opened.host, opened.port
    mark = Fingerprint(hash="sha-256", digest=opened.fingerprint)
    ours = Negotiation(party.to, 1, CALLED, ids=SeededIds("call"), fingerprint=mark)
    order = connect_leg(A, ours.accept(phone.answer(ours.offer(), host)))
    pbx.send(order)
    await pbx.settle()
    return order


@pytest.mark.requirement("MED-08")
@pytest.mark.rfc("5763", "5")
@pytest.mark.parametrize(
    ("role", "host"), [("active", "127.0.0.1"), ("passive", "127.0.0.1"), ("active", "192.168.1.7")]
)
async def test_a_called_telephone_hears_and_is_heard(
    pbx: Signalling, parties: tuple[Party, Party], role: SetupRole, host: str
) -> None:
    """The third says an address inside its NAT, from where nothing ever comes."""
    party, other = parties
    phone = DtlsPhone(party, role)
    await called(pbx, party, phone, host)
    await attach(pbx, B, other)
    pbx.send(BridgeLegs(a=A, b=B))
    await phone.shake_hands()
    await pbx.settle()
    for n in range(3):
        party.send(frame(n))
        assert (await other.receive())[1] == frame(n)
        other.send(frame(n))
        assert (await party.receive())[1] == frame(n)
