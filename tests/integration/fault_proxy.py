"""A proxy before an S3 server that fails as servers and lines do, on demand."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

Fault = Literal["", "500", "503", "expired", "forbidden", "down", "lie", "cut"]
_TIMEOUT_S = 10.0
_ANSWERS: dict[str, tuple[int, str]] = {
    "500": (500, "InternalError"),
    "503": (503, "SlowDown"),
    "expired": (403, "ExpiredToken"),
    "forbidden": (403, "AccessDenied"),
}


class FaultProxy:
    """Passes requests on, or lets `fault` happen to those that `wanted` says; counts what came."""

    def __init__(self, endpoint: str) -> None:
        self.behind = urlsplit(endpoint).netloc
        self.fault: Fault = ""
        self.wanted: Callable[[str, str], bool] = lambda _method, _path: True
        self.n_requests = 0
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: FaultProxy

    def _take(self) -> None:
        """The signature covers the Host header, so that is passed on as it is."""
        if self.headers.get("Expect", "").lower() == "100-continue":  # or the client waits a second for it
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.owner.n_requests += 1
        fault = self.owner.fault if self.owner.wanted(self.command, self.path) else ""
        if fault in _ANSWERS:
            status, code = _ANSWERS[fault]
            self._answer(status, f"<Error><Code>{code}</Code></Error>".encode())
        elif fault == "lie":
            self._answer(200, b"")
        elif fault == "down":
            self.close_connection = True
        else:
            self._pass_on(body, half=fault == "cut")

    def _pass_on(self, body: bytes, *, half: bool) -> None:
        connection = http.client.HTTPConnection(self.owner.behind, timeout=_TIMEOUT_S)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    connection.putheader(name, value)
            connection.endheaders()
            if half:  # the line breaks in the middle of what is sent
                connection.send(body[: len(body) // 2])
                self.close_connection = True
                return
            if body:
                connection.send(body)
            answer = connection.getresponse()
            kept = [
                (name, value) for name, value in answer.getheaders() if name.lower() != "transfer-encoding"
            ]
            self._answer(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers or []:
            if name.lower() != "content-length":
                self.send_header(name, value)
            elif self.command == "HEAD":
                length = value
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _take

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the terminal of a test."""
