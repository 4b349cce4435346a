"""A registrar behind its front door: literal text in, parsed responses out."""

from dataclasses import replace
from datetime import UTC, datetime

from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.sip.digest import answer_challenge, ha1
from pbx.sip.effects import DigestCredentials
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import EndpointInput, EndpointOutput, PacketReceived, SendPacket, SipEvent
from pbx.sip.locate.effects import AskDns
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.settings import EndpointSettings, TrunkPeer

DOMAIN = "example.com"
PASSWORD = Secret("zanzibar")
USERS = ("alice", "bob", "callee")
HOME = Remote("udp", "203.0.113.5", 40000)
WALL = Wall(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), 1000.0)


def lookup(realm: str, username: str, algorithm: str) -> str | None:
    """Know the users of one domain; they share a password."""
    return ha1(username, realm, PASSWORD, algorithm) if username in USERS and realm == DOMAIN else None


def front_settings() -> EndpointSettings:
    """One domain with three users, and a carrier."""
    return EndpointSettings(
        listen=Address("10.0.0.1", 5060),
        domains={DOMAIN: "acme", "other.com": "umbrella"},
        trunks=(TrunkPeer(name="carrier", tenant="acme", networks=("192.0.2.9/32",)),),
        lookup_ha1=lookup,
        algorithms={DOMAIN: ("MD5",)},
        wall=WALL,
    )


class Front:
    """One endpoint and a clock."""

    def __init__(self, **changes: object) -> None:
        self.settings = replace(front_settings(), **changes)  # type: ignore[arg-type]
        self.endpoint = Endpoint(
            settings=self.settings, ids=SeededIds("front"), nonce_key=b"n" * 32, gruu_key=b"g" * 32
        )
        self.now = 1000.0
        self.events: list[SipEvent] = []
        self.requests: list[tuple[Request, Remote]] = []
        self.responses: list[Response] = []
        self._serial = 0

    def give(self, event: EndpointInput) -> list[Response]:
        """Hand one input over; return the responses, keep requests and events."""
        return self._sort(self.endpoint.handle(event, self.now))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (due := self.endpoint.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self._sort(self.endpoint.tick(self.now))
        self.now = end

    def send(self, text: str, source: Remote = HOME) -> Response:
        """Send literal text, whose lines are separated as Python's are; return the only answer."""
        octets = text.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n"
        (response,) = self.give(PacketReceived(octets=octets, remote=source))
        return response

    def register(self, fields: str, *, user: str = "bob", source: Remote = HOME, more: str = "") -> Response:
        """Register with `fields`, answering the challenge; `more` are lines on top, such as a second Via."""
        return self.signed(self.register_text(fields, user=user, more=more), user, source)

    def register_text(self, fields: str, *, user: str = "bob", more: str = "") -> str:
        """Return a REGISTER without credentials."""
        self._serial += 1
        lines = [
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            *([more.replace("#", str(self._serial))] if more else []),
            f"Via: SIP/2.0/UDP 192.168.1.2:5060;rport;branch=z9hG4bK{self._serial}BRANCH",
            f"From: <sip:{user}@{DOMAIN}>;tag=a73kszlfl",
            f"To: <sip:{user}@{DOMAIN}>",
            f"Call-ID: 1j9FpLxk3uxtm8tn@{user}",
            f"CSeq: {self._serial} REGISTER",
            *([fields] if fields else []),
        ]
        return "\n".join(lines)

    def signed(self, text: str, user: str, source: Remote) -> Response:
        """Send text, and again with the answer to its challenge."""
        challenge = self.send(text, source)
        if challenge.status != 401:
            return challenge
        values = challenge.headers.get_all("WWW-Authenticate")
        method, uri, _ = text.strip().partition("\n")[0].split()
        credentials = DigestCredentials(username=user, password=PASSWORD)
        answer = answer_challenge(values, method, uri, credentials, cnonce="c0")
        again = text.replace("BRANCH", "again", 1)
        return self.send(f"{again}\nAuthorization: {answer}", source)

    def _sort(self, outputs: list[EndpointOutput]) -> list[Response]:
        found = []
        for output in outputs:
            assert not isinstance(output, AskDns), "telephones have addresses"
            if not isinstance(output, SendPacket):
                self.events.append(output)
                continue
            message = parse_message(output.octets)
            if isinstance(message, Request):
                self.requests.append((message, output.remote))
            else:
                found.append(message)
        self.responses += found
        return found
