"""A secure leg's socket over the loopback network, with a browser's half at the other end."""

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator

import pytest

from pbx.core.secret import Secret
from pbx.core.srtp import SdesKeys, SetupRole
from pbx.core.stun import is_stun
from pbx.media.io.rtp_socket import AGAIN, BUFFER, NOTHING, VIEW, RtpSocket
from pbx.media.io.secure_socket import SecureHooks, SecureSocket
from pbx.media.source_lock import Source
from pbx.media.srtp import SrtpSession
from pbx.media.srtp_refusal import Reason
from tests.media.browser_end import OURS, RTCP, BrowserEnd, parameters, rtp

PATIENCE_S = 5.0
PROMPT_S = 0.5  # of MED-08
LOCALHOST = "127.0.0.1"
KEYS = tuple(base64.b64encode(bytes([n] * 30)).decode() for n in (1, 2))


class Leg:
    """What reads the socket, as a leg does, and keeps what came out."""

    def __init__(self) -> None:
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()
        self.reports: asyncio.Queue[bytes] = asyncio.Queue()
        self.failures: asyncio.Queue[str] = asyncio.Queue()
        self.moves: list[Source] = []
        hooks = SecureHooks(
            on_rtcp=self.reports.put_nowait,
            on_failure=self.failures.put_nowait,
            on_moved=self.moves.append,
        )
        self.socket = SecureSocket(RtpSocket(LOCALHOST, 0), OURS, hooks)
        self.at = self.socket._plain._socket.getsockname()
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self.drain)

    def drain(self) -> None:
        while (n_bytes := self.socket.receive()) != NOTHING:
            if n_bytes != AGAIN:
                self.packets.put_nowait(bytes(VIEW[:n_bytes]))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()


class Port:
    """A socket of the other end, or of a stranger."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg.at
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCALHOST, 0))
        self._socket.setblocking(False)
        self.at: tuple[str, int] = self._socket.getsockname()

    def send(self, octets: bytes) -> None:
        self._socket.sendto(octets, self._leg)

    async def receive(self) -> bytes:
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.sock_recv(self._socket, 2048), PATIENCE_S)

    async def shake_hands(self, browser: BrowserEnd) -> None:
        """Check, then handshake until there are keys; the leg's own media in between is left alone."""
        self.send(browser.check())
        for octets in browser.dtls.start(time.monotonic()):
            self.send(octets)
        while browser.dtls.state != "done":
            octets = await self.receive()
            for answer in [] if is_stun(octets) else browser.dtls.handle(octets, time.monotonic()):
                self.send(answer)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
async def leg() -> AsyncIterator[Leg]:
    leg = Leg()
    yield leg
    leg.close()


@pytest.fixture
async def ports(leg: Leg) -> AsyncIterator[tuple[Port, Port]]:
    ports = Port(leg), Port(leg)
    yield ports
    for port in ports:
        port.close()


async def heard(leg: Leg) -> bytes:
    return await asyncio.wait_for(leg.packets.get(), PATIENCE_S)


def sdes(local: int, remote: int) -> SdesKeys:
    return SdesKeys(suite="AES_CM_128_HMAC_SHA1_80", local=Secret(KEYS[local]), remote=Secret(KEYS[remote]))


@pytest.mark.requirement("MED-08")
@pytest.mark.parametrize(("ours", "theirs"), [("active", "passive"), ("passive", "active")])
async def test_a_browser_hears_and_is_heard_at_once(
    leg: Leg, ports: tuple[Port, Port], ours: SetupRole, theirs: SetupRole
) -> None:
    port, browser = ports[0], BrowserEnd(theirs)
    leg.socket.secure(parameters(ours))
    leg.socket.unlock((LOCALHOST, 9))  # what a browser advertises before ICE
    assert not leg.socket.send(rtp(1)) and not leg.socket.send_rtcp(RTCP) and not leg.socket.checked
    began = time.monotonic()
    await port.shake_hands(browser)
    port.send(browser.srtp.protect(rtp(7)))
    assert await heard(leg) == rtp(7)
    assert leg.socket.source is None and leg.socket.checked and leg.socket.destination == port.at
    assert leg.socket.send(rtp(8))
    while (octets := await port.receive())[0] < 128:
        continue
    assert browser.srtp.unprotect(octets) == rtp(8)
    assert time.monotonic() - began < PROMPT_S


@pytest.mark.requirement("MED-09")
async def test_reports_share_the_port(leg: Leg, ports: tuple[Port, Port]) -> None:
    port, browser = ports[0], BrowserEnd("active")
    leg.socket.secure(parameters("passive"))
    await port.shake_hands(browser)
    port.send(browser.srtp.protect_rtcp(RTCP))
    assert await asyncio.wait_for(leg.reports.get(), PATIENCE_S) == RTCP
    assert leg.socket.send_rtcp(RTCP)
    while (octets := await port.receive())[0] < 128:
        continue
    assert browser.srtp.unprotect_rtcp(octets) == RTCP
    assert leg.packets.empty()


