"""message/sipfrag bodies of NOTIFY (RFC 3420, RFC 3515 §2.4.5): a status line, and nothing of our network."""

import re

from pbx.sip.responses import reason_phrase

SIPFRAG = "message/sipfrag"
SIPFRAG_TYPE = f"{SIPFRAG};version=2.0"
MAX_FRAGMENT = 4096  # octets looked at; the status line comes first
_STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: |\r|\n|$)", re.IGNORECASE)


def sipfrag(status: int) -> bytes:
    """Return the body that reports `status`."""
    return f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode()


def status_of(fragment: bytes) -> int | None:
    """Return the status that a body reports, None when it begins with no status line."""
    match = _STATUS_LINE.match(fragment[:MAX_FRAGMENT].lstrip(b"\r\n"))
    return int(match[1]) if match else None
