"""SipTransports: the sockets of one endpoint, for every transport and both IP families."""

import asyncio
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from pbx.core.address import Address, Remote, Transport
from pbx.core.errors import TransportError
from pbx.sip.defence.buckets import UNLIMITED, Rate
from pbx.sip.events import EndpointInput, PacketReceived, SendPacket, TransportFailed
from pbx.sip.io.bind import bind_reason, bound_socket
from pbx.sip.io.certificates import Certificates
from pbx.sip.io.complaints import Complaints
from pbx.sip.io.connection import MAX_WAITING, Deadlines, Framing, StreamConnection
from pbx.sip.io.table import MAX_CONNECTIONS, MAX_PER_SOURCE, ConnectionTable, Limits, Peer, peer_of
from pbx.sip.io.tcp import StreamFraming
from pbx.sip.io.tls import TlsSession
from pbx.sip.io.udp import UdpSocket
from pbx.sip.io.websocket import WebSocketFraming
from pbx.sip.listeners import Listener

__all__ = ["MAX_CONNECTIONS", "MAX_PER_SOURCE", "SipTransports", "TransportOptions"]

CONNECT_S = 5.0  # a SYN and its first two repetitions; a call that waits longer has lost its caller
# Connections that the kernel holds until we accept them. asyncio's 100 loses the SYNs of an office, or of a
# load balancer, that reconnects at one moment; the kernel lowers this to its net.core.somaxconn (4096).
BACKLOG = 1024
FREE_PORT_TRIES = 10  # a port that is free for TCP is in use for UDP once in some thousand times

