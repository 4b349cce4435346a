"""Where a webhook is delivered: a URL that an administrator writes."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pbx.core.address import literal
from pbx.core.errors import ParseError

MAX_URL = 2000  # characters; some receivers want a token in it
PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_TARGET = re.compile(r"/[!-~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookUrl:
    """A URL that passed the rules; `target` is path and query and may be secret: `host` alone is logged."""

    host: str
    port: int
    target: str
    is_encrypted: bool

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.is_encrypted else "http"] else f"{host}:{self.port}"


def parse_webhook_url(url: str) -> WebhookUrl:
    """Return the place of a webhook; ParseError unless it is http or https, plain and not too long."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable():
        raise ParseError("the URL is too long or not ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ParseError("the URL is malformed") from None
    host = (parts.hostname or "").lower()
    if parts.scheme not in PORTS or port == 0:
        raise ParseError("the URL does not begin with https://")
    if "@" in parts.netloc or parts.fragment or not (_NAME.fullmatch(host) or literal(host)):
        raise ParseError("the URL has a user, a fragment or no host")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if _TARGET.fullmatch(target) is None:
        raise ParseError("the URL has blanks")
    return WebhookUrl(
        host=host, port=port or PORTS[parts.scheme], target=target, is_encrypted=parts.scheme == "https"
    )
