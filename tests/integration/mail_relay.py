"""A mail relay of a test: SMTP on a port of loopback, in threads, in clear, by STARTTLS or by TLS."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class MailRelay:
    """What was said and taken; `context` None = without TLS. `refuses` = an address it does not know."""

    context: ssl.SSLContext | None = None
    is_implicit: bool = False
    refuses: str = ""
    port: int = 0
    said: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


class _Handler(socketserver.StreamRequestHandler):
    relay: MailRelay

    def handle(self) -> None:
        relay, is_secure = self.relay, False
        if relay.is_implicit and not (is_secure := self._secure()):
            return
        self._answer("220 relay.example")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            word, _, rest = line.partition(" ")
            word = word.upper()
            relay.said.append(f"{'tls ' if is_secure else ''}{word} {rest}")
            if word == "EHLO":
                offers = relay.context is not None and not is_secure
                self._answer(
                    "250-relay.example\r\n250 STARTTLS" if offers else "250-relay.example\r\n250 AUTH PLAIN"
                )
            elif word == "STARTTLS":
                self._answer("220 go on")
                if not (is_secure := self._secure()):
                    return
            elif word == "RCPT" and relay.refuses and relay.refuses in line:
                self._answer(f"550 no such mailbox: {line}")
            elif word == "DATA":
                self._answer("354 go on")
                lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                relay.taken.append("".join(lines))
                self._answer("250 taken")
            elif word == "QUIT":
                self._answer("221 bye")
                return
            else:
                self._answer("235 welcome" if word == "AUTH" else "250 fine")

    def _secure(self) -> bool:
        assert self.relay.context is not None
        try:
            secured = self.relay.context.wrap_socket(self.connection, server_side=True)
        except (OSError, ssl.SSLError):  # the other side does not trust us
            return False
        self.connection = secured
        self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb", 0)  # type: ignore[assignment]
        return True

    def _answer(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def mail_relay(context: ssl.SSLContext | None = None, *, implicit: bool = False) -> Iterator[MailRelay]:
    """One that listens on a port of loopback."""
    relay = MailRelay(context=context, is_implicit=implicit)
    handler = type("Handler", (_Handler,), {"relay": relay})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
