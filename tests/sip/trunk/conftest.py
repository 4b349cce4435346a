"""The engine as a client of one carrier, which the test plays by hand."""

from pbx.core.address import Address, Remote
from pbx.core.secret import Secret
from pbx.sip.effects import DigestCredentials
from pbx.sip.events import PacketReceived, TransportFailed
from pbx.sip.locate.events import AddressRecord, DnsAnswered
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Message
from pbx.sip.trunk.effects import Carrier, HealthWish, RegistrationWish, ServeTrunks
from pbx.sip.trunk.events import TrunkChanged
from tests.sip.conftest import PBX, Network, pbx_settings

AT = Address("192.0.2.1", 5060)
SERVER = ServerName(host=AT.host, port=AT.port)
NAME = ServerName(host="carrier.example", port=5060)
ACCOUNT = DigestCredentials(username="acme7", password=Secret("pa55"), realm="carrier.example")
WISH = RegistrationWish(aor="sip:acme7@carrier.example", expires_s=3600)
HEALTH = HealthWish(interval_s=30.0, timeout_s=5.0, down_after=3, up_after=2)


def carrier(
    registration: RegistrationWish | None = None,
    health: HealthWish | None = None,
    server: ServerName = SERVER,
    account: DigestCredentials | None = ACCOUNT,
) -> Carrier:
    """Return the carrier `blue` of tenant acme."""
    return Carrier(
        tenant="acme", name="blue", server=server, account=account, registration=registration, health=health
    )


class Client:
    """The engine and what it sends to its carrier."""

    def __init__(self, *carriers: Carrier) -> None:
        self.network = Network(pbx_settings())
        self.serve(*carriers)

    def serve(self, *carriers: Carrier) -> None:
        """Change the configuration."""
        self.network.order(PBX, ServeTrunks(carriers=carriers))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.network.run(seconds)

    def resolve(self, *hosts: str) -> None:
        """DNS answers for the carrier's name."""
        records = tuple(AddressRecord(host=host) for host in hosts)
        answer = DnsAnswered(name="carrier.example", type="A", records=records, ttl_s=9999.0)
        self.network.inject(PBX, answer)

    def requests(self, method: str) -> list[tuple[str, Message]]:
        """The requests sent so far with the host each went to, copies of one left out."""
        seen: dict[str, tuple[str, Message]] = {}
        for host, message in self.network.addressed:
            if message.start_line.startswith(f"{method} "):
                seen.setdefault(message.top_via.branch or "", (host, message))
        return list(seen.values())

    @property
    def hosts(self) -> list[str]:
        """Where the OPTIONS and REGISTERs went."""
        return [host for host, _ in (*self.requests("OPTIONS"), *self.requests("REGISTER"))]

    def answer(self, status: int, *lines: str, method: str = "REGISTER") -> None:
        """The carrier answers the last request of a method."""
        host, request = self.requests(method)[-1]
        names = ("Via", "From", "Call-ID", "CSeq")
        copied = [f"{name}: {value}" for name, value in request.headers if name in names]
        to = f"To: {request.headers.get('To')};tag=r"
        head = [f"SIP/2.0 {status} Reason", *copied, to, *lines, "Content-Length: 0"]
        remote = Remote("udp", host, AT.port)
        self.network.inject(PBX, PacketReceived(octets="\r\n".join([*head, "\r\n"]).encode(), remote=remote))

    def fail(self, host: str) -> None:
        """The way to a host is broken."""
        self.network.inject(PBX, TransportFailed(remote=Remote("udp", host, AT.port)))

    def changes(self) -> list[tuple[str, str]]:
        """State and reason of each change since the last time."""
        events, self.network.events[PBX] = self.network.events[PBX], []
        assert all(isinstance(event, TrunkChanged) for event in events)
        return [(event.state, event.reason) for event in events if isinstance(event, TrunkChanged)]

    def next_in(self, limit_s: float = 4000.0) -> float:
        """Seconds until the next request of any kind, found by letting the time pass."""
        start, n_sent = self.network.now, len(self.network.addressed)
        while len(self.network.addressed) == n_sent and self.network.now - start < limit_s:
            due = self.network.endpoints[PBX].deadline
            self.run(limit_s if due is None else max(0.001, due - self.network.now))
        return self.network.now - start
