"""The RTP socket of a leg whose media is protected: STUN, DTLS, SRTP and RTCP share its port."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pbx.core.io.clock import monotonic
from pbx.core.srtp import DtlsParameters, SdesKeys
from pbx.media.demultiplex import KINDS, Kind, is_rtcp
from pbx.media.dtls_identity import DtlsIdentity
from pbx.media.io.rtp_socket import AGAIN, BUFFER, VIEW, RtpSocket
from pbx.media.secure_transport import Datagram, SecureTransport
from pbx.media.source_lock import Source
from pbx.media.srtp import SrtpSession
from pbx.media.srtp_refusal import Refused

# On the port of RTP, on the one beside it with the same keys, or not at all: DTLS would need an association
# of its own there (RFC 5764 §4.1).
RtcpPlace = Literal["muxed", "beside", "none"]
_SOON_S = 0.001  # a deadline that has just passed


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureHooks:
    """`on_rtcp` gets the plain compound packets that came; `on_failure` hears once why there are no keys.

    `on_moved` hears that the party has proved to be elsewhere than where it said.
    """

    on_rtcp: Callable[[bytes], None]
    on_failure: Callable[[str], None]
    on_moved: Callable[[Source], None]


class SecureSocket:
    """Stands in the place of the `RtpSocket` that it takes over, with the same verbs.

    Only authentic packets come out of `receive`. With ICE they need no further proof of where they came
    from, so `source` is None as for a locked party. `early` counts media that came before there were keys,
    `unsent` packets that could not be protected; what else was refused stands in `srtp.refused` and
    `strangers`.
    """

    takes = gives = None  # nothing passes as it is
    __slots__ = ("_failed", "_hooks", "_plain", "_timer", "_transport", "early", "rtcp", "source", "unsent")

    def __init__(self, plain: RtpSocket, identity: DtlsIdentity, hooks: SecureHooks) -> None:
        self._plain = plain
        self._transport = SecureTransport(identity)
        self._hooks = hooks
        self._timer: asyncio.TimerHandle | None = None
        self._failed = False
        self.source: Source | None = None
        self.rtcp: RtcpPlace = "none"
        self.early = self.unsent = 0

    @property
    def host(self) -> str:
        return self._plain.host

    @property
    def port(self) -> int:
        return self._plain.port

    @property
    def destination(self) -> Source | None:
        return self._plain.destination

    @property
    def credit(self) -> int | None:
        return self._plain.credit

    @credit.setter
    def credit(self, n_packets: int | None) -> None:
        self._plain.credit = n_packets

    @property
    def is_claimed(self) -> bool:
        return self._plain.is_claimed

    def doubt(self, credit: int) -> None:
        self._plain.doubt(credit)

    def trust(self) -> None:
        self._plain.trust()

    @property
    def checked(self) -> bool:
        """Whether every packet that `receive` returns is the party's without a look at its source."""
        transport = self._transport
        return self._plain.checked or (transport.has_ice and transport.srtp is not None)

    @property
    def srtp(self) -> SrtpSession | None:
        """The keys, also for RTCP on a port of its own; None before there are any."""
        return self._transport.srtp

    @property
    def strangers(self) -> int:
        """Datagrams of sources that have proved nothing."""
        return self._transport.ignored

    @property
    def refused(self) -> int:
        """Packets that were not authentic, or came before anybody could tell."""
        srtp = self._transport.srtp
        return self.early + self.strangers + (sum(srtp.refused.values()) if srtp is not None else 0)

    @property
    def has_lost_consent(self) -> bool:
        """Whether the checks of ICE have stopped (RFC 7675)."""
        return self._transport.has_lost_consent

    @property
    def may_rebind(self) -> bool:
        """Whether the party may be found elsewhere by what it sends: with ICE its checks say where it is."""
        return not self._transport.has_ice

    def secure(self, parameters: SdesKeys | DtlsParameters) -> None:
        """Take what the last offer/answer exchange agreed on; what stays the same goes on undisturbed."""
        self._failed = False
        self.rtcp = _rtcp_place(parameters)
        datagrams = self._transport.secure(parameters, monotonic())
        if self._transport.has_ice:
            self._plain.unlock(self._transport.destination)  # checks may come from anywhere
        self._perform(datagrams)

    def fileno(self) -> int:
        return self._plain.fileno()

    def receive(self) -> int:
        """Return the size of an authentic RTP packet in BUFFER, or NOTHING, or AGAIN."""
        n_bytes = self._plain.receive()
        if n_bytes <= 0:
            return n_bytes or AGAIN
        source = self._plain.source or self._plain.destination
        if source is None:
            return AGAIN
        if KINDS[BUFFER[0]] is Kind.MEDIA:
            return self._open(n_bytes, source)
        self._handle(bytes(VIEW[:n_bytes]), source)
        return AGAIN

    def lock(self, source: Source) -> None:
        """Exchange packets with `source` only; with ICE the checks decide, which may come from anywhere."""
        if not self._transport.has_ice:
            self._plain.lock(source)
            self._perform(self._transport.advertise(source, monotonic()))

    def unlock(self, destination: Source | None) -> None:
        """Receive from anybody again and send to `destination`; with ICE to the nominated source."""
        datagrams = self._transport.advertise(destination, monotonic())
        self._plain.unlock(self._transport.destination)
        self._perform(datagrams)

    def send(self, packet: bytes | memoryview) -> bool:
        """Protect and send to the destination; False without keys, and when the network did not take it."""
        srtp = self._transport.srtp
        if srtp is None:
            return False
        try:
            protected = srtp.protect(bytes(packet))
        except Refused:
            self.unsent += 1
            return False
        return self._plain.send(protected)

    def send_rtcp(self, packet: bytes) -> bool:
        """Protect a compound RTCP packet and send it from this port (RFC 5761); False as `send`."""
        srtp = self._transport.srtp
        if srtp is None:
            return False
        try:
            protected = srtp.protect_rtcp(packet)
        except Refused:
            self.unsent += 1
            return False
        return self._plain.send(protected)

    def release(self) -> RtpSocket:
        """Give the socket back: what follows is not protected, until `secure` is told of keys again."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        return self._plain

    def close(self) -> None:
        self.release().close()

    def _open(self, n_bytes: int, source: Source) -> int:
        """Put the plain packet in the place of the protected one, which is longer."""
        transport = self._transport
        srtp = transport.srtp
        if srtp is None:
            self.early += 1
            return AGAIN
        if not transport.is_party(source):
            return AGAIN
        protected = bytes(VIEW[:n_bytes])
        try:
            if n_bytes > 1 and is_rtcp(protected[1]):
                self._hooks.on_rtcp(srtp.unprotect_rtcp(protected))
                return AGAIN
            packet = srtp.unprotect(protected)
        except Refused:
            return AGAIN
        self.source = None if transport.has_ice else self._plain.source
        VIEW[: len(packet)] = packet
        return len(packet)

    def _handle(self, datagram: bytes, source: Source) -> None:
        """Take STUN or DTLS."""
        transport = self._transport
        before = transport.destination
        datagrams = transport.handle(datagram, source, monotonic())
        if not transport.has_ice and transport.destination not in (before, None):
            self._plain.unlock(transport.destination)
            self._hooks.on_moved(source)
        self._perform(datagrams)

    def _perform(self, datagrams: list[Datagram]) -> None:
        for octets, to in datagrams:
            self._plain.send_to(octets, to)
        transport = self._transport
        if transport.has_ice and transport.destination != self._plain.destination:
            self._plain.unlock(transport.destination)
        if transport.failure and not self._failed:
            self._failed = True
            self._hooks.on_failure(transport.failure)
        self._arm()

    def _arm(self) -> None:
        """Wake up for the next deadline; one timer serves, and one that rings too early asks again."""
        deadline = self._transport.deadline
        if deadline is None:
            return
        loop = asyncio.get_running_loop()
        wait_s = max(deadline - monotonic(), _SOON_S)
        if self._timer is not None:
            if self._timer.when() <= loop.time() + wait_s:
                return
            self._timer.cancel()
        self._timer = loop.call_later(wait_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self._perform(self._transport.tick(monotonic()))


def _rtcp_place(parameters: SdesKeys | DtlsParameters) -> RtcpPlace:
    if isinstance(parameters, SdesKeys):
        return "beside"
    return "muxed" if parameters.rtcp_mux else "none"
