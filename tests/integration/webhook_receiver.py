"""A receiver of webhooks: Python's own HTTP server in a thread, which can also misbehave."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_BODY = 4096


@dataclass(slots=True)
class Receiver:
    """What came in, and how each is answered: the next of `manners`, and a plain 204 when there is none."""

    port: int = 0
    manners: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # recordings that it never takes
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=t"

    @property
    def ids(self) -> list[str]:
        """The id of each try."""
        return [headers["webhook-id"] for headers, _ in self.seen]

    @property
    def recordings(self) -> list[str]:
        """The recording of each try."""
        return [json.loads(body)["data"]["recording"] for _, body in self.seen]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        length = min(int(self.headers["Content-Length"]), MAX_BODY)
        body = self.rfile.read(length)
        self.receiver.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        manner = self.receiver.manners.pop(0) if self.receiver.manners else "204"
        if self.receiver.refused and self.receiver.recordings[-1] in self.receiver.refused:
            manner = "400"
        match manner:
            case "slow":  # until the test is over: the sender has to give up by itself
                self.receiver.closing.wait(30)
                self.close_connection = True
            case "early":
                self.close_connection = True
            case "dies":  # in the middle of its answer, as a killed process does
                self.wfile.write(b"HTTP/1.1 200 O")
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case "noise":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                self.close_connection = True
            case "endless":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 20_000 + b"\r\n\r\n")
                self.close_connection = True
            case "hints":
                self.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
                self.close_connection = True
            case status:
                self.send_response(int(status))
                if status == "307":
                    self.send_header("Location", f"http://127.0.0.1:{self.receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the library's own name
        """It keeps quiet."""


@contextmanager
def receiving(port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of loopback, by TLS with a context."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
