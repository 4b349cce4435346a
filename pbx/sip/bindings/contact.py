"""AskedContact: one Contact of a REGISTER, its parameters checked (RFC 3261 §10.2.1, RFC 5626 §4.1)."""

import re
from dataclasses import dataclass

from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.bindings.policy import RegistrationPolicy
from pbx.sip.headers import NameAddr
from pbx.sip.message import Request
from pbx.sip.uri import parse_uri

FULL_Q = 1000  # thousandths; a contact without q counts as q=1
MAX_REG_ID = 2**31 - 1  # RFC 5626 §6
MAX_INSTANCE = 256  # octets; a UUID URN has 45

_QVALUE = re.compile(r"0(?:\.([0-9]{0,3}))?|1(?:\.0{0,3})?")
_INSTANCE = re.compile(r"<([A-Za-z][!-;=?-~]+)>")


class IntervalTooBrief(PeerViolation):
    """An expiry below the minimum: 423 with Min-Expires."""

    def __init__(self, min_expires_s: int) -> None:
        super().__init__("expires below the minimum", 423)
        self.min_expires_s = min_expires_s


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedContact:
    """What a Contact asks for; `q` in thousandths, `instance` without angle brackets, `reg_id` 0 = none."""

    uri: str
    expires_s: int
    q: int
    instance: str
    reg_id: int


def read_contact(
    contact: NameAddr, request: Request, policy: RegistrationPolicy, *, is_secure: bool
) -> AskedContact:
    """Return the contact with what is granted; PeerViolation 400 (no SIP URI, bad q), 423 (too brief).

    A SIPS contact needs a transport that is secure, else nobody could be reached by it.
    """
    return AskedContact(
        uri=_checked_uri(contact, is_secure=is_secure),
        expires_s=_expires_s(contact, request, policy),
        q=_q(contact),
        instance=_instance(contact),
        reg_id=_reg_id(contact),
    )


def _checked_uri(contact: NameAddr, *, is_secure: bool) -> str:
    try:
        scheme = parse_uri(contact.uri).scheme
    except ParseError:
        raise PeerViolation("a contact that is no SIP URI", 400) from None
    if scheme not in (("sip", "sips") if is_secure else ("sip",)):
        raise PeerViolation("a contact that is no SIP URI", 400)
    return contact.uri


def _expires_s(contact: NameAddr, request: Request, policy: RegistrationPolicy) -> int:
    """Return the granted seconds: the parameter, else the header, else the default (§10.3, step 6)."""
    text = contact.param("expires")
    asked = request.expires
    if text is not None and text.isascii() and text.isdigit() and len(text) <= 10:
        asked = int(text)
    if asked is None:
        return policy.default_expires_s
    if 0 < asked < policy.min_expires_s:
        raise IntervalTooBrief(policy.min_expires_s)
    return min(asked, policy.max_expires_s)


def _q(contact: NameAddr) -> int:
    text = contact.param("q")
    if text is None:
        return FULL_Q
    match = _QVALUE.fullmatch(text)
    if match is None:
        raise PeerViolation("a q-value that is none", 400)
    return FULL_Q if text[0] == "1" else int((match[1] or "").ljust(3, "0"))


def _instance(contact: NameAddr) -> str:
    """Return the URN of +sip.instance; a malformed one counts as none, as it names no device."""
    match = _INSTANCE.fullmatch(contact.param("+sip.instance") or "")
    return match[1] if match is not None and len(match[1]) <= MAX_INSTANCE else ""


def _reg_id(contact: NameAddr) -> int:
    """Return reg-id; RFC 5626 §6: one that is out of range is ignored."""
    text = contact.param("reg-id") or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return 0
    return int(text) if int(text) <= MAX_REG_ID else 0
