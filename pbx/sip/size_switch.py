"""SizeSwitch: which transport a request is too large for (RFC 3261 §18.1.1)."""

from dataclasses import replace

from pbx.core.address import Address, Remote
from pbx.sip.headers import Via
from pbx.sip.listeners import Listeners

MAX_IN_DATAGRAM = 1300  # octets of a request where the path MTU is unknown
REFUSED_S = 600.0  # a peer that took no TCP gets UDP at once for this long: no caller waits twice for it
MAX_REMEMBERED = 10_000


class SizeSwitch:
    """Sends large requests by TCP, unless the peer refused that lately or we do not listen there."""

    __slots__ = ("_listeners", "_refused")

    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners
        self._refused: dict[tuple[str, int], float] = {}

    def carrier(self, n_octets: int, remote: Remote, now: float) -> Remote:
        """Return where a request of this size goes: `remote`, or the same peer by TCP."""
        if remote.is_stream or n_octets <= MAX_IN_DATAGRAM:
            return remote
        moved = replace(remote, transport="tcp")
        if self._listeners.public(moved) is None:
            return remote  # an answer that misses the connection could not reach us
        return remote if now < self._refused.get((remote.host, remote.port), now) else moved

    def refused(self, remote: Remote, now: float) -> None:
        """Remember that a peer takes no TCP."""
        self._refused.pop((remote.host, remote.port), None)
        self._refused[(remote.host, remote.port)] = now + REFUSED_S
        if len(self._refused) > MAX_REMEMBERED:
            del self._refused[next(iter(self._refused))]

    def via(self, via: Via, remote: Remote) -> Via:
        """Return our Via for another transport; the branch, and so the transaction, stays."""
        address = self._listeners.public(remote) or Address(via.host, via.port or 0)
        return replace(via, transport=remote.transport.upper(), host=address.host, port=address.port or None)
