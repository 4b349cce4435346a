"""Who we are to DTLS peers: one key and certificate of a media worker, and the rules of every handshake."""

import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from OpenSSL import SSL, crypto

from pbx.core.errors import MisuseError
from pbx.core.srtp import DTLS_SUITES, Fingerprint, Hash, Suite
from pbx.media.source_lock import Source

MTU = 1200  # octets of a datagram: passes every tunnel that IPv6 passes

SRTP_PROFILES: dict[bytes, Suite] = {  # by OpenSSL's names
    b"SRTP_AEAD_AES_128_GCM": "AEAD_AES_128_GCM",
    b"SRTP_AEAD_AES_256_GCM": "AEAD_AES_256_GCM",
    b"SRTP_AES128_CM_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
}
_NAMES = {suite: name for name, suite in SRTP_PROFILES.items()}
_DTLS_1_2 = 0xFEFD
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL"  # forward secrecy, and never the NULL cipher (S-31)
_HASHES: dict[Hash, type[hashes.HashAlgorithm]] = {
    "sha-256": hashes.SHA256,
    "sha-384": hashes.SHA384,
    "sha-512": hashes.SHA512,
}


class DtlsIdentity:
    """Makes connections that accept no certificate but the one whose fingerprints they are given."""

    __slots__ = ("_certificate", "_contexts", "_cookie_key", "_key", "fingerprint")

    def __init__(
        self, key: EllipticCurvePrivateKey, certificate: x509.Certificate, cookie_key: bytes
    ) -> None:
        """`cookie_key` = random octets by which cookies of ours are known."""
        self._key, self._certificate, self._cookie_key = key, certificate, cookie_key
        self.fingerprint = fingerprint_of(certificate, "sha-256")
        self._contexts = {DTLS_SUITES: self._new_context(DTLS_SUITES)}  # one for each wish in `media`

    def _context(self, suites: tuple[Suite, ...]) -> SSL.Context:
        """Return the rules of every handshake in which these suites may be agreed on."""
        if suites not in self._contexts:
            self._contexts[suites] = self._new_context(suites)
        return self._contexts[suites]

    def _new_context(self, suites: tuple[Suite, ...]) -> SSL.Context:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_min_proto_version(_DTLS_1_2)
        context.set_cipher_list(_CIPHERS)
        # Renegotiation would change keys that nobody asks for again; tickets and sessions would skip the
        # certificate.
        context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_tlsext_use_srtp(b":".join(_NAMES[one] for one in suites))
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _is_expected)
        context.set_cookie_generate_callback(_cookie)
        context.set_cookie_verify_callback(_is_cookie)
        context.use_certificate(self._certificate)
        context.use_privatekey(self._key)
        return context

    def connection(self, expected: tuple[Fingerprint, ...], suites: tuple[Suite, ...] = ()) -> SSL.Connection:
        """Return a connection over memory; its handshake fails unless the certificate matches them all.

        `suites` = what may be agreed on, best first; () = all. MisuseError when DTLS has none of them.
        """
        wanted = tuple(one for one in suites or DTLS_SUITES if one in DTLS_SUITES)
        if not wanted:
            raise MisuseError("DTLS for somebody who may have none of its suites")
        connection = SSL.Connection(self._context(wanted), None)
        connection.set_ciphertext_mtu(MTU)
        connection.set_app_data((expected, b""))
        return connection

    def visitor(
        self, expected: tuple[Fingerprint, ...], source: Source, suites: tuple[Suite, ...] = ()
    ) -> SSL.Connection:
        """Return such a connection to listen on: `source` sends back a cookie first (RFC 6347 §4.2.1)."""
        connection = self.connection(expected, suites)
        cookie = hmac.digest(self._cookie_key, f"{source[0]} {source[1]}".encode(), "sha256")
        connection.set_app_data((expected, cookie))
        return connection


def fingerprint_of(certificate: x509.Certificate, name: Hash) -> Fingerprint:
    """Return the fingerprint of a certificate (RFC 8122 §5)."""
    return Fingerprint(hash=name, digest=certificate.fingerprint(_HASHES[name]()).hex())


def matches(certificate: x509.Certificate, expected: tuple[Fingerprint, ...]) -> bool:
    """Return whether there are fingerprints at all and the certificate has each of them."""
    return bool(expected) and all(fingerprint_of(certificate, one.hash) == one for one in expected)


def _is_expected(
    connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, is_trusted: int
) -> bool:
    """Judge by the fingerprint alone: who signed a certificate says nothing here (RFC 5763 §5)."""
    return depth > 0 or matches(certificate.to_cryptography(), connection.get_app_data()[0])


def _cookie(connection: SSL.Connection) -> bytes:
    cookie: bytes = connection.get_app_data()[1]
    return cookie


def _is_cookie(connection: SSL.Connection, cookie: bytes) -> bool:
    expected = _cookie(connection)
    return bool(expected) and hmac.compare_digest(cookie, expected)
