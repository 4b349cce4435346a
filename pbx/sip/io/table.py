"""ConnectionTable: the open connections by number and by peer, and how many a source may have."""

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.address import Remote
from pbx.sip.io.connection import StreamConnection

MAX_CONNECTIONS = 10_000
MAX_PER_SOURCE = 20  # phones behind one NAT address share it; more than an office floor is an attack
RESERVED = 10  # one part in so many
SOURCE_PREFIX_V6 = 64  # RFC 6177: what one subscriber has at least, with any address in it

Peer = tuple[str, str, int, str]  # transport, host, port, name to be proved


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Connections in all, and inbound ones per source; carriers and edges have no limit of their own.

    A tenth of all connections is kept for carriers, edges and those whom we dial.
    """

    connections: int = MAX_CONNECTIONS
    per_source: int = MAX_PER_SOURCE

    @property
    def strangers(self) -> int:
        """How many connections there may be when one more comes from anybody."""
        return self.connections - self.connections // RESERVED


def peer_of(remote: Remote) -> Peer:
    """Return what a connection is found by when its number is not known."""
    return (remote.transport, remote.host, remote.port, remote.name)


def source_of(host: str) -> str:
    """Return what is counted as one source: an IPv4 address, or the network of an IPv6 one."""
    if ":" not in host:
        return host
    network = ipaddress.ip_network((host.partition("%")[0], SOURCE_PREFIX_V6), strict=False)
    return str(network)


class ConnectionTable:
    """Who is connected."""

    def __init__(self, limits: Limits, is_neighbour: Callable[[str], bool] = lambda host: False) -> None:
        self._limits, self._is_neighbour = limits, is_neighbour
        self._by_number: dict[int, StreamConnection] = {}
        self._by_peer: dict[Peer, StreamConnection] = {}
        self._per_source: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._by_number)

    @property
    def all(self) -> list[StreamConnection]:
        """Every connection, oldest first."""
        return list(self._by_number.values())

    def add(self, connection: StreamConnection) -> bool:
        """Take a new connection; False when there are too many in all, or from its source."""
        remote = connection.remote
        source = source_of(remote.host)
        if not self._has_room(connection, source):
            return False
        self._by_number[remote.connection] = connection
        self._by_peer[peer_of(remote)] = connection
        if connection.inbound:
            self._per_source[source] += 1
        return True

    def _has_room(self, connection: StreamConnection, source: str) -> bool:
        if not connection.inbound or self._is_neighbour(connection.remote.host):
            return len(self) < self._limits.connections
        return len(self) < self._limits.strangers and self._per_source[source] < self._limits.per_source

    def find(self, remote: Remote) -> StreamConnection | None:
        """Return the connection that a message for `remote` goes over."""
        return self._by_number.get(remote.connection) or self._by_peer.get(peer_of(remote))

    def drop(self, connection: StreamConnection) -> None:
        """Forget a connection."""
        remote = connection.remote
        self._by_number.pop(remote.connection, None)
        if self._by_peer.get(peer_of(remote)) is connection:
            del self._by_peer[peer_of(remote)]
        if connection.inbound:
            source = source_of(remote.host)
            self._per_source[source] -= 1
            if not self._per_source[source]:
                del self._per_source[source]
