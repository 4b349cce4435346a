"""A DTLS 1.2 association that yields the keys of SRTP (RFC 5764), over memory."""

from dataclasses import dataclass, field
from typing import Literal

from OpenSSL import SSL

from pbx.core.srtp import SUITES, DtlsParameters, Suite
from pbx.media.dtls_identity import MTU, SRTP_PROFILES, DtlsIdentity

HANDSHAKE_S = 30.0  # from the first datagram; a party that hears nothing for so long has hung up
REPEATS_S = (0.1, 0.3)  # after a flight, before OpenSSL's own repeats, which begin after a second

State = Literal["new", "handshake", "done", "failed"]

_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764 §4.2
_RECORD_HEADER_BYTES = 13
_READ_BYTES = 1 << 16
_MAX_READS = 16  # records of one datagram; what a peer says to us after the handshake is not heard


@dataclass(frozen=True, slots=True, kw_only=True)
class DtlsKeys:
    """Key and salt of each direction; `local` protects what we send."""

    suite: Suite
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)


class DtlsAssociation:
    """Handshakes in our role; `keys` exist only after the peer's certificate has proved right.

    OpenSSL times its own repeats by the clock of the machine; `deadline` and `tick` carry them. Two early
    repeats of each flight come before, because a second is twice what a caller should wait for audio. Such
    a repeat is octet for octet the same, as if the network had doubled it.
    """

    __slots__ = (
        "_connection",
        "_flight",
        "_is_active",
        "_own_due",
        "_repeats",
        "_until",
        "failure",
        "keys",
        "state",
    )

    def __init__(
        self,
        identity: DtlsIdentity,
        parameters: DtlsParameters,
        connection: SSL.Connection | None = None,
    ) -> None:
        """`connection` is one that has read the hello of the peer already, in the passive role."""
        self._is_active = parameters.role == "active"
        self._connection = connection or identity.connection(
            parameters.remote_fingerprints, parameters.suites
        )
        if self._is_active:
            self._connection.set_connect_state()
        elif connection is None:
            self._connection.set_accept_state()
        self._flight: list[bytes] = []
        self._repeats: list[float] = []  # when, soonest first
        self._own_due: float | None = None  # OpenSSL's next repeat
        self._until = 0.0
        self.state: State = "new"
        self.keys: DtlsKeys | None = None
        self.failure = ""

    @property
    def deadline(self) -> float | None:
        """When to call `tick`."""
        dues = [due for due in (*self._repeats[:1], self._own_due) if due is not None]
        if self.state == "handshake":
            dues.append(self._until)
        return min(dues, default=None)

    def start(self, now: float) -> list[bytes]:
        """Return the ClientHello in the active role; in the passive one the peer begins. Once."""
        return self.advance(now) if self._is_active and self.state == "new" else []

    def handle(self, datagram: bytes, now: float) -> list[bytes]:
        """Return what to send after a datagram; what makes no sense is ignored, as DTLS does."""
        if self.state == "failed" or not datagram:
            return []
        self._connection.bio_write(datagram)
        if self.state == "done":
            return self._listen()
        return self.advance(now)

    def tick(self, now: float) -> list[bytes]:
        """Return a flight that is due once more."""
        if self.state == "handshake" and now >= self._until:
            self._fail("no answer in time")
            return []
        if self._own_due is not None and now >= self._own_due:
            return self._openssl_repeat(now)
        if self._repeats and now >= self._repeats[0]:
            self._repeats = [due for due in self._repeats if due > now]
            return list(self._flight)
        return []

    def advance(self, now: float) -> list[bytes]:
        """Return the flight that follows from what the connection has read."""
        if self.state == "new":
            self.state, self._until = "handshake", now + HANDSHAKE_S
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            datagrams = self._outgoing()  # the alert
            self._fail(_reason(error))
            return datagrams
        else:
            self._finish()
        return self._fly(self._outgoing(), now)

    def _finish(self) -> None:
        suite = SRTP_PROFILES.get(self._connection.get_selected_srtp_profile())
        if suite is None:
            self._fail("the peer takes none of our SRTP profiles")
            return
        self.keys, self.state = self._export(suite), "done"

    def _export(self, suite: Suite) -> DtlsKeys:
        """Return the keys in the order of RFC 5764 §4.2: both keys, then both salts, the client's first."""
        key_bytes, salt_bytes = SUITES[suite].key_bytes, SUITES[suite].salt_bytes
        material = self._connection.export_keying_material(_LABEL, 2 * (key_bytes + salt_bytes))
        keys, salts = material[: 2 * key_bytes], material[2 * key_bytes :]
        client = keys[:key_bytes] + salts[:salt_bytes]
        server = keys[key_bytes:] + salts[salt_bytes:]
        local, remote = (client, server) if self._is_active else (server, client)
        return DtlsKeys(suite=suite, local=local, remote=remote)

    def _fly(self, datagrams: list[bytes], now: float) -> list[bytes]:
        if datagrams and self.state != "failed":
            self._flight, self._repeats = datagrams, [now + later for later in REPEATS_S]
        elif self.state == "done":
            self._flight, self._repeats = [], []  # the last word was the peer's
        left_s = self._connection.DTLSv1_get_timeout() if self.state == "handshake" else None
        self._own_due = None if left_s is None else now + left_s
        return datagrams

    def _openssl_repeat(self, now: float) -> list[bytes]:
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(_reason(error))
            return []
        datagrams = self._outgoing()
        left_s = self._connection.DTLSv1_get_timeout()
        self._own_due = None if left_s is None else now + left_s
        return datagrams

    def _listen(self) -> list[bytes]:
        """Let OpenSSL repeat its last flight when the peer has missed it; the keys stay whatever comes."""
        try:
            for _ in range(_MAX_READS):
                self._connection.recv(_READ_BYTES)
        except SSL.Error:
            pass
        return self._outgoing()

    def _fail(self, failure: str) -> None:
        self.state, self.failure, self.keys = "failed", failure, None
        self._flight, self._repeats, self._own_due = [], [], None

    def _outgoing(self) -> list[bytes]:
        octets = b""
        try:
            while True:
                octets += self._connection.bio_read(_READ_BYTES)
        except SSL.Error:
            return datagrams_of(octets)


def datagrams_of(octets: bytes) -> list[bytes]:
    """Return records as datagrams of at most `MTU`: memory does not keep their bounds as a socket would."""
    datagrams: list[bytes] = []
    start = position = 0
    while position < len(octets):
        end = position + _RECORD_HEADER_BYTES + int.from_bytes(octets[position + 11 : position + 13], "big")
        if end - start > MTU and position > start:
            datagrams.append(octets[start:position])
            start = position
        position = end
    if octets[start:]:
        datagrams.append(octets[start:])
    return datagrams


def _reason(error: SSL.Error) -> str:
    """Return OpenSSL's words for what went wrong; they hold nothing of the peer's."""
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(reasons[-1][-1]) if reasons else type(error).__name__