@pytest.mark.requirement("S-31")
async def test_a_stranger_neither_talks_nor_listens(leg: Leg, ports: tuple[Port, Port]) -> None:
    (port, stranger), browser = ports, BrowserEnd("active")
    leg.socket.secure(parameters("passive"))
    stranger.send(BrowserEnd("active").dtls.start(0.0)[0])
    stranger.send(BrowserEnd("active").check(password="x" * 24))
    await port.shake_hands(browser)
    stranger.send(rtp(1))
    stranger.send(browser.srtp.protect(rtp(2)))  # overheard and held back: authentic, but from nowhere
    stranger.send(b"\x40nonsense")
    port.send(rtp(3))
    port.send(browser.srtp.protect(rtp(4)))
    assert await heard(leg) == rtp(4)
    assert leg.socket.srtp is not None and leg.socket.srtp.refused[Reason.BAD_TAG] == 1
    assert leg.socket.strangers == 4 and leg.socket.destination == port.at
    assert leg.packets.empty()


@pytest.mark.requirement("S-32")
async def test_a_wrong_certificate_is_told_once(leg: Leg, ports: tuple[Port, Port]) -> None:
    port, browser = ports[0], BrowserEnd("active")
    leg.socket.secure(parameters("passive", fingerprints=(OURS.fingerprint,)))
    port.send(browser.check())
    for octets in browser.dtls.start(time.monotonic()):
        port.send(octets)
    while leg.failures.empty():
        octets = await port.receive()
        for answer in [] if is_stun(octets) else browser.dtls.handle(octets, time.monotonic()):
            port.send(answer)
        await asyncio.sleep(0)
    assert "certificate" in leg.failures.get_nowait()
    port.send(browser.check())
    await port.receive()
    assert leg.failures.empty() and leg.socket.srtp is None


@pytest.mark.requirement("MED-07")
async def test_keys_of_sdp_with_learning_and_lock(leg: Leg, ports: tuple[Port, Port]) -> None:
    port, stranger = ports
    peer = SrtpSession.of(sdes(1, 0))
    leg.socket.secure(sdes(0, 1))
    leg.socket.unlock(port.at)
    stranger.send(rtp(1))
    port.send(peer.protect(rtp(2)))
    assert await heard(leg) == rtp(2)
    assert leg.socket.source == port.at and not leg.socket.checked
    leg.socket.lock(port.at)
    stranger.send(peer.protect(rtp(3)))  # the kernel drops it now
    port.send(peer.protect(rtp(4)))
    assert await heard(leg) == rtp(4)
    assert leg.socket.send(VIEW[:0]) is False and leg.socket.unsent == 1
    assert leg.socket.send(memoryview(rtp(5)))
    assert peer.unprotect(await port.receive()) == rtp(5)


async def test_a_lost_flight_is_sent_again_by_itself(leg: Leg, ports: tuple[Port, Port]) -> None:
    port = ports[0]
    leg.socket.secure(parameters("active", ice=None))
    leg.socket.unlock(port.at)
    first = await port.receive()
    assert await port.receive() == first


async def test_media_before_the_keys_is_counted(leg: Leg, ports: tuple[Port, Port]) -> None:
    port, browser = ports[0], BrowserEnd("active")
    leg.socket.secure(parameters("passive"))
    port.send(rtp(1))
    port.send(b"")
    await port.shake_hands(browser)
    assert leg.socket.early == 1 and leg.packets.empty()


async def test_it_stands_in_the_place_of_the_plain_socket(leg: Leg) -> None:
    assert leg.socket.host == LOCALHOST and leg.socket.port == 0
    assert leg.socket.fileno() == leg.socket._plain.fileno()
    assert leg.socket.receive() == NOTHING and not leg.socket.has_lost_consent
    assert len(BUFFER) == 2048


@pytest.mark.requirement("MED-07")
async def test_a_released_socket_is_plain_and_its_keys_go_on_later(
    leg: Leg, ports: tuple[Port, Port]
) -> None:
    port, peer = ports[0], SrtpSession.of(sdes(1, 0))
    leg.socket.secure(sdes(0, 1))
    leg.socket.unlock(port.at)
    assert leg.socket.send(rtp(65535)) and peer.unprotect(await port.receive()) == rtp(65535)
    plain = leg.socket.release()
    assert plain.send(rtp(1)) and await port.receive() == rtp(1)
    leg.socket.secure(sdes(0, 1))
    assert leg.socket.send(rtp(0)) and peer.unprotect(await port.receive()) == rtp(0)  # rolled over


async def test_nothing_of_a_handshake_follows_a_release(leg: Leg, ports: tuple[Port, Port]) -> None:
    port = ports[0]
    leg.socket.secure(parameters("active", ice=None))
    leg.socket.unlock(port.at)
    first, plain = await port.receive(), leg.socket.release()
    assert leg.socket._timer is None
    assert plain.send(rtp(1)) and await port.receive() == rtp(1) != first


@pytest.mark.requirement("MED-08")
async def test_a_telephone_behind_a_nat_is_heard_from_where_it_proves_to_be(
    leg: Leg, ports: tuple[Port, Port]
) -> None:
    port, phone = ports[0], BrowserEnd("active")
    leg.socket.secure(parameters("passive", ice=None))
    leg.socket.unlock(("192.168.1.7", 4000))
    await port.shake_hands(phone)
    assert leg.moves == [port.at] and leg.socket.destination == port.at
    assert leg.socket.send(rtp(1)) and phone.srtp.unprotect(await port.receive()) == rtp(1)
    port.send(phone.srtp.protect(rtp(2)))
    assert await heard(leg) == rtp(2)
    assert leg.socket.source == port.at
