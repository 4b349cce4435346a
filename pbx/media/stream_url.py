"""Where a voice bot may be: the URL of a media stream."""

from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_URL = 2000  # characters; a token in it is seldom above 1000


def is_stream_url(text: str) -> bool:
    """Return whether it is a ws:// or wss:// URL with a host; RFC 6455 §3 has no fragment."""
    if not (text.isascii() and text.isprintable() and len(text) <= MAX_URL) or " " in text or "#" in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_private(url: str) -> bool:
    """Return whether nobody on the network can listen: TLS, or this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "wss" or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
