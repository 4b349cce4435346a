"""RevocationList: which certificates were withdrawn before their time (RFC 5280 §5, ATIS-1000080 §5.4).

The CRL of SHAKEN is indirect: one list, of the policy administrator, names certificates of many authorities.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from pbx.core.errors import ParseError

MAX_CRL_OCTETS = 262_144  # some 6,000 entries; a country has fewer signing carriers than that
MAX_URLS = 2  # of one chain; in SHAKEN it is one for all
_PEM = b"-----BEGIN X509 CRL-----"
_UNDERSTOOD = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT})  # of those that are critical
# ATIS-1000080 wants a new list each day; one without an end is taken for one of that kind.
_USUAL = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """`revoked` are issuer (DER) and serial number; it is of use until `until` (aware UTC)."""

    revoked: frozenset[tuple[bytes, int]] = field(repr=False)
    until: datetime

    def has(self, chain: Iterable[x509.Certificate]) -> bool:
        """Whether a certificate of the chain is withdrawn."""
        return any((one.issuer.public_bytes(), one.serial_number) in self.revoked for one in chain)


def crl_urls(chain: Iterable[x509.Certificate]) -> tuple[str, ...]:
    """Return where the lists for these certificates are, each once; ParseError 437 for too many."""
    urls = tuple(dict.fromkeys(url for one in chain if (url := _first_url(one)) is not None))
    if len(urls) > MAX_URLS:
        raise ParseError("a chain with more lists of revocations than anybody needs", 437)
    return urls


def has_crl(chain: Sequence[x509.Certificate]) -> bool:
    """Whether the leaf says where its list is, as ATIS-1000080 wants it."""
    return bool(chain) and _first_url(chain[0]) is not None


def read_crl(octets: bytes, signers: Iterable[x509.Certificate], at: datetime) -> RevocationList:
    """Return a list that one of `signers` signed and that is of now; ParseError 437."""
    if len(octets) > MAX_CRL_OCTETS:
        raise ParseError(f"a list of revocations of more than {MAX_CRL_OCTETS} octets", 437)
    try:
        crl = x509.load_pem_x509_crl(octets) if _PEM in octets else x509.load_der_x509_crl(octets)
        unknown = [one.oid for one in crl.extensions if one.critical and one.oid not in _UNDERSTOOD]
        revoked = _revoked(crl)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("not a list of revocations", 437) from None
    if unknown:  # RFC 5280 §5.2: such a list must not be used to say that a certificate is good
        raise ParseError("a list of revocations of a kind that is not understood", 437)
    if not any(_is_signed(crl, one) for one in signers):
        raise ParseError("a list of revocations that nobody we know has signed", 437)
    until = crl.next_update_utc or crl.last_update_utc + _USUAL
    if not crl.last_update_utc <= at <= until:
        raise ParseError("a list of revocations that is not of now", 437)
    return RevocationList(revoked=revoked, until=until)


def _first_url(certificate: x509.Certificate) -> str | None:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return None
    names = (name for point in points for name in point.full_name or ())
    return next((name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)), None)


def _revoked(crl: x509.CertificateRevocationList) -> frozenset[tuple[bytes, int]]:
    """RFC 5280 §5.3.3: an entry without an issuer has that of the entry before, the first one the list's."""
    found: set[tuple[bytes, int]] = set()
    issuer = crl.issuer.public_bytes()
    for entry in crl:
        try:
            names = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
            issuer = next(iter(names.get_values_for_type(x509.DirectoryName))).public_bytes()
        except (x509.ExtensionNotFound, StopIteration):
            pass
        found.add((issuer, entry.serial_number))
    return frozenset(found)


def _is_signed(crl: x509.CertificateRevocationList, signer: x509.Certificate) -> bool:
    if signer.subject != crl.issuer:
        return False
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is not None and not usage.crl_sign:
        return False
    try:
        return crl.is_signature_valid(signer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False
