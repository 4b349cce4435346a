"""A flood in a process of its own, so that it does not slow down the calls that are measured.

Reads one JSON object from its arguments, prints how many messages it sent and how many octets it heard.
"""

import json
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

PIECE = 50  # messages between two looks at the clock
PAGE = "https://phone.acme.example"
UPGRADE = (
    "GET / HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {PAGE}\r\n"
    "Sec-WebSocket-Protocol: sip\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """So many messages a second of one method from so many addresses of a network, for some seconds."""

    port: int
    method: str
    transport: str = "udp"
    network: str = "127.2"  # the first two numbers of the addresses
    sources: int = 1
    per_s: int = 5000
    seconds: float = 4.0

    def arguments(self) -> tuple[str, ...]:
        """Return how to start it."""
        return (sys.executable, "-m", "tests.attack.flooder", json.dumps(asdict(self)))


def message(flood: Flood, source: str, number: int) -> bytes:
    """Return a request to our domain, long enough for a whole challenge."""
    lines = [
        f"{flood.method} sip:{number}@acme.example SIP/2.0",
        f"Via: SIP/2.0/{flood.transport.upper()} {source};branch=z9hG4bKf{source}-{number};rport",
        f"From: <sip:{number}@acme.example>;tag=f",
        f"To: <sip:{number}@acme.example>",
        f"Call-ID: f{source}-{number}",
        f"CSeq: 1 {flood.method}",
        "Max-Forwards: 70",
        "Contact: <sip:f@127.0.0.66>",
        "User-Agent: " + "x" * 300,
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def frame(octets: bytes) -> bytes:
    """Return a text frame of a client, masked with zeros (RFC 6455 §5.2)."""
    return b"\x81\xfe" + len(octets).to_bytes(2) + bytes(4) + octets


def connections(flood: Flood) -> Iterator[tuple[str, socket.socket]]:
    """Yield a socket of each source."""
    for number in range(flood.sources):
        source = f"{flood.network}.{number // 250}.{number % 250 + 1}"
        kind = socket.SOCK_DGRAM if flood.transport == "udp" else socket.SOCK_STREAM
        one = socket.socket(socket.AF_INET, kind)
        one.bind((source, 0))
        if kind == socket.SOCK_STREAM:
            one.connect(("127.0.0.1", flood.port))
        if flood.transport in ("tls", "wss"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            one = context.wrap_socket(one)
        if flood.transport == "wss":
            one.sendall(UPGRADE.encode())
            one.recv(65536)
        one.setblocking(False)
        yield source, one


def hear(one: socket.socket) -> int:
    """Return how many octets were waiting."""
    total = 0
    try:
        while octets := one.recv(65536):
            total += len(octets)
    except OSError:  # none left, or the PBX has closed
        pass
    return total


def run(flood: Flood) -> None:
    """Flood, and say what came of it."""
    sockets = list(connections(flood))
    sent = sent_octets = heard_octets = 0
    begin = time.monotonic()
    while time.monotonic() - begin < flood.seconds:
        for _ in range(PIECE):
            source, one = sockets[sent % len(sockets)]
            sent += 1
            octets = message(flood, source, sent)
            octets = frame(octets) if flood.transport == "wss" else octets
            try:
                if flood.transport == "udp":
                    one.sendto(octets, ("127.0.0.1", flood.port))
                else:
                    one.send(octets)
                sent_octets += len(octets)
            except OSError:  # its buffer is full, or the PBX has closed
                continue
        heard_octets += sum(hear(one) for _, one in sockets)
        time.sleep(max(0.0, begin + sent / flood.per_s - time.monotonic()))
    json.dump({"sent": sent, "sent_octets": sent_octets, "heard_octets": heard_octets}, sys.stdout)


if __name__ == "__main__":
    run(Flood(**json.loads(sys.argv[1])))
