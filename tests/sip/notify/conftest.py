"""One engine with telephones that subscribe, on a manual clock; every message is kept."""

from collections.abc import Callable

import pytest

from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.sip.digest import answer_challenge, ha1
from pbx.sip.effects import DigestCredentials, SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import EndpointOutput, PacketReceived, SendPacket, SipEvent
from pbx.sip.locate.effects import AskDns
from pbx.sip.message import Headers, Request, Response, parse_message
from pbx.sip.notify.directory import Directory
from pbx.sip.notify.line import record_lamp
from pbx.sip.responses import Fields, response_to
from pbx.sip.settings import EndpointSettings

PHONE = Remote("udp", "10.0.0.2", 5060)
PASSWORD = Secret("correct horse")
USERS = ("1001", "1002", "1003")
DIRECTORY = Directory(
    lines=frozenset(USERS),
    boxes={"1001": frozenset({"1001"}), "support": frozenset({"1001", "1002"})},
    lists={"team": ("1002", "1003")},
    own_lamps={record_lamp(user): user for user in USERS},
)


def lookup(realm: str, username: str, algorithm: str) -> str | None:
    """Know the users of both domains."""
    return ha1(username, realm, PASSWORD, algorithm) if username in USERS else None


def settings(directory: Directory = DIRECTORY) -> EndpointSettings:
    """Two tenants that have the same extensions."""
    return EndpointSettings(
        listen=Address("10.0.0.1", 5060),
        domains={"acme.test": "acme", "other.test": "umbrella"},
        lookup_ha1=lookup,
        directories={"acme": directory, "umbrella": DIRECTORY},
    )


class Site:
    """The engine and whoever talks to it; NOTIFYs are answered at once with `answer` (None = never)."""

    def __init__(self, directory: Directory = DIRECTORY) -> None:
        self.endpoint = Endpoint(settings=settings(directory), ids=SeededIds(), nonce_key=b"k" * 32)
        self.now = 1000.0
        self.answer: Callable[[Request], int | None] = lambda notify: 200
        self.notifies: list[Request] = []
        self.responses: list[Response] = []
        self.events: list[SipEvent] = []
        self.source = PHONE
        self.sent_to: list[Remote] = []
        self._serial = 0

    def order(self, *orders: SipEffect) -> None:
        """Orders of the call layer."""
        for order in orders:
            self.absorb(self.endpoint.handle(order, self.now))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, from deadline to deadline."""
        end = self.now + seconds
        while (due := self.endpoint.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.absorb(self.endpoint.tick(self.now))
        self.now = end

    def absorb(self, outputs: list[EndpointOutput]) -> None:
        """Keep what was sent, answer NOTIFYs."""
        for output in outputs:
            assert not isinstance(output, AskDns), "telephones have addresses"
            if not isinstance(output, SendPacket):
                self.events.append(output)
                continue
            self.sent_to.append(output.remote)
            message = parse_message(output.octets)
            if isinstance(message, Response):
                self.responses.append(message)
                continue
            self.notifies.append(message)
            status = self.answer(message)
            if status is not None:
                self.receive(response_to(message, status, to_tag="x"))

    def receive(self, message: Request | Response) -> None:
        """A message arrives from `source`."""
        packet = PacketReceived(octets=bytes(message), remote=self.source)
        self.absorb(self.endpoint.handle(packet, self.now))

    def request(
        self, method: str, target: str, *fields: tuple[str, str], user: str = "1001", to: str = ""
    ) -> Request:
        """Return a request of a telephone; fields of the same name replace the usual ones."""
        self._serial += 1
        headers = Headers()
        usual: Fields = (
            ("Via", f"SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{self._serial}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{user}@acme.test>;tag=w{user}"),
            ("To", to or f"<{target}>"),
            ("Call-ID", f"call-{self._serial}"),
            ("CSeq", f"{self._serial} {method}"),
            ("Contact", f"<sip:{user}@10.0.0.2:5060>"),
        )
        for name, value in usual:
            headers.add(name, value)
        for name, value in fields:
            headers.set(name, value)
        return Request(method, target, headers)

    def ask(self, request: Request, *, body: bytes = b"", domain: str = "acme.test") -> Response:
        """Send a request, answer the challenge, return the final response."""
        request.body = body
        self.receive(request)
        response = self.responses[-1]
        if response.status != 401:
            return response
        user = request.from_.uri.partition(":")[2].partition("@")[0]
        credentials = DigestCredentials(username=user, password=PASSWORD, realm=domain)
        value = answer_challenge(
            response.headers.get_all("WWW-Authenticate"),
            request.method,
            request.uri,
            credentials,
            cnonce="c",
        )
        assert value is not None
        self._serial += 1
        headers = request.headers.copy()
        headers.set("Authorization", value)
        headers.set("Via", f"SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{self._serial}")
        headers.set("CSeq", f"{self._serial} {request.method}")
        count = len(self.responses)
        self.receive(Request(request.method, request.uri, headers, body))
        return self.responses[count]

    def subscribe(
        self,
        target: str = "sip:1002@acme.test",
        event: str = "dialog",
        *fields: tuple[str, str],
        user: str = "1001",
    ) -> Response:
        """Subscribe outside of a dialog; the NOTIFYs go to `notifies`."""
        return self.ask(self.request("SUBSCRIBE", target, ("Event", event), *fields, user=user))

    def again(self, granted: Response, *fields: tuple[str, str], method: str = "SUBSCRIBE") -> Response:
        """Send a request inside the dialog that `granted` made."""
        usual: Fields = (
            ("From", granted.headers.get("From") or ""),
            ("Call-ID", granted.call_id),
            ("Event", "dialog"),
        )
        to = granted.headers.get("To") or ""
        request = self.request(method, "sip:pbx@10.0.0.1:5060", *usual, *fields, to=to)
        count = len(self.responses)
        self.receive(request)
        return self.responses[count]

    def take(self) -> list[Request]:
        """Return the NOTIFYs since the last call."""
        taken, self.notifies = self.notifies, []
        return taken

    def states(self) -> list[str]:
        """Return the Subscription-State of the NOTIFYs since the last call."""
        return [one.headers.get("Subscription-State") or "" for one in self.take()]

    def swap(self, directory: Directory) -> None:
        """Another configuration."""
        self.absorb(self.endpoint.swap(settings(directory)))
        self.pass_time(0)


@pytest.fixture
def site() -> Site:
    """A fresh engine."""
    return Site()
