"""A network of endpoints on a manual clock: packets take 10 ms, every Nth may be lost."""

from collections.abc import Callable
from typing import TypeVar

from pbx.core.address import Address, Remote
from pbx.core.errors import ParseError
from pbx.core.ids import LegId, SeededIds
from pbx.core.secret import Secret
from pbx.sip.digest import ha1
from pbx.sip.effects import DigestCredentials, PlaceCall, SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import EndpointInput, EndpointOutput, PacketReceived, SendPacket, SipEvent
from pbx.sip.locate.effects import AskDns
from pbx.sip.message import Message, parse_message
from pbx.sip.settings import EndpointSettings, TrunkPeer

EventT = TypeVar("EventT")

DELAY_S = 0.01
OFFER = b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\n"
ANSWER = b"v=0\r\no=- 2 2 IN IP4 10.0.0.1\r\ns=-\r\n"
PBX, PHONE, CARRIER = Address("10.0.0.1", 5060), Address("10.0.0.2", 5060), Address("192.0.2.9", 5060)
PASSWORD = Secret("correct horse")
ALICE = DigestCredentials(username="alice", password=PASSWORD, realm="example.test")
LEG = LegId("out")


def lookup(realm: str, username: str, algorithm: str) -> str | None:
    """Know alice of example.test only."""
    return ha1("alice", realm, PASSWORD, algorithm) if username == "alice" else None


def pbx_settings() -> EndpointSettings:
    """The engine: one domain, one trunk."""
    return EndpointSettings(
        listen=PBX,
        domains={"example.test": "acme", "other.test": "umbrella"},
        trunks=(TrunkPeer(name="carrier", tenant="acme", networks=("192.0.2.0/24",), trusted=True),),
        lookup_ha1=lookup,
    )


def open_settings(address: Address) -> EndpointSettings:
    """A test phone: takes every call."""
    return EndpointSettings(listen=address, accept_calls_from_anyone=True, user_agent="phone")


def endpoint(settings: EndpointSettings) -> Endpoint:
    """Return an endpoint whose identifiers depend on its address only."""
    return Endpoint(settings=settings, ids=SeededIds(str(settings.listen)), nonce_key=b"k" * 32)


class Network:
    """Endpoints by address, packets in flight, and what each endpoint reported."""

    def __init__(self, *settings: EndpointSettings, lose_every: int = 0) -> None:
        self.endpoints = {one.listen: endpoint(one) for one in settings}
        self.events: dict[Address, list[SipEvent]] = {one.listen: [] for one in settings}
        self.log: list[tuple[float, Address, Message]] = []
        self.addressed: list[tuple[str, Message]] = []  # what was sent, by the host it went to
        self.questions: list[AskDns] = []
        self.now = 1000.0
        self.lost: Callable[[Message], bool] = lambda message: False
        self.transport: str = "udp"
        self._lose_every = lose_every
        self._sent = 0
        self._flight: list[tuple[float, Address, PacketReceived]] = []

    def order(self, at: Address, *orders: SipEffect) -> None:
        """Give orders to the endpoint at an address."""
        for order in orders:
            self._take(at, self.endpoints[at].handle(order, self.now))

    def inject(self, to: Address, event: EndpointInput) -> list[EndpointOutput]:
        """Hand one input to an endpoint; what it sends goes on the wire as usual."""
        outputs = self.endpoints[to].handle(event, self.now)
        self._take(to, outputs)
        return outputs

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (due := self._next()) is not None and due <= end:
            self.now = max(self.now, due)
            self._step()
        self.now = end

    def take(self, at: Address, kind: type[EventT]) -> EventT:
        """Return the oldest event at an address, which must be of this kind."""
        events = self.events[at]
        assert events, f"no event at {at}, expected {kind.__name__}"
        event = events.pop(0)
        assert isinstance(event, kind), f"{event} is no {kind.__name__}"
        return event

    def flow(self, since: int = 0) -> list[str]:
        """Return what was sent as `host: first line without version`."""
        lines = []
        for _, at, message in self.log[since:]:
            words = message.start_line.split()
            lines.append(f"{at.host}: {words[1] if words[0] == 'SIP/2.0' else words[0]}")
        return lines

    def sent(self, at: Address, what: str) -> list[Message]:
        """Return the messages of an endpoint by method or status."""
        return [
            message
            for _, sender, message in self.log
            if sender == at and what in message.start_line.split()[:2]
        ]

    def _next(self) -> float | None:
        dues = [one.deadline for one in self.endpoints.values()]
        dues += [due for due, _, _ in self._flight]
        return min((due for due in dues if due is not None), default=None)

    def _step(self) -> None:
        arrived = [one for one in self._flight if one[0] <= self.now]
        self._flight = [one for one in self._flight if one[0] > self.now]
        for _, to, packet in arrived:
            if to in self.endpoints:
                self._take(to, self.endpoints[to].handle(packet, self.now))
        for at, one in self.endpoints.items():
            if one.deadline is not None and one.deadline <= self.now:
                self._take(at, one.tick(self.now))

    def _take(self, at: Address, outputs: list[EndpointOutput]) -> None:
        for output in outputs:
            if isinstance(output, AskDns):
                self.questions.append(output)
                continue
            if not isinstance(output, SendPacket):
                self.events[at].append(output)
                continue
            self._sent += 1
            is_lost = self._lose_every and self._sent % self._lose_every == 0
            message = _readable(output.octets)
            if message is not None:
                self.log.append((self.now, at, message))
                self.addressed.append((output.remote.host, message))
                is_lost = is_lost or self.lost(message)
            if not is_lost:
                source = Remote(output.remote.transport, at.host, at.port, output.remote.connection)
                to = Address(output.remote.host, output.remote.port)
                packet = PacketReceived(octets=output.octets, remote=source)
                self._flight.append((self.now + DELAY_S, to, packet))


def _readable(octets: bytes) -> Message | None:
    """Return the message, None for a 400 that copies what it complains of (a CSeq beyond all numbers)."""
    try:
        return parse_message(octets)
    except ParseError:
        assert octets.startswith(b"SIP/2.0 400 "), octets
        return None


def place(to: Address = PBX, transport: str = "udp", **more: object) -> PlaceCall:
    """Return an order to call 200 at an address."""
    remote = Remote("tcp" if transport == "tcp" else "udp", to.host, to.port)
    order = PlaceCall(
        leg=LEG,
        target=f"sip:200@{to.host}",
        to=f"sip:200@{to.host}",
        from_uri="sip:alice@example.test",
        from_display="Alice",
        remote=remote,
        offer=OFFER,
    )
    fields = {name: getattr(order, name) for name in PlaceCall.__dataclass_fields__}
    return PlaceCall(**{**fields, **more})