_BOTH: tuple[Transport, ...] = ("udp", "tcp")
_ENCRYPTED: frozenset[Transport] = frozenset(("tls", "wss"))
_WEB: frozenset[Transport] = frozenset(("ws", "wss"))
Deliver = Callable[[EndpointInput], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """What there is besides UDP and TCP on the main address; `origins` see WebSocketFraming."""

    listeners: tuple[Listener, ...] = ()
    certificates: Certificates | None = None
    origins: tuple[str | None, ...] = ()
    limits: Limits = field(default_factory=Limits)
    is_neighbour: Callable[[str], bool] = lambda host: False  # carriers and edges
    pace_of: Callable[[str], Rate] = lambda host: UNLIMITED  # how many messages a stream from there may bring
    deadlines: Deadlines = field(default_factory=Deadlines)


class SipTransports:
    """Binds every listener, delivers what arrives, sends `SendPacket`s, opens TCP and TLS on demand.

    `listens` are the transports on the main address `bind`, on one port; without "udp" among all the
    listeners UDP cannot be sent.
    """

    def __init__(
        self,
        bind: Address,
        deliver: Deliver,
        listens: Collection[Transport] = _BOTH,
        options: TransportOptions | None = None,
    ) -> None:
        self._bind = bind
        self._listens = listens
        self._deliver = deliver
        self._options = options or TransportOptions()
        self._udp: dict[bool, UdpSocket] = {}  # by whether it is IPv6
        self._servers: list[asyncio.Server] = []
        self._listening: list[Listener] = []
        self._serial = 0
        self._table = ConnectionTable(self._options.limits, self._options.is_neighbour)
        self._complaints = Complaints()
        self._waiting: dict[Peer, list[SendPacket]] = {}
        self._dialling: set[asyncio.Future[None]] = set()
        self._is_closed = False

    @property
    def bound(self) -> Address:
        """The main address in use; port 0 was replaced by the kernel's choice."""
        return self._bind

    @property
    def listening(self) -> tuple[Listener, ...]:
        """Every listener as it is bound."""
        return tuple(self._listening)

    @property
    def n_connections(self) -> int:
        """How many connections are open."""
        return len(self._table)

    async def start(self) -> None:
        """Bind the sockets; TransportError when an address is not ours or taken."""
        address = self._bind
        try:
            await self._share_port()
            for listener in self._options.listeners:
                address = listener.bind
                await self._listen(listener)
        except OSError as error:
            await self.close()
            raise TransportError(f"cannot take calls on {address}: {bind_reason(error)}") from error

    async def _share_port(self) -> None:
        """All transports of the main address on one port; one that we may choose has to be free for all."""
        wanted = self._bind
        for n_left in reversed(range(FREE_PORT_TRIES)):
            try:
                for transport in sorted(self._listens):  # TCP first: free ports are rarer there
                    self._bind = await self._listen(Listener(transport=transport, bind=self._bind))
                return
            except OSError:
                if wanted.port or not n_left:
                    raise
                self._unbind()
                for of_port in (self._udp, self._servers, self._listening):
                    of_port.clear()
                self._bind = wanted

    def _unbind(self) -> None:
        for udp in self._udp.values():
            udp.close()
        for server in self._servers:
            server.close()

    async def _listen(self, listener: Listener) -> Address:
        loop, bind = asyncio.get_running_loop(), listener.bind
        if listener.transport == "udp":
            sock = bound_socket(bind, socket.SOCK_DGRAM)
            udp = self._udp[":" in bind.host] = UdpSocket(self._deliver)
            await loop.create_datagram_endpoint(lambda: udp, sock=sock)
        else:
            sock = bound_socket(bind, socket.SOCK_STREAM)
            accept = lambda: self._accept(listener.transport)  # noqa: E731
            self._servers.append(await loop.create_server(accept, sock=sock, backlog=BACKLOG))
        address = Address(bind.host, sock.getsockname()[1])
        self._listening.append(Listener(transport=listener.transport, bind=address, shown=listener.shown))
        return address

    def send(self, packet: SendPacket) -> None:
        """Send one message; TransportFailed is delivered later when that is impossible."""
        remote = packet.remote
        if not remote.is_stream:
            udp = self._udp.get(":" in remote.host)
            if udp is None or not udp.send(packet.octets, remote):
                self._fail_soon(remote)
            return
        connection = self._table.find(remote)
        if connection is not None:
            connection.send(packet.octets)
        elif remote.connection or remote.transport in _WEB:  # nobody listens where a browser is
            self._fail_soon(remote)
        else:
            self._dial(packet)

    async def close(self) -> None:
        """Close every socket and wait for the dials to end."""
        self._is_closed = True
        self._unbind()
        for dial in list(self._dialling):
            dial.cancel()
        for connection in self._table.all:
            connection.close()
        await asyncio.gather(*self._dialling, return_exceptions=True)

    def rate_of(self, connection: StreamConnection) -> Rate:
        """Return how many messages a peer may bring; whom we called may bring all."""
        return self._options.pace_of(connection.remote.host) if connection.inbound else UNLIMITED

    def opened(self, connection: StreamConnection) -> bool:
        """Take a new connection, unless there are too many in all or from its source."""
        return not self._is_closed and self._table.add(connection)

    def received(self, packet: PacketReceived) -> None:
        """Pass a whole message on."""
        self._deliver(packet)

    def refused(self, connection: StreamConnection, reason: str) -> None:
        """Say why a peer got no connection."""
        remote = connection.remote
        who = (
            f"{remote.transport} {remote.host}"
            if connection.inbound
            else f"{remote.transport} to {remote.host}"
        )
        self._complaints.warn(who, reason, asyncio.get_running_loop().time())

    def closed(self, connection: StreamConnection) -> None:
        """Forget a connection and say so."""
        self._table.drop(connection)
        self._fail(connection.remote)

    def _accept(self, transport: Transport) -> StreamConnection:
        return self._connection(Remote(transport, "", 0), inbound=True)

    def _connection(self, remote: Remote, *, inbound: bool) -> StreamConnection:
        self._serial += 1
        transport = remote.transport
        framing: Framing = WebSocketFraming(self._options.origins) if transport in _WEB else StreamFraming()
        return StreamConnection(
            self,
            Remote(transport, remote.host, remote.port, self._serial, remote.name),
            framing,
            inbound=inbound,
            tls=self._tls(remote.name, inbound=inbound) if transport in _ENCRYPTED else None,
            deadlines=self._options.deadlines,
        )

    def _tls(self, name: str, *, inbound: bool) -> TlsSession:
        certificates = self._options.certificates
        if certificates is None:
            raise TransportError("TLS without certificates")
        return certificates.server() if inbound else certificates.client(name)

    def _dial(self, packet: SendPacket) -> None:
        peer = peer_of(packet.remote)
        waiting = self._waiting.get(peer)
        if waiting is not None:
            if len(waiting) < MAX_WAITING:
                waiting.append(packet)
            return
        self._waiting[peer] = [packet]
        # a dial ends by itself within CONNECT_S, reports its own failure, and close() waits for it
        dial = asyncio.ensure_future(self._open(packet.remote))
        self._dialling.add(dial)
        dial.add_done_callback(self._dialling.discard)

    async def _open(self, remote: Remote) -> None:
        loop, peer = asyncio.get_running_loop(), peer_of(remote)
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await loop.create_connection(
                    lambda: self._connection(remote, inbound=False), remote.host, remote.port
                )
        except (OSError, TimeoutError, TransportError):
            self._waiting.pop(peer, None)
            self._fail(remote)
            return
        except asyncio.CancelledError:
            self._waiting.pop(peer, None)
            raise
        waiting = self._waiting.pop(peer, [])
        if not connection.is_taken:
            self._fail(remote)
        for packet in waiting:
            connection.send(packet.octets)

    def _fail_soon(self, remote: Remote) -> None:
        asyncio.get_running_loop().call_soon(self._fail, remote)

    def _fail(self, remote: Remote) -> None:
        if not self._is_closed:
            self._deliver(TransportFailed(remote=remote))
