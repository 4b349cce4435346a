"""STUN Binding on the SIP port: the keep-alive of flows over UDP (RFC 5626 §4.4.2, RFC 5389 §6-7)."""

from pbx.core.errors import ParseError
from pbx.core.stun import (
    ERROR,
    FINGERPRINT,
    MESSAGE_INTEGRITY,
    REQUEST,
    SUCCESS,
    USERNAME,
    StunMessage,
    build_stun,
    error_code,
    is_stun,
    mapped_address,
    parse_stun,
    unknown_attributes,
    with_fingerprint,
)

__all__ = ["MAX_REQUEST", "binding_answer", "is_stun"]

MAX_REQUEST = 548  # octets; RFC 5389 §7.1 for IPv4, and an answer is never more than twice as long
_IGNORED = frozenset((USERNAME, MESSAGE_INTEGRITY))  # a keep-alive proves nothing


def binding_answer(octets: bytes, host: str, port: int) -> bytes | None:
    """Return the answer to a Binding request from (host, port); None for anything else, which is dropped."""
    if len(octets) > MAX_REQUEST:
        return None
    try:
        message = parse_stun(octets)
    except ParseError:
        return None
    return _answer(message, host, port) if message.kind == REQUEST else None


def _answer(message: StunMessage, host: str, port: int) -> bytes:
    transaction = message.transaction
    unknown = message.unknown(_IGNORED)
    if unknown:
        return build_stun(ERROR, transaction, (error_code(420), unknown_attributes(unknown)))
    answer = build_stun(SUCCESS, transaction, (mapped_address(host, port, transaction),))
    has_fingerprint = any(kind == FINGERPRINT for kind, _ in message.attributes)
    return with_fingerprint(answer) if has_fingerprint else answer
