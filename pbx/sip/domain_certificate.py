"""Which SIP domains a certificate speaks for (RFC 5922 §7.1)."""

from cryptography import x509

from pbx.core.errors import ParseError
from pbx.sip.uri import parse_uri


def domains_of(der: bytes) -> tuple[str, ...]:
    """Return the domains in lower case: those of `sip:` URIs, and only where there is none, the DNS names.

    The common name never counts, and a wildcard is no name (§7.2); a broken certificate speaks for nobody.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ()
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    domains = [domain for domain in map(_domain, uris) if domain]
    if not domains:
        domains = [name.lower().rstrip(".") for name in names.get_values_for_type(x509.DNSName)]
    return tuple(dict.fromkeys(domain for domain in domains if "*" not in domain))


def _domain(text: str) -> str:
    """Return the domain of a `sip:` URI without user, else ""."""
    try:
        uri = parse_uri(text)
    except ParseError:
        return ""
    return uri.host.lower() if uri.scheme == "sip" and not uri.user else ""
