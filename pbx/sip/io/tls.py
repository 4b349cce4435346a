"""TLS of one connection, over memory: encrypted octets in, plain ones out (RFC 8446, RFC 5246)."""

import ssl
from collections.abc import Callable

# What the certificate of the peer proves; raises TlsRefused when that is not enough.
Prove = Callable[[ssl.SSLObject], tuple[str, ...]]


class TlsRefused(Exception):
    """The handshake failed; the text is for the log."""


class TlsSession:
    """Handshake, records and closing of one side; `certified` are the domains that the peer proved."""

    def __init__(self, context: ssl.SSLContext, prove: Prove, *, server: bool, name: str = "") -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server, server_hostname=name or None
        )
        self._prove = prove
        self.is_open = self.is_over = False
        self.certified: tuple[str, ...] = ()

    def receive(self, octets: bytes) -> bytes:
        """Return what `octets` say; TlsRefused when the peer is none to talk to."""
        self._incoming.write(octets)
        if not self.is_open:
            self._shake_hands()
        return self._plain() if self.is_open else b""

    def send(self, octets: bytes) -> bytes:
        """Return the records for `octets`, after those that the handshake still has to send."""
        if octets and self.is_open and not self.is_over:
            self._object.write(octets)
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        """Return the close_notify, so that the peer can tell the end from a cut."""
        if self.is_open:
            try:
                self._object.unwrap()
            except ssl.SSLError:
                pass  # it waits for the peer's, or the session is broken: nothing is lost by either
        return self._outgoing.read()

    def _shake_hands(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLCertVerificationError as error:
            raise TlsRefused(f"its certificate is refused: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise TlsRefused((error.reason or "a broken handshake").lower().replace("_", " ")) from error
        self.certified = self._prove(self._object)
        self.is_open = True

    def _plain(self) -> bytes:
        plain = bytearray()
        try:
            while chunk := self._object.read(65536):
                plain += chunk
            self.is_over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.is_over = True
        except ssl.SSLError as error:
            raise TlsRefused((error.reason or "a broken record").lower().replace("_", " ")) from error
        return bytes(plain)
