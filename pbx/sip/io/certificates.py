"""Certificates: our own by server name, and whom we believe; replaced as a whole, no connection lost."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pbx.core.errors import TransportError
from pbx.sip.domain_certificate import domains_of
from pbx.sip.io.tls import TlsRefused, TlsSession


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate with its chain, and its private key: two PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPeer:
    """A trunk: its domain (RFC 5922), who vouches for it (None = the system), and who we are to it."""

    name: str
    ca: Path | None = None
    pair: KeyPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """`default` serves clients without SNI and domains without a pair of their own."""

    default: KeyPair | None = None
    domains: dict[str, KeyPair | None] = field(default_factory=dict)
    peers: tuple[TlsPeer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Peer:
    context: ssl.SSLContext
    anchors: frozenset[bytes] | None  # DER of the trunk's own CA file, None = the system's


class _Loaded:
    """Everything that one version of the settings needs, read from disk."""

    def __init__(self, settings: TlsSettings) -> None:
        self.peers = {peer.name.lower(): _load_peer(peer) for peer in settings.peers}
        self._files = [peer.ca for peer in settings.peers if peer.ca is not None]
        self._asks = bool(settings.peers)
        self._system = any(peer.ca is None for peer in settings.peers)
        self.default = self._server(settings.default)
        self.by_name = {
            domain.lower(): self._server(pair) if pair is not None else self.default
            for domain, pair in settings.domains.items()
        }
        if settings.default is not None:
            self.by_name = dict.fromkeys(_names(settings.default), self.default) | self.by_name
        self.default.sni_callback = self._choose

    def _server(self, pair: KeyPair | None) -> ssl.SSLContext:
        context = _hardened(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        if pair is not None:
            _load(context, pair)
        if self._asks:  # phones are never asked for a certificate unless a trunk is known by one
            context.verify_mode = ssl.CERT_OPTIONAL
            for file in self._files:
                _believe(context, file)
            if self._system:
                context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        return context

    def _choose(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        """Take the certificate of the name asked for; a name that we do not serve gets an alert."""
        if name is None or _is_address(name):  # RFC 6066 §3 has no addresses, but PJSIP sends one
            return None
        lower = name.lower()
        found = self.by_name.get(lower) or self.by_name.get(f"*.{lower.partition('.')[2]}")
        if found is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        tls.context = found
        return None


class Certificates:
    """Makes the TLS sessions; `swap` is for those to come, open connections keep what they have."""

    def __init__(self, settings: TlsSettings) -> None:
        """TransportError when a file cannot be used."""
        self._loaded = _Loaded(settings)

    def swap(self, settings: TlsSettings) -> None:
        """Use other files from now on; TransportError changes nothing."""
        self._loaded = _Loaded(settings)

    def server(self) -> TlsSession:
        """Return the TLS side of a connection that was accepted."""
        loaded = self._loaded
        return TlsSession(loaded.default, lambda tls: _proved(tls, loaded), server=True)

    def client(self, name: str) -> TlsSession:
        """Return the TLS side of a connection that we open to the domain `name`."""
        peer = self._loaded.peers.get(name.lower()) or _load_peer(TlsPeer(name=name))
        return TlsSession(peer.context, _must_be(name.lower()), server=False, name=name)


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


def _proved(tls: ssl.SSLObject, loaded: _Loaded) -> tuple[str, ...]:
    """Return the trunks' domains in a verified certificate, each only when its own CA vouches for it."""
    der = tls.getpeercert(binary_form=True)
    if der is None:
        return ()
    chain = _verified_chain(tls)
    own = [peer.anchors for peer in loaded.peers.values() if peer.anchors is not None]

    def vouches(peer: _Peer) -> bool:
        if peer.anchors is not None:
            return any(one in peer.anchors for one in chain)
        return not any(one in anchors for one in chain for anchors in own)

    found = (name for name in domains_of(der) if name in loaded.peers)
    return tuple(name for name in found if vouches(loaded.peers[name]))


def _must_be(name: str) -> Callable[[ssl.SSLObject], tuple[str, ...]]:
    def prove(tls: ssl.SSLObject) -> tuple[str, ...]:
        domains = domains_of(tls.getpeercert(binary_form=True) or b"")
        if name not in domains:
            raise TlsRefused(f"its certificate is for {', '.join(domains) or 'no domain'}, not {name!r}")
        return (name,)

    return prove


def _verified_chain(tls: ssl.SSLObject) -> list[bytes]:
    """Return the chain that was verified in DER; a method of its own since Python 3.13 only."""
    raw: Any = tls if hasattr(tls, "get_verified_chain") else tls._sslobj  # type: ignore[attr-defined]
    chain = raw.get_verified_chain() or []
    return [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain]


def _hardened(context: ssl.SSLContext) -> ssl.SSLContext:
    """TLS 1.2 or later, no renegotiation; no resumption, which would skip a certificate that was swapped."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    if context.protocol == ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0
    return context


def _load_peer(peer: TlsPeer) -> _Peer:
    context = _hardened(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False  # a SIP domain is checked by RFC 5922, see _must_be
    if peer.pair is not None:
        _load(context, peer.pair)
    if peer.ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return _Peer(context, None)
    return _Peer(context, _believe(context, peer.ca))


def _load(context: ssl.SSLContext, pair: KeyPair) -> None:
    try:
        context.load_cert_chain(pair.chain, pair.key, password=lambda: "")  # never ask the terminal
    except OSError as error:  # SSLError is one
        raise TransportError(f"the certificate {pair.chain} cannot be used: {_why(error)}") from error


def _believe(context: ssl.SSLContext, file: Path) -> frozenset[bytes]:
    """Trust every certificate of a file, an intermediate or a single peer's too; return them in DER."""
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(file)
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise TransportError(f"the CA file {file} cannot be used: {_why(error)}") from error
    return frozenset(one.public_bytes(Encoding.DER) for one in found)


def _names(pair: KeyPair) -> list[str]:
    """Return the server names of a certificate of ours; here a wildcard counts, browsers accept it."""
    try:
        leaf = x509.load_pem_x509_certificates(pair.chain.read_bytes())[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return []
    found = names.get_values_for_type(x509.DNSName)
    return [name.lower() for name in (*found, *domains_of(leaf.public_bytes(Encoding.DER)))]


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return str(reason).lower().replace("_", " ")
