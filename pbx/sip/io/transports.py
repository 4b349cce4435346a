"""SipTransports: the sockets of one endpoint on one address, UDP, TCP or both."""

import asyncio
import errno
from collections import Counter
from collections.abc import Callable, Collection

from pbx.core.address import Address, Remote, Transport
from pbx.core.errors import TransportError
from pbx.sip.events import EndpointInput, PacketReceived, SendPacket, TransportFailed
from pbx.sip.io.tcp import TcpConnection
from pbx.sip.io.udp import UdpSocket

MAX_CONNECTIONS = 10_000
MAX_PER_SOURCE = 20  # phones behind one NAT address share it; more than an office floor is an attack
MAX_WAITING = 64  # messages for one address while its connection is being opened
CONNECT_S = 10.0
# Connections that the kernel holds until we accept them. asyncio's 100 loses the SYNs of an office, or of a
# load balancer, that reconnects at one moment; the kernel lowers this to its net.core.somaxconn (4096).
BACKLOG = 1024

_REASONS = {
    errno.EADDRINUSE: "another program has taken this address and port",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "ports below 1024 are for root",
}
_BOTH: tuple[Transport, ...] = ("udp", "tcp")
Deliver = Callable[[EndpointInput], None]
Peer = tuple[str, int]


class SipTransports:
    """Binds UDP and TCP to one port, delivers what arrives, sends `SendPacket`s, opens TCP on demand.

    A transport that is not in `listens` is not served: nothing is bound for it, and UDP cannot be sent.
    """

    def __init__(self, bind: Address, deliver: Deliver, listens: Collection[Transport] = _BOTH) -> None:
        self._bind = bind
        self._listens = listens
        self._deliver = deliver
        self._udp = UdpSocket(deliver)
        self._server: asyncio.Server | None = None
        self._serial = 0
        self._connections: dict[int, TcpConnection] = {}
        self._by_peer: dict[Peer, TcpConnection] = {}
        self._per_source: Counter[str] = Counter()
        self._waiting: dict[Peer, list[SendPacket]] = {}
        self._dialling: set[asyncio.Future[None]] = set()
        self._is_closed = False

    @property
    def bound(self) -> Address:
        """The address in use; port 0 was replaced by the kernel's choice."""
        return self._bind

    @property
    def n_connections(self) -> int:
        """How many TCP connections are open."""
        return len(self._connections)

    async def start(self) -> None:
        """Bind the sockets; TransportError when the address is not ours or taken."""
        try:
            if "tcp" in self._listens:
                await self._listen_tcp()
            if "udp" in self._listens:
                await self._listen_udp()
        except OSError as error:
            await self.close()
            raise TransportError(f"cannot take calls on {self._bind}: {_reason(error)}") from error

    async def _listen_tcp(self) -> None:
        host, port = self._bind.host, self._bind.port
        server = await asyncio.get_running_loop().create_server(self._accept, host, port, backlog=BACKLOG)
        self._server, self._bind = server, Address(host, server.sockets[0].getsockname()[1])

    async def _listen_udp(self) -> None:
        host, port = self._bind.host, self._bind.port
        loop = asyncio.get_running_loop()
        socket, _ = await loop.create_datagram_endpoint(lambda: self._udp, local_addr=(host, port))
        self._bind = Address(host, socket.get_extra_info("sockname")[1])

    def send(self, packet: SendPacket) -> None:
        """Send one message; TransportFailed is delivered later when that is impossible."""
        remote = packet.remote
        if remote.transport == "udp":
            if not self._udp.send(packet.octets, remote):
                asyncio.get_running_loop().call_soon(self._fail, remote)
            return
        peer = (remote.host, remote.port)
        connection = self._connections.get(remote.connection) or self._by_peer.get(peer)
        if connection is not None:
            connection.send(packet.octets)
        elif remote.connection:
            asyncio.get_running_loop().call_soon(self._fail, remote)
        else:
            self._dial(peer, packet)

    async def close(self) -> None:
        """Close every socket and wait for the dials to end."""
        self._is_closed = True
        self._udp.close()
        if self._server is not None:
            self._server.close()
        for dial in list(self._dialling):
            dial.cancel()
        for connection in list(self._connections.values()):
            connection.close()
        await asyncio.gather(*self._dialling, return_exceptions=True)

    def opened(self, connection: TcpConnection) -> bool:
        """Take a new connection, unless there are too many in all or from its source."""
        host = connection.remote.host
        is_over = connection.inbound and self._per_source[host] >= MAX_PER_SOURCE
        if self._is_closed or is_over or len(self._connections) >= MAX_CONNECTIONS:
            return False
        self._connections[connection.number] = connection
        self._by_peer[(host, connection.remote.port)] = connection
        if connection.inbound:
            self._per_source[host] += 1
        return True

    def received(self, packet: PacketReceived) -> None:
        """Pass a whole message on."""
        self._deliver(packet)

    def closed(self, connection: TcpConnection) -> None:
        """Forget a connection and say so."""
        remote = connection.remote
        self._connections.pop(connection.number, None)
        if self._by_peer.get((remote.host, remote.port)) is connection:
            del self._by_peer[(remote.host, remote.port)]
        if connection.inbound:
            self._per_source[remote.host] -= 1
            if not self._per_source[remote.host]:
                del self._per_source[remote.host]
        self._fail(remote)

    def _accept(self) -> TcpConnection:
        self._serial += 1
        return TcpConnection(self, self._serial, inbound=True)

    def _connect(self) -> TcpConnection:
        self._serial += 1
        return TcpConnection(self, self._serial, inbound=False)

    def _dial(self, peer: Peer, packet: SendPacket) -> None:
        waiting = self._waiting.get(peer)
        if waiting is not None:
            if len(waiting) < MAX_WAITING:
                waiting.append(packet)
            return
        self._waiting[peer] = [packet]
        # a dial ends by itself within CONNECT_S, reports its own failure, and close() waits for it
        dial = asyncio.ensure_future(self._open(peer))
        self._dialling.add(dial)
        dial.add_done_callback(self._dialling.discard)

    async def _open(self, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await loop.create_connection(self._connect, *peer)
        except (OSError, TimeoutError):
            self._waiting.pop(peer, None)
            self._fail(Remote("tcp", *peer))
            return
        except asyncio.CancelledError:
            self._waiting.pop(peer, None)
            raise
        for packet in self._waiting.pop(peer, []):
            connection.send(packet.octets)

    def _fail(self, remote: Remote) -> None:
        if not self._is_closed:
            self._deliver(TransportFailed(remote=remote))


def _reason(error: OSError) -> str:
    """Return what is wrong with an address; for UDP uvloop leaves the number in the cause."""
    cause = error.__cause__
    number = error.errno or (cause.errno if isinstance(cause, OSError) else None)
    return _REASONS.get(number or 0, str(error))
