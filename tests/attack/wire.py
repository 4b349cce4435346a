"""The attacker's wire: SIP as octets, sockets of any loopback address, and what came back."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials
from pbx.sip.digest import answer_challenge

DOMAIN = "acme.example"
EVE = "127.0.0.66"
ANSWER_S = 5.0
QUIET_S = 0.15  # on loopback an answer is there within some 5 ms
SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request; what is not given is harmless."""

    method: str
    user: str = "100"
    host: str = DOMAIN
    caller: str = ""  # the user of From; the same as `user` when not given
    to: str = ""
    to_tag: str = ""
    from_tag: str = "e"
    call_id: str = ""
    cseq: int = 1
    hops: int = 70
    via: str = "UDP"
    lines: tuple[str, ...] = ()
    body: str = ""


@dataclass(slots=True)
class Wire:
    """A UDP socket; `heard` is everything that came, `sent_octets` and `heard_octets` the sums."""

    socket: socket.socket
    server: tuple[str, int]
    heard: list[bytes] = field(default_factory=list)
    sent_octets: int = 0
    heard_octets: int = 0
    serial: int = 0

    @property
    def bound(self) -> tuple[str, int]:
        """Address and port of the socket."""
        host, port = self.socket.getsockname()
        return host, port

    def text(self, ask: Ask) -> str:
        """Return the request with a branch of its own."""
        self.serial += 1
        host, port = self.bound
        mark = f"{host.replace('.', '-')}-{port}-{self.serial}"
        caller = ask.caller or ask.user
        tag = f";tag={ask.to_tag}" if ask.to_tag else ""
        content = ("Content-Type: application/sdp",) if ask.body else ()
        lines = (
            f"{ask.method} sip:{ask.user}@{ask.host} SIP/2.0",
            f"Via: SIP/2.0/{ask.via} {host}:{port};branch=z9hG4bK{mark};rport",
            f"From: <sip:{caller}@{ask.host}>;tag={ask.from_tag}",
            f"To: <sip:{ask.to or ask.user}@{ask.host}>{tag}",
            f"Call-ID: {ask.call_id or mark}",
            f"CSeq: {ask.cseq} {ask.method}",
            f"Max-Forwards: {ask.hops}",
            *(line.format(host=host, port=port) for line in ask.lines),
            *content,
            f"Content-Length: {len(ask.body)}",
        )
        return "\r\n".join((*lines, "", ask.body))

    def send(self, octets: str | bytes) -> None:
        """Send one datagram."""
        octets = octets.encode() if isinstance(octets, str) else octets
        self.sent_octets += len(octets)
        self.socket.sendto(octets, self.server)

    async def ask(self, ask: Ask) -> list[str]:
        """Send a request; return all that is heard until it is quiet."""
        self.send(self.text(ask))
        return await self.drain()

    async def final(self, ask: Ask) -> str:
        """Send a request; return its final response."""
        asked = self.text(ask)
        names = ("Call-ID", "CSeq")
        wanted = [header(asked, name) for name in names]
        self.send(asked)
        return await self.next(
            lambda text: status(text) >= 200 and [header(text, one) for one in names] == wanted
        )

    async def next(self, fits: Callable[[str], bool], timeout_s: float = ANSWER_S) -> str:
        """Return the next message that fits."""
        async with asyncio.timeout(timeout_s):
            while not fits(text := await self._receive()):
                pass
        return text

    async def drain(self, quiet_s: float = QUIET_S) -> list[str]:
        """Return what comes until nothing came for so long."""
        found = []
        try:
            while True:
                found.append(await asyncio.wait_for(self._receive(), quiet_s))
        except TimeoutError:
            return found

    async def proven(self, ask: Ask, secret: Secret[str], username: str = "") -> str:
        """Send a request, answer its challenge; return the final response."""
        challenged = await self.final(ask)
        if status(challenged) != 401:
            return challenged
        answer = authorization(challenged, ask, secret, username)
        again = replace(ask, cseq=ask.cseq + 1, lines=(*ask.lines, f"Authorization: {answer}"))
        return await self.final(again)

    async def _receive(self) -> str:
        octets = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
        self.heard.append(octets)
        self.heard_octets += len(octets)
        return octets.decode("utf-8", "replace")


def authorization(challenged: str, ask: Ask, secret: Secret[str], username: str = "") -> str:
    """Return the digest response to a challenge."""
    values = re.findall(r"^WWW-Authenticate:\s*(.+?)\s*$", challenged, re.MULTILINE)
    credentials = DigestCredentials(username=username or ask.caller or ask.user, password=secret)
    uri = f"sip:{ask.user}@{ask.host}"
    answer = answer_challenge(values, ask.method, uri, credentials, "c0ffee")
    assert answer is not None
    return answer


def status(text: str) -> int:
    """Return the status of a response, 0 for a request."""
    found = re.match(r"SIP/2\.0 (\d{3})", text)
    return int(found[1]) if found else 0


def header(text: str, name: str) -> str:
    """Return the first value of a header field, "" when there is none."""
    found = re.search(rf"^{name}:\s*(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def tag_of(text: str, name: str = "To") -> str:
    """Return the tag of From or To."""
    found = re.search(r";tag=([^;>\s]+)", header(text, name))
    return found[1] if found else ""


@asynccontextmanager
async def wire(port: int, host: str = EVE, bind: int = 0) -> AsyncIterator[Wire]:
    """A UDP socket of `host` that talks to the PBX."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        udp.bind((host, bind))
        yield Wire(udp, ("127.0.0.1", port))
