"""A fax machine on two bare sockets: it knows just enough SIP to talk, to fax, and to talk again."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 10.0
AGAIN_S = 0.3
T38 = (
    "m=image {port} udptl t38",
    "a=T38FaxVersion:0",
    "a=T38MaxBitRate:{rate}",
    "a=T38FaxRateManagement:transferredTCF",
    "a=T38FaxMaxDatagram:400",
    "a=T38FaxUdpEC:t38UDPRedundancy",
)
AUDIO = ("m=audio {port} RTP/AVP 8",)
VIDEO = ("m=video 9 RTP/AVP 31",)


class FaxMachine:
    """One end of one call. `sdp` of the last message of the other side is kept."""

    def __init__(self, host: str, port: int, server: tuple[str, int]) -> None:
        self.host, self.server = host, server
        self.sip, self.media = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        self.sip.bind((host, port))
        self.media.bind((host, 0))
        for one in (self.sip, self.media):
            one.setblocking(False)
        self.port = self.sip.getsockname()[1]
        self.version = self.cseq = 0
        self.local = self.remote = self.target = ""
        self.call_id = f"fax-{self.port}"
        self.sdp: list[str] = []
        self.sends_to = ("", 0)
        self.heard: list[bytes] = []

    def describe(self, *lines: str, rate: int = 14400) -> str:
        """The next session description of this end."""
        self.version += 1
        head = ("v=0", f"o=- 1 {self.version} IN IP4 {self.host}", "s=-", f"c=IN IP4 {self.host}", "t=0 0")
        body = [line.format(port=self.media.getsockname()[1], rate=rate) for line in lines]
        return "\r\n".join([*head, *body, ""])

    def call(self, number: str, caller: str, sdp: str) -> None:
        """Send the INVITE that begins a call."""
        self.target = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        self.local, self.remote = f"<sip:{caller}@{self.host}>;tag=a{self.port}", f"<{self.target}>"
        self.request("INVITE", sdp)

    def request(self, method: str, sdp: str = "") -> None:
        """Send a request inside the call; an ACK has the number of its INVITE."""
        self.cseq += method != "ACK"
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{method}{self.cseq}x{self.port}",
            "Max-Forwards: 70",
            f"From: {self.local}",
            f"To: {self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            f"Contact: <sip:fax@{self.host}:{self.port}>",
        ]
        self._send(lines, sdp)

    async def succeeds(self, status: int = 200) -> None:
        """Wait for the final response to the last INVITE, and acknowledge it."""
        while True:
            lines = await self._receive()
            words = lines[0].split()
            if (
                words[0] == "SIP/2.0"
                and int(words[1]) >= 200
                and field(lines, "CSeq") == f"{self.cseq} INVITE"
            ):
                break
        assert int(words[1]) == status, lines[0]
        self.remote = field(lines, "To")
        if status == 200:
            self.target = field(lines, "Contact").partition("<")[2].partition(">")[0]
            self._learn(lines)
        self.request("ACK")

    async def answers(self, status: int, *lines: str, rate: int = 14400) -> list[str]:
        """Wait for an INVITE, answer it, wait for the ACK; return the description that it brought."""
        invite = await self._until("INVITE")
        self._learn(invite)
        offered = self.sdp
        self.call_id, self.remote = field(invite, "Call-ID"), field(invite, "From")
        self.local = field(invite, "To")
        if ";tag=" not in self.local:
            self.local += f";tag=b{self.port}"
        self.target = field(invite, "Contact").partition("<")[2].partition(">")[0]
        kept = [line for line in invite if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")]
        head = [
            f"SIP/2.0 {status} -",
            *kept,
            f"To: {self.local}",
            f"Contact: <sip:fax@{self.host}:{self.port}>",
        ]
        self._send(head, self.describe(*lines, rate=rate) if lines else "")
        await self._until("ACK")
        return offered

    async def reaches(self, octets: bytes, other: "FaxMachine", n_header: int = 0) -> None:
        """Send a datagram until the other end has it, but for a header that is the PBX's own.

        What arrives before the PBX has connected both ends is lost, as of any medium over UDP.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.media.sendto(octets, self.sends_to)
                if await other.hears(octets[n_header:], n_header):
                    return

    async def hears(self, payload: bytes, n_header: int) -> bool:
        """Whether this end gets the payload soon; everything that comes is kept in `heard`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(AGAIN_S):
                while True:
                    self.heard.append(await loop.sock_recv(self.media, 2048))
                    if self.heard[-1][n_header:] == payload:
                        return True
        except TimeoutError:
            return False

    async def _until(self, method: str) -> list[str]:
        while not (lines := await self._receive())[0].startswith(method):
            pass
        return lines

    async def _receive(self) -> list[str]:
        loop = asyncio.get_running_loop()
        octets = await asyncio.wait_for(loop.sock_recv(self.sip, 65535), PATIENCE_S)
        return octets.decode().split("\r\n")

    def _send(self, lines: list[str], sdp: str) -> None:
        typed = ["Content-Type: application/sdp"] if sdp else []
        text = "\r\n".join([*lines, *typed, f"Content-Length: {len(sdp)}", "", sdp])
        self.sip.sendto(text.encode(), self.server)

    def _learn(self, lines: list[str]) -> None:
        self.sdp = lines[lines.index("") + 1 :]
        host = next(line.split()[-1] for line in self.sdp if line.startswith("c="))
        ports = [int(line.split()[1]) for line in self.sdp if line.startswith(("m=audio", "m=image"))]
        self.sends_to = host, next(port for port in ports if port)


def field(lines: list[str], name: str) -> str:
    """The value of a header field."""
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


@contextmanager
def fax_machine(host: str, port: int, server: int) -> Iterator[FaxMachine]:
    """A machine whose sockets are closed at the end."""
    machine = FaxMachine(host, port, ("127.0.0.1", server))
    try:
        yield machine
    finally:
        machine.sip.close()
        machine.media.close()
