"""STUN messages (RFC 8489 §5, §14): read and written for SIP keep-alives and for ICE checks."""

import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from zlib import crc32

from pbx.core.errors import ParseError

MAX_MESSAGE = 1280  # octets, the MTU that IPv6 promises; checks of browsers have about 100
MAX_ATTRIBUTES = 32  # a browser's check has eight
OPTIONAL = 0x8000  # attribute types from here on may be ignored (§14)

REQUEST, INDICATION, SUCCESS, ERROR = 0x0001, 0x0011, 0x0101, 0x0111  # of the method Binding

USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, UNKNOWN_ATTRIBUTES = 0x0006, 0x0008, 0x0009, 0x000A
XOR_MAPPED_ADDRESS, PRIORITY, USE_CANDIDATE = 0x0020, 0x0024, 0x0025
FINGERPRINT, ICE_CONTROLLED, ICE_CONTROLLING = 0x8028, 0x8029, 0x802A

HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_COOKIE = 0x2112A442
_COOKIE_OCTETS = _COOKIE.to_bytes(4, "big")
_INTEGRITY_BYTES, _FINGERPRINT_BYTES = 24, 8  # with the attribute's own header
_FINGERPRINT_XOR = 0x5354554E
_MAX_UNKNOWN = 4  # named in a 420
_REASONS = {
    400: b"Bad Request",
    401: b"Unauthenticated",
    420: b"Unknown Attribute",
    487: b"Role Conflict",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StunMessage:
    """One message; `attributes` are (type, value) in order, `octets` the whole as it came.

    What stands behind MESSAGE-INTEGRITY is not covered by it and does not count (§14.5).
    """

    kind: int
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...]
    octets: bytes

    @property
    def counting(self) -> tuple[tuple[int, bytes], ...]:
        """The attributes up to MESSAGE-INTEGRITY."""
        kinds = [kind for kind, _ in self.attributes]
        end = kinds.index(MESSAGE_INTEGRITY) + 1 if MESSAGE_INTEGRITY in kinds else len(kinds)
        return self.attributes[:end]

    def value(self, kind: int) -> bytes | None:
        """Return the value of the first counting attribute of a type, None when there is none (§14)."""
        return next((value for one, value in self.counting if one == kind), None)

    def unknown(self, known: frozenset[int]) -> list[int]:
        """Return the types that must be understood and are not among `known`."""
        return [one for one, _ in self.counting if one < OPTIONAL and one not in known]


def is_stun(octets: bytes | bytearray | memoryview) -> bool:
    """Return whether a datagram is STUN; neither a SIP message nor RTP begins so (RFC 7983 §7)."""
    return len(octets) >= HEADER.size and octets[0] < 4 and octets[4:8] == _COOKIE_OCTETS


def parse_stun(octets: bytes) -> StunMessage:
    """Return the message; ParseError(0) when it is none, or longer than any that we would answer."""
    if not is_stun(octets) or len(octets) > MAX_MESSAGE:
        raise ParseError("not STUN", 0)
    kind, length, _, transaction = HEADER.unpack_from(octets)
    if length != len(octets) - HEADER.size or length % 4:
        raise ParseError("STUN of another length than it says", 0)
    return StunMessage(
        kind=kind, transaction=transaction, attributes=tuple(_attributes(octets)), octets=octets
    )


def is_authentic(message: StunMessage, key: bytes) -> bool:
    """Return whether MESSAGE-INTEGRITY proves the key and everything in front of it (§14.5)."""
    start = _offset(message, MESSAGE_INTEGRITY)
    value = message.value(MESSAGE_INTEGRITY)
    if start is None or value is None:
        return False
    covered = _with_length(message.octets[:start], start + _INTEGRITY_BYTES)
    return hmac.compare_digest(value, hmac.digest(key, covered, "sha1"))


def is_whole(message: StunMessage) -> bool:
    """Return whether the message ends with a FINGERPRINT, and with the right one (§14.7)."""
    start = len(message.octets) - _FINGERPRINT_BYTES
    return _offset(message, FINGERPRINT) == start and message.octets[start:] == _fingerprint(
        message.octets[:start]
    )


def attribute(kind: int, value: bytes) -> bytes:
    """Return one attribute, padded to four octets."""
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def build_stun(kind: int, transaction: bytes, attributes: Sequence[bytes] = ()) -> bytes:
    """Return a message without integrity and fingerprint."""
    body = b"".join(attributes)
    return HEADER.pack(kind, len(body), _COOKIE, transaction) + body


def with_integrity(message: bytes, key: bytes) -> bytes:
    """Return the message with MESSAGE-INTEGRITY."""
    covered = _with_length(message, len(message) + _INTEGRITY_BYTES)
    return covered + attribute(MESSAGE_INTEGRITY, hmac.digest(key, covered, "sha1"))


def with_fingerprint(message: bytes) -> bytes:
    """Return the message with its CRC, which covers the new length."""
    covered = _with_length(message, len(message) + _FINGERPRINT_BYTES)
    return covered + _fingerprint(covered)


def mapped_address(host: str, port: int, transaction: bytes) -> bytes:
    """Return XOR-MAPPED-ADDRESS (§14.2)."""
    address = ip_address(host)
    family = 2 if isinstance(address, IPv6Address) else 1
    mask = (_COOKIE_OCTETS + transaction)[: len(address.packed)]
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=True))
    return attribute(XOR_MAPPED_ADDRESS, struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + hidden)


def error_code(status: int) -> bytes:
    """Return ERROR-CODE for 400, 401, 420 or 487 (§14.8)."""
    return attribute(ERROR_CODE, struct.pack("!HBB", 0, status // 100, status % 100) + _REASONS[status])


def unknown_attributes(kinds: Sequence[int]) -> bytes:
    """Return UNKNOWN-ATTRIBUTES of the first few types (§14.13)."""
    return attribute(UNKNOWN_ATTRIBUTES, b"".join(one.to_bytes(2, "big") for one in kinds[:_MAX_UNKNOWN]))


def _attributes(octets: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    position = HEADER.size
    while position < len(octets):
        kind, length = _ATTRIBUTE.unpack_from(octets, position)
        start = position + _ATTRIBUTE.size
        position = start + length + -length % 4
        if position > len(octets) or len(found) == MAX_ATTRIBUTES:
            raise ParseError("STUN attributes beyond the message, or too many", 0)
        found.append((kind, octets[start : start + length]))
    return found


def _offset(message: StunMessage, kind: int) -> int | None:
    """Return where the first attribute of a type begins."""
    position = HEADER.size
    for one, value in message.attributes:
        if one == kind:
            return position
        position += _ATTRIBUTE.size + len(value) + -len(value) % 4
    return None


def _with_length(octets: bytes, total: int) -> bytes:
    """Return the octets with a header that speaks of `total` octets: §14.5 and §14.7 compute over that."""
    return octets[:2] + (total - HEADER.size).to_bytes(2, "big") + octets[4:]


def _fingerprint(covered: bytes) -> bytes:
    return attribute(FINGERPRINT, (crc32(covered) ^ _FINGERPRINT_XOR).to_bytes(4, "big"))
