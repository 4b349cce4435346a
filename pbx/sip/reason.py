"""The Reason header of RFC 3326, protocol SIP."""

import re

from pbx.sip.effects import HangUp
from pbx.sip.grammar import quote
from pbx.sip.message import Request
from pbx.sip.responses import Fields

_CAUSE = re.compile(r"\s*SIP\s*;(?:[^,\"]|\"[^\"]*\")*?cause\s*=\s*([0-9]{3})(?![0-9])", re.IGNORECASE)
MAX_TEXT = 128
MAX_REASON = 512


def cause_of(request: Request) -> int:
    """Return the SIP cause of a BYE or CANCEL, 0 when there is none."""
    for value in request.headers.get_all("Reason"):
        match = _CAUSE.match(value[:MAX_REASON])
        if match:
            return int(match[1])
    return 0


def reason_fields(order: HangUp) -> Fields:
    """Return the Reason header for a BYE or CANCEL of ours, nothing without a cause."""
    if not order.cause:
        return ()
    printable = one_line(order.text)
    text = f";text={quote(printable)}" if printable else ""
    return (("Reason", f"SIP;cause={order.cause}{text}"),)


def one_line(text: str) -> str:
    """Return `text` without control characters and not too long for a header or reason phrase."""
    return "".join(char for char in text[:MAX_TEXT] if " " <= char != "\x7f")
