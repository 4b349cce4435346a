"""A non-blocking UDP socket for RTP, connected to its party once the party's address is certain.

A connected socket makes the kernel drop foreign packets, and costs less per packet.
"""

import contextlib
import ctypes
import os
import socket
from collections.abc import Callable
from functools import partial

from pbx.media.rtp import MAX_PACKET
from pbx.media.source_lock import Source

# One buffer for all legs: a packet is parsed, recorded and sent on before the next one is read.
BUFFER = bytearray(MAX_PACKET)
VIEW = memoryview(BUFFER)

NOTHING, AGAIN = -1, -2  # instead of a size: nothing waits; nothing came, but look again

_RECEIVE_BUFFER = 256 << 10  # a second of one voice even when the process is held up
_NOBODY = socket.AF_UNSPEC.to_bytes(2, "little") + bytes(26)
_libc = ctypes.CDLL(None, use_errno=True)


def is_address(host: str, port: int) -> bool:
    """True for a numeric address that can be sent to; 0.0.0.0 and port 0 mean hold (RFC 3264 §8.4)."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            octets = socket.inet_pton(family, host)
        except OSError:
            continue
        return any(octets) and 0 < port < 65536
    return False


class RtpSocket:
    """Receives into the shared `BUFFER` and sends; OSError only from the constructor.

    A shorter way while there is one, for who does either for each packet: `takes` does what `receive` does,
    as long as nothing but the party's packets can come, and `gives` what `send` does. Both raise OSError;
    in C the system call on `fd` stands for either.
    `credit` is how many packets may go to a destination that is not certain, None = as many as there are.
    While `is_claimed`, packets have come from there, and an ICMP error that nobody is there ends the credit.
    """

    refused = 0  # plain RTP proves nothing
    __slots__ = (
        "_connected",
        "_socket",
        "checked",
        "credit",
        "destination",
        "fd",
        "gives",
        "host",
        "is_claimed",
        "port",
        "source",
        "takes",
    )

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host, self.port, self.fd = host, port, self._socket.fileno()
        self.destination: Source | None = None
        self.credit: int | None = None
        self.is_claimed = False
        self.source: Source | None = None  # of the last packet; None = the locked party
        self._connected = False
        self.checked = False  # nothing from before connect() is left in the queue
        self.takes: Callable[[], int] | None = None
        self.gives: Callable[[bytes | memoryview], int] | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> int:
        """Return how many bytes are in BUFFER, or NOTHING, or AGAIN; `source` says who sent them."""
        try:
            if self.checked:
                return self._socket.recv_into(BUFFER)
            n_bytes, address = self._socket.recvfrom_into(BUFFER)
        except BlockingIOError:
            self.checked, self.source = self._connected, None
            is_short = self._connected and not self.is_claimed
            self.takes = partial(self._socket.recv_into, BUFFER) if is_short else None
            return NOTHING
        except OSError as error:
            self._look_at(error)
            return AGAIN  # an ICMP error of an earlier send; the queue goes on
        self.source = address[0], address[1]
        return n_bytes

    def lock(self, source: Source) -> None:
        """Exchange packets with `source` only."""
        self.destination, self.credit, self.is_claimed = source, None, False
        with contextlib.suppress(OSError):
            self._socket.connect(source)
            self._connected, self.gives = True, self._socket.send

    def unlock(self, destination: Source | None) -> None:
        """Receive from anybody again and send to `destination`."""
        self.destination, self.credit, self.is_claimed = destination, None, False
        if self._connected and _libc.connect(self.fileno(), _NOBODY, len(_NOBODY)) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._connected = self.checked = False
        self.takes = self.gives = None

    def doubt(self, credit: int) -> None:
        """Send so many packets to the destination: it may be somebody else's, though some came from it."""
        self.credit, self.is_claimed = credit, True
        self.takes = self.gives = None  # the shorter way has no errors

    def trust(self) -> None:
        """The destination is the party's."""
        self.credit, self.is_claimed = None, False
        self.gives = self._socket.send if self._connected else None

    def send(self, packet: bytes | memoryview) -> bool:
        """Send to the destination; False when that is held back, or the network did not take it (lost)."""
        if self.credit is not None:
            if not self.credit:
                return False
            self.credit -= 1
        try:
            if self._connected:
                self._socket.send(packet)
                return True
            if self.destination is not None:
                self._socket.sendto(packet, self.destination)
        except OSError as error:
            self._look_at(error)
            return False
        return self.destination is not None

    def send_to(self, packet: bytes, to: Source) -> None:
        """Send to somebody who need not be the destination: an answer of STUN or DTLS."""
        with contextlib.suppress(OSError):
            self._socket.sendto(packet, to)

    def _look_at(self, error: OSError) -> None:
        if self.is_claimed and isinstance(error, ConnectionRefusedError):
            self.credit = 0

    def close(self) -> None:
        """Release the port. The number of its descriptor may be another call's a moment later."""
        self.takes = self.gives = None
        self.fd = -1
        self._socket.close()
