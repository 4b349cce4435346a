"""STUN Binding on the SIP port: the keep-alive of flows over UDP (RFC 5626 §4.4.2, RFC 5389 §6-7)."""

import struct
from ipaddress import IPv6Address, ip_address
from zlib import crc32

MAX_REQUEST = 548  # octets; RFC 5389 §7.1 for IPv4, and an answer is never more than twice as long
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_COOKIE = 0x2112A442
_XOR_MAPPED_ADDRESS, _ERROR_CODE, _UNKNOWN_ATTRIBUTES, _FINGERPRINT = 0x0020, 0x0009, 0x000A, 0x8028
_FINGERPRINT_XOR = 0x5354554E
_IGNORED = (0x0006, 0x0008)  # USERNAME, MESSAGE-INTEGRITY: a keep-alive proves nothing
_OPTIONAL = 0x8000
_MAX_UNKNOWN = 4  # named in a 420


def is_stun(octets: bytes) -> bool:
    """Whether a datagram is STUN; no SIP message begins so (RFC 5626 §8)."""
    return len(octets) >= _HEADER.size and octets[0] < 2 and octets[4:8] == _COOKIE.to_bytes(4, "big")


def binding_answer(octets: bytes, host: str, port: int) -> bytes | None:
    """Return the answer to a Binding request from (host, port); None for anything else, which is dropped."""
    if not is_stun(octets) or len(octets) > MAX_REQUEST:
        return None
    kind, length, _, transaction = _HEADER.unpack_from(octets)
    attributes = _attributes(octets)
    if kind != _REQUEST or length != len(octets) - _HEADER.size or attributes is None:
        return None
    unknown = [one for one in attributes if one < _OPTIONAL and one not in _IGNORED][:_MAX_UNKNOWN]
    if unknown:
        code = struct.pack("!HBB", 0, 4, 20) + b"Unknown Attribute"
        names = b"".join(one.to_bytes(2, "big") for one in unknown)
        fields = _attribute(_ERROR_CODE, code), _attribute(_UNKNOWN_ATTRIBUTES, names)
        return _message(_ERROR, transaction, *fields)
    answer = _message(_SUCCESS, transaction, _attribute(_XOR_MAPPED_ADDRESS, _xored(host, port, transaction)))
    return _with_fingerprint(answer) if _FINGERPRINT in attributes else answer


def _attributes(octets: bytes) -> list[int] | None:
    """Return the types of the attributes in order, None when they do not fill the message."""
    found: list[int] = []
    position = _HEADER.size
    while position < len(octets):
        if position + _ATTRIBUTE.size > len(octets):
            return None
        kind, length = _ATTRIBUTE.unpack_from(octets, position)
        position += _ATTRIBUTE.size + length + -length % 4
        found.append(kind)
    return found if position == len(octets) else None


def _xored(host: str, port: int, transaction: bytes) -> bytes:
    address = ip_address(host)
    family = 2 if isinstance(address, IPv6Address) else 1
    mask = (_COOKIE.to_bytes(4, "big") + transaction)[: len(address.packed)]
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=True))
    return struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + hidden


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: int, transaction: bytes, *attributes: bytes) -> bytes:
    body = b"".join(attributes)
    return _HEADER.pack(kind, len(body), _COOKIE, transaction) + body


def _with_fingerprint(message: bytes) -> bytes:
    """Return the message with its CRC (RFC 5389 §15.5), which covers the new length."""
    length = len(message) - _HEADER.size + 8
    longer = message[:2] + length.to_bytes(2, "big") + message[4:]
    return longer + _attribute(_FINGERPRINT, (crc32(longer) ^ _FINGERPRINT_XOR).to_bytes(4, "big"))
