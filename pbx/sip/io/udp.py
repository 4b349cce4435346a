"""SIP over UDP (RFC 3261 §18)."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from pbx.core.address import Remote
from pbx.sip.events import PacketReceived
from pbx.sip.stun import binding_answer, is_stun

MAX_DATAGRAM = 8 * 1024  # the largest INVITE with a signed Identity is under 4 kB
RECEIVE_BUFFER = 4 << 20  # octets: a second of 1,000 calls; the default holds some 200 messages
REMEMBERED = 4096  # peers: who sends one message soon sends another
SO_RCVBUFFORCE = 33  # socket(7); the module does not name it


class UdpSocket(asyncio.DatagramProtocol):
    """One bound socket: each datagram is one message.

    STUN keep-alives are answered; line ends, which some telephones send for the same purpose, have served
    their purpose when they arrive, and are dropped like oversize datagrams.
    """

    def __init__(self, deliver: Callable[[PacketReceived], None]) -> None:
        self._deliver = deliver
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # loops share no base class
        _enlarge(self._transport.get_extra_info("socket"))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if is_stun(data):
            answer = binding_answer(data, addr[0], addr[1])
            if answer is not None:
                self.send(answer, _remote(addr[0], addr[1]))
        elif len(data) <= MAX_DATAGRAM and data.strip(b"\r\n\0 "):
            self._deliver(PacketReceived(octets=data, remote=_remote(addr[0], addr[1])))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error names no peer; timers B and F find out who is dead."""

    def send(self, octets: bytes, remote: Remote) -> bool:
        """Send one message; False when the address is none. A full buffer loses it, as the network may."""
        if self._transport is None or self._transport.is_closing():
            return False
        try:
            self._transport.sendto(octets, (remote.host, remote.port))
        except (OSError, ValueError, OverflowError):
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


@lru_cache(REMEMBERED)
def _remote(host: str, port: int) -> Remote:
    return Remote("udp", host, port)


def _enlarge(bound: socket.socket) -> None:
    """Let a burst wait in the kernel; as root beyond its limit (net.core.rmem_max)."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    with contextlib.suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
