"""A non-blocking UDP socket for RTCP on the odd port beside an RTP port. RFC 3550 §11."""

import socket

from pbx.media.rtcp import MAX_COMPOUND
from pbx.media.source_lock import Source

MAX_FOREIGN = 50  # datagrams of others thrown away in one go; the rest waits for the next wake-up


class RtcpSocket:
    """Receives from the host of the RTP party only (S-29); OSError only from the constructor.

    The two ports are taken together: when this one is in use, the caller gives the even one back.
    """

    __slots__ = ("_party", "_socket", "dropped_source", "port")

    def __init__(self, host: str, rtp_port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.port = rtp_port + 1
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.bind((host, self.port))
        except OSError:
            self._socket.close()
            raise
        self._party: Source | None = None
        self.dropped_source = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def aim(self, party: Source | None) -> None:
        """Exchange reports with `party`: the host that RTP is locked to, and its RTCP port; None = nobody."""
        self._party = party

    def receive(self) -> bytes | None:
        """Return the next datagram of the party's host, or None when nothing waits.

        A longer one than MAX_COMPOUND comes cut to a size that no compound packet has.
        """
        for _ in range(MAX_FOREIGN):
            try:
                octets, source = self._socket.recvfrom(MAX_COMPOUND + 1)
            except BlockingIOError:
                return None
            except OSError:
                continue  # an ICMP error of an earlier report; the queue goes on
            if self._party is not None and source[0] == self._party[0]:
                return octets
            self.dropped_source += 1
        return None

    def send(self, octets: bytes) -> bool:
        """Send to the party; False when there is none or the network did not take it."""
        if self._party is None:
            return False
        try:
            self._socket.sendto(octets, self._party)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()
