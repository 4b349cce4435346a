"""The Reason header of RFC 3326, protocols SIP and Q.850; in responses too (RFC 6432)."""

import re

from pbx.sip.effects import HangUp
from pbx.sip.grammar import quote
from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields

_VALUE = r"\s*{}\s*;(?:[^,\"]|\"[^\"]*\")*?cause\s*=\s*([0-9]{{{}}})(?![0-9])"
_CAUSE = re.compile(_VALUE.format("SIP", "3"), re.IGNORECASE)
_Q850 = re.compile(_VALUE.format(r"Q\.850", "1,3"), re.IGNORECASE)
_LIST = re.compile(r"((?:[^,\"]|\"[^\"]*\")+)")
MAX_TEXT = 128
MAX_REASON = 512
LAST_Q850 = 127


def cause_of(message: Request | Response) -> int:
    """Return the SIP cause of a BYE, CANCEL or response, 0 when there is none."""
    return _first(message, _CAUSE)


def q850_of(message: Request | Response) -> int:
    """Return the Q.850 cause, 0 when there is none."""
    found = _first(message, _Q850)
    return found if found <= LAST_Q850 else 0


def reason_fields(order: HangUp) -> Fields:
    """Return the Reason headers for a BYE or CANCEL of ours, nothing without a cause."""
    printable = one_line(order.text)
    text = f";text={quote(printable)}" if printable else ""
    sip: Fields = (("Reason", f"SIP;cause={order.cause}{text}"),) if order.cause else ()
    return (*sip, *q850_fields(order.q850))


def q850_fields(q850: int) -> Fields:
    """Return the Reason header of a Q.850 cause, nothing for 0."""
    return (("Reason", f"Q.850;cause={q850}"),) if q850 else ()


def one_line(text: str) -> str:
    """Return `text` without control characters and not too long for a header or reason phrase."""
    return "".join(char for char in text[:MAX_TEXT] if " " <= char != "\x7f")


def _first(message: Request | Response, pattern: re.Pattern[str]) -> int:
    for value in message.headers.get_all("Reason"):
        for one in _LIST.findall(value[:MAX_REASON]):
            match = pattern.match(one)
            if match:
                return int(match[1])
    return 0
