"""Where a certificate may be fetched from: the URL comes from a stranger (RFC 8224 §6.2, RFC 8225 §10.1).

Without these rules an Identity header would let anybody make our machine talk to our own network.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pbx.core.errors import ParseError

MAX_URL = 512
PORTS = (443, 8443)

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_TARGET = re.compile(r"/[!-~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateUrl:
    """A URL that passed the rules; `target` is path and query."""

    host: str
    port: int
    target: str


def parse_x5u(url: str, hosts: tuple[str, ...] = ()) -> CertificateUrl:
    """Return the place of a certificate; ParseError 436 unless the URL is https, plain and on a known port.

    `hosts` limits whose certificates are fetched at all; a host of it stands for its sub-domains too.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable():
        raise ParseError("x5u is too long or not ASCII", 436)
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[0]
    except ValueError:
        raise ParseError("x5u is malformed", 436) from None
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or port not in PORTS:
        raise ParseError("x5u is not https on port 443 or 8443", 436)
    if "@" in parts.netloc or parts.fragment or _HOST.fullmatch(host) is None:
        raise ParseError("x5u has a user, a fragment or no host name", 436)
    if hosts and not any(host == one or host.endswith(f".{one}") for one in hosts):
        raise ParseError("x5u names a host that is not on the list", 436)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if _TARGET.fullmatch(target) is None:
        raise ParseError("x5u has blanks", 436)
    return CertificateUrl(host=host, port=port, target=target)
